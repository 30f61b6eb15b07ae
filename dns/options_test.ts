import { assertEquals } from "@std/assert";
import { loadOptions } from "../service/mod.ts";
import { storeConfig } from "../sql/options.ts";
import { dnsSchema } from "./options.ts";

// That files of the original are read as they are is tested in tests/configuration_test.ts.
Deno.test("dnsSchema has a default for everything", () => {
  const { values } = loadOptions(dnsSchema, { env: () => undefined });
  assertEquals([values.reactor.port, values.admin.port], [7778, 7788]);
  assertEquals(storeConfig(values), { driver: "sqlite", path: "./data/lars.db" });
  assertEquals(values.dns, {
    versionPollMs: 200,
    reloadIntervalMs: 10_000,
    guardPercent: 50,
    guardConfirmations: 6,
    snapshot: "./data/dns.snapshot",
    admin: [],
  });
});
