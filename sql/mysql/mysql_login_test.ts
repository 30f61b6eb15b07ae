import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Authority } from "../../testing/certificates.ts";
import { ED25519_PLUGIN_FOLDER, type MariadbServer, startMariadb } from "../../testing/mariadb.ts";
import { runStatements } from "../../testing/original_database.ts";
import { MysqlConnection } from "./mysql_connection.ts";
import type { MysqlConfig, MysqlTls } from "../store_config.ts";
import { StoreError } from "../store_error.ts";

let authority: Authority;
/** The authority's certificate. */
let ca: string;
/** What a client shows. */
let client: { cert: string; key: string };
/** Options that have a server offer TLS, with a certificate for localhost or 127.0.0.1. */
let tlsOptions: { forName: string[]; forAddress: string[] };

Deno.test.beforeAll(async () => {
  authority = await Authority.create();
  ca = await Deno.readTextFile(authority.caPath);
  const { cert, key } = await authority.sign("client", ["DNS:client"]);
  client = { cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) };
  tlsOptions = {
    forName: optionsOf(await authority.sign("name", ["DNS:localhost"])),
    forAddress: optionsOf(await authority.sign("address", ["IP:127.0.0.1"])),
  };
});

Deno.test.afterAll(async () => {
  await authority?.[Symbol.asyncDispose]();
});

/** Runs a test on a server of its own with these options. */
async function withServer(
  options: readonly string[],
  run: (root: MysqlConfig, server: MariadbServer) => Promise<void>,
): Promise<void> {
  await using server = await startMariadb(options);
  await run(await server.createDatabase(), server);
}

function optionsOf({ cert, key }: { cert: string; key: string }): string[] {
  const plugin = ED25519_PLUGIN_FOLDER === undefined
    ? []
    : [`--plugin-dir=${ED25519_PLUGIN_FOLDER}`, "--plugin-load-add=auth_ed25519"];
  return [`--ssl-ca=${authority.caPath}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`, ...plugin];
}

/** Logs in, and gives the cipher: nothing where the connection is not encrypted. */
async function cipherOf(config: MysqlConfig): Promise<string> {
  await using connection = await MysqlConnection.open(config);
  const [{ Value }] = await connection.read<{ Value: string }>("SHOW STATUS LIKE 'Ssl_cipher'");
  return Value;
}

async function refusalOf(config: MysqlConfig): Promise<string> {
  const { message } = await assertRejects(() => MysqlConnection.open(config), StoreError);
  assert(!message.includes("s3cret"), "no password in an error");
  return message;
}

/** Makes a user, who is let in as `rule` says. */
async function createUser(root: MysqlConfig, user: string, rule: string): Promise<MysqlConfig> {
  await runStatements(root, [
    `CREATE USER ${user}@'127.0.0.1' ${rule}`,
    `GRANT ALL ON ${root.database}.* TO ${user}@'127.0.0.1'`,
  ]);
  return { ...root, user, password: "s3cret" };
}

Deno.test("MysqlConnection is encrypted as [mysql] ssl says, to a server that offers it", () =>
  withServer(tlsOptions.forName, async (root) => {
    const modes: [host: string, tls: MysqlTls | undefined, isEncrypted: boolean][] = [
      ["127.0.0.1", undefined, false],
      ["127.0.0.1", { mode: "preferred" }, true],
      ["127.0.0.1", { mode: "required" }, true],
      ["127.0.0.1", { mode: "verify_ca", ca }, true],
      ["localhost", { mode: "verify_identity", ca }, true],
    ];
    for (const [host, tls, isEncrypted] of modes) {
      assertEquals(await cipherOf({ ...root, host, tls }) !== "", isEncrypted, tls?.mode);
    }
  }));

