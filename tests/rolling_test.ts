import { assertEquals, assertGreater } from "@std/assert";
import { parseIpv4 } from "../proto/mod.ts";
import { migrate, openRouteStore } from "../sql/mod.ts";
import { Qps } from "../testing/qps.ts";
import { Role, storeSettings } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";

Deno.test("no pick fails while dns, reporter and agent are restarted one after the other", async () => {
  await using folder = new TempFolder();
  const config = folder.database;
  await migrate(config);
  const routes = await openRouteStore(config);
  const ip = parseIpv4("127.0.0.1")!;
  for (const modid of [1, 2]) {
    await routes.addHosts({ modid, cmdid: 1 }, [{ ip, port: 9001 }, { ip, port: 9002 }]);
  }
  await routes.close();
  const store = storeSettings(config);
  await using dns = await Role.start("dns", store);
  await using reporter = await Role.start("reporter", store);
  await using agent = await Role.start("agent", [
    `dnsserver.port=${dns.port}`,
    `reporter.port=${reporter.port}`,
    "agent.first_pull_wait_ms=5000", // a restarted one has no routes, and dns may be slow on a busy machine
  ]);
  await using qps = await Qps.start(2, agent.port);
  for (const role of [dns, reporter, agent]) {
    assertEquals(await role.stop(), 0);
    await role.restart();
    await qps.madeProgress();
  }
  const { retries, errors, code } = await qps.stop();
  assertEquals([errors, code], [{}, 0]);
  assertGreater(retries, 0);
});
