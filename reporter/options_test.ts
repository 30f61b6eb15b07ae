import { assertEquals } from "@std/assert";
import { loadOptions } from "../service/mod.ts";
import { storeConfig } from "../sql/options.ts";
import { reporterSchema } from "./options.ts";

/** A server that anybody may speak to, plainly. */
const ANYBODY = {
  networks: [],
  tokens: [],
  tokensFromFile: [],
  tlsCert: undefined,
  tlsKey: undefined,
};

function originalFile(section: string): string {
  return `[reactor]
maxConn = 1024
threadNum = 5
ip = 127.0.0.1
port = 8779

[mysql]
db_host = 127.0.0.1
db_port = 3306
db_user = root
db_passwd = aceld
db_name = lars_dns

[${section}]
db_thread_cnt = 5
`;
}

Deno.test("reporterSchema reads files of the original as they are, in both spellings", async () => {
  const file = await Deno.makeTempFile({ suffix: ".conf" });
  try {
    for (const section of ["repoter", "reporter"]) {
      await Deno.writeTextFile(file, originalFile(section));
      const { values } = loadOptions(reporterSchema, { file, env: () => undefined });
      assertEquals(values.reactor, {
        ...ANYBODY,
        maxConn: 1024,
        threadNum: 5,
        ip: "127.0.0.1",
        port: 8779,
      });
      assertEquals(values.reporter.dbThreadCnt, 5);
      assertEquals(storeConfig(values), {
        driver: "mysql",
        host: "127.0.0.1",
        port: 3306,
        user: "root",
        password: "aceld",
        database: "lars_dns",
        tls: { mode: "preferred", ca: undefined, cert: undefined, key: undefined },
      });
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("reporterSchema has a default for everything", () => {
  const { values } = loadOptions(reporterSchema, { env: () => undefined });
  assertEquals(values.reactor, {
    ...ANYBODY,
    ip: "127.0.0.1",
    port: 7779,
    maxConn: 1024,
    threadNum: 2,
  });
  assertEquals(storeConfig(values), { driver: "sqlite", path: "./data/lars.db" });
  assertEquals(values.reporter, {
    dbThreadCnt: 3,
    flushMs: 200,
    maxPending: 100_000,
    statusKeepDays: 7,
  });
  assertEquals(values.admin, { ip: "127.0.0.1", port: 7789, tokens: [], tokensFromFile: [] });
});
