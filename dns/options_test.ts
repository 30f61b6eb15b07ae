import { assertEquals } from "@std/assert";
import { loadOptions } from "../service/mod.ts";
import { storeConfig } from "../sql/options.ts";
import { dnsSchema } from "./options.ts";

/** A server that anybody may speak to, plainly. */
const ANYBODY = {
  networks: [],
  tokens: [],
  tokensFromFile: [],
  tlsCert: undefined,
  tlsKey: undefined,
};

const ORIGINAL_FILE = `[reactor]
maxConn = 2048
threadNum = 5
ip = 0.0.0.0
port = 8778

[mysql]
db_host = 10.0.0.7
db_port = 3307
db_user = lars
db_passwd = aceld;#1
db_name = lars_old
`;

Deno.test("dnsSchema reads a file of the original as it is", async () => {
  const file = await Deno.makeTempFile({ suffix: ".conf" });
  try {
    await Deno.writeTextFile(file, ORIGINAL_FILE);
    const { values } = loadOptions(dnsSchema, { file, env: () => undefined });
    assertEquals(values.reactor, {
      ...ANYBODY,
      maxConn: 2048,
      threadNum: 5,
      ip: "0.0.0.0",
      port: 8778,
    });
    assertEquals(storeConfig(values), {
      driver: "mysql",
      host: "10.0.0.7",
      port: 3307,
      user: "lars",
      password: "aceld;#1",
      database: "lars_old",
      tls: { mode: "preferred", ca: undefined, cert: undefined, key: undefined },
    });
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("dnsSchema has a default for everything", () => {
  const { values } = loadOptions(dnsSchema, { env: () => undefined });
  assertEquals(values.reactor, {
    ...ANYBODY,
    ip: "127.0.0.1",
    port: 7778,
    maxConn: 1024,
    threadNum: 2,
  });
  assertEquals(storeConfig(values), { driver: "sqlite", path: "./data/lars.db" });
  assertEquals(values.dns, {
    versionPollMs: 200,
    reloadIntervalMs: 10_000,
    guardPercent: 50,
    guardConfirmations: 6,
    snapshot: "./data/dns.snapshot",
    admin: [],
  });
  assertEquals(values.admin, { ip: "127.0.0.1", port: 7788, tokens: [], tokensFromFile: [] });
});