Deno.test("MysqlConnection refuses a server that does not prove who it is", async () => {
  const tls: MysqlTls = { mode: "verify_identity", ca };
  await withServer(tlsOptions.forName, async (root) => {
    for (const mode of ["verify_ca", "verify_identity"] as const) {
      for (const tls of [{ mode }, { mode, ca: client.cert }]) {
        assertStringIncludes(await refusalOf({ ...root, tls }), "[mysql] ssl_ca must name");
      }
    }
    assertStringIncludes(await refusalOf({ ...root, tls }), "[mysql] db_host must be as");
  });
  await withServer(tlsOptions.forAddress, async (root) => {
    assert(await cipherOf({ ...root, tls }) !== "");
    const refusal = await refusalOf({ ...root, tls, host: "localhost" });
    assertStringIncludes(refusal, "[mysql] db_host must be as");
  });
});

Deno.test("MysqlConnection speaks plainly to a server without TLS unless it must not, and notices when it has it", () =>
  withServer([], async (root, server) => {
    const preferred: MysqlConfig = { ...root, tls: { mode: "preferred" } };
    for (let time = 1; time <= 2; time++) assertEquals(await cipherOf(preferred), "");
    assertStringIncludes(
      await refusalOf({ ...root, tls: { mode: "required" } }),
      "it must speak TLS as [mysql] ssl is required",
    );
    await server.restart([...tlsOptions.forName, "--require-secure-transport"]);
    await MysqlConnection.open(preferred).then((connection) => connection.quit(), () => {});
    assert(await cipherOf(preferred) !== "");
    assertStringIncludes(await refusalOf(root), "set [mysql] ssl = required");
  }));

Deno.test("MysqlConnection says what a user needs who may come over TLS, or with a certificate, alone", () =>
  withServer(tlsOptions.forName, async (root) => {
    const encrypted = await createUser(root, "encrypted", "IDENTIFIED BY 's3cret' REQUIRE SSL");
    assertStringIncludes(await refusalOf(encrypted), "(REQUIRE SSL): set [mysql] ssl");
    assert(await cipherOf({ ...encrypted, tls: { mode: "preferred" } }) !== "");

    const certified = await createUser(root, "certified", "IDENTIFIED BY 's3cret' REQUIRE X509");
    const tls: MysqlTls = { mode: "verify_ca", ca };
    assertStringIncludes(
      await refusalOf({ ...certified, tls }),
      "see [mysql] ssl_cert and ssl_key",
    );
    assert(await cipherOf({ ...certified, tls: { ...tls, ...client } }) !== "");
  }));

Deno.test("MysqlConnection closes, and gives up, when it is encrypted as when not", () =>
  withServer(tlsOptions.forName, async (root, server) => {
    const config: MysqlConfig = { ...root, tls: { mode: "required" } };
    const connection = await MysqlConnection.open(config, { queryTimeoutMs: 100 });
    await assertRejects(() => connection.read("SELECT SLEEP(60)"), StoreError, "no answer in 100");
    await connection.closed;
    assert(!connection.alive);

    const idle = await MysqlConnection.open(config);
    await server.kill();
    await idle.closed;
    await assertRejects(() => idle.read("SELECT 1"), StoreError);
  }));

Deno.test({
  name: "MysqlConnection logs in by ed25519, encrypted or not",
  ignore: ED25519_PLUGIN_FOLDER === undefined, // tools/need.sh brings it
  fn: () =>
    withServer(tlsOptions.forName, async (root) => {
      for (const [user, password] of [["one", "s3cret"], ["other", "é".repeat(40)]]) {
        const rule = `IDENTIFIED VIA ed25519 USING PASSWORD('${password}')`;
        const config = { ...await createUser(root, user, rule), password };
        assertEquals(await cipherOf(config), "");
        assert(await cipherOf({ ...config, tls: { mode: "required" } }) !== "");
        assertStringIncludes(await refusalOf({ ...config, password: "other" }), "Access denied");
      }
    }),
});

Deno.test("MysqlConnection says who logs in by what it does not know, and by what they might", () =>
  withServer([], async (root) => {
    const refusal = await refusalOf(await createUser(root, "local", "IDENTIFIED VIA unix_socket"));
    assertStringIncludes(refusal, "Access denied for user 'local'");
    assertStringIncludes(refusal, "ALTER USER");
  }));
