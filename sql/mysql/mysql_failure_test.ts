import { assertEquals, assertStringIncludes } from "@std/assert";
import { adviceOn } from "./mysql_failure.ts";
import type { MysqlConfig } from "../store_config.ts";

const CONFIG: MysqlConfig = {
  driver: "mysql",
  host: "db",
  port: 3306,
  user: "lars",
  password: "s3cret",
  database: "lars_dns",
};

function adviceFor(
  message: string,
  { isEncrypted = false, offersTls = false, tls, ...fields }: {
    isEncrypted?: boolean;
    offersTls?: boolean;
    tls?: MysqlConfig["tls"];
    code?: string;
    errno?: number;
  },
): string {
  const cause = Object.assign(new Error(message), fields);
  return adviceOn(cause, { config: { ...CONFIG, tls }, isEncrypted, offersTls }) ?? "";
}

Deno.test("adviceOn() names the user, their method and those that there are", () => {
  const code = "AUTH_SWITCH_PLUGIN_ERROR";
  const unknown = "Server requests authentication using unknown plugin dialog. See TODO";
  assertStringIncludes(
    adviceFor(unknown, { code }),
    "user lars logs in by dialog, and Lars knows mysql_native_password, caching_sha2_password, ",
  );
  const clear = adviceFor("mysql_clear_password …", { code: "MYSQL_CLEAR_PASSWORD_NOT_ENABLED" });
  assertStringIncludes(clear, "user lars logs in by a method that sends the password itself");
});

Deno.test("adviceOn() blames the password alone where nothing else can be", () => {
  assertEquals(adviceFor("Access denied", { errno: 1045 }), "");
  assertStringIncludes(adviceFor("Access denied", { errno: 1045, offersTls: true }), "REQUIRE SSL");
  assertStringIncludes(adviceFor("Access denied", { errno: 1045, isEncrypted: true }), "X509");
});

Deno.test("adviceOn() tells a server that takes only encrypted connections, and one that takes no changes", () => {
  assertStringIncludes(adviceFor("…", { errno: 3159 }), "[mysql] ssl = required");
  const readOnly = "The MariaDB server is running with the --read-only option so it cannot …";
  assertStringIncludes(
    adviceFor(readOnly, { errno: 1290 }),
    "[mysql] db_host must name the server",
  );
  assertEquals(adviceFor("… --secure-file-priv option …", { errno: 1290 }), "");
  assertEquals(adviceFor("Too many connections", { errno: 1040 }), "");
});

Deno.test("adviceOn() tells a certificate that has expired from one that nobody knows, and from a client's own", () => {
  const code = "HANDSHAKE_SSL_ERROR";
  assertStringIncludes(adviceFor("certificate has expired", { code }), "must be renewed");
  assertStringIncludes(adviceFor("certificate is not yet valid", { code }), "clock");
  const unknown = adviceFor("unable to verify the first certificate", { code });
  assertStringIncludes(unknown, "[mysql] ssl_ca must name");
  assertStringIncludes(adviceFor("unsupported protocol", { code }), "see [mysql] ssl");
  const tls = { mode: "required", cert: "…", key: "…" } as const;
  assertStringIncludes(
    adviceFor("unsupported protocol", { code, tls }),
    "[mysql] ssl_cert and ssl_key must be a certificate and its key",
  );
});

Deno.test("adviceOn() tells how to serve a table with a column of somebody else's", () => {
  const message = "Field 'note' doesn't have a default value";
  assertStringIncludes(adviceFor(message, { errno: 1364 }), "SET DEFAULT");
});
