import { assertEquals } from "@std/assert";
import { loadOptions } from "../service/mod.ts";
import { storeConfig } from "../sql/options.ts";
import { reporterSchema } from "./options.ts";

// That files of the original are read as they are is tested in tests/configuration_test.ts.
Deno.test("reporterSchema has a default for everything", () => {
  const { values } = loadOptions(reporterSchema, { env: () => undefined });
  assertEquals([values.reactor.port, values.admin.port], [7779, 7789]);
  assertEquals(storeConfig(values), { driver: "sqlite", path: "./data/lars.db" });
  assertEquals(values.reporter, {
    dbThreadCnt: 3,
    flushMs: 200,
    maxPending: 100_000,
    statusKeepDays: 7,
  });
});
