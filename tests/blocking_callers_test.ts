import { assert, assertEquals } from "@std/assert";
import { Native } from "../bench/harness/native.ts";
import { shardOf } from "../proto/mod.ts";
import { isThorough } from "../testing/thorough.ts";
import { until } from "../testing/until.ts";
import { FakeDns, FakeReporter, RawClient } from "../testing/agent_peers.ts";
import { Role } from "../testing/role.ts";

const CMDID = 1;
/** Asked for by the callers, as many of each shard. */
const MODULES = 30;
/** Asked for by somebody else. */
const ANOTHER = { modid: MODULES + 1, cmdid: CMDID };
/** Callers of each shard. The fewer processors there are, the more of them a shard finds waiting whenever it runs. */
const CALLERS = isThorough ? [1, 2, 4, 10, 64] : [1, 10, 64];
const HOSTS = [9001, 9002, 9003, 9004, 9005].map((port) => ({
  ip: 0x7f000001,
  port,
  weight: 100,
}));

/** An agent, and programs that call it as those of the C++ Lars do: ask, wait, report, and ask again. */
for (const batches of ["on", "off"]) {
  Deno.test(`threads that block leave the agent the time for all else, udp_batch = ${batches}`, async () => {
    const aborting = new AbortController();
    using cleanup = new DisposableStack();
    cleanup.defer(() => aborting.abort());
    const native = await Native.build(aborting.signal);
    await using dns = await FakeDns.start();
    await using reporter = await FakeReporter.start();
    for (let modid = 1; modid <= ANOTHER.modid; modid++) {
      dns.set({ modid, cmdid: CMDID, hosts: HOSTS });
    }
    await using agent = await Role.start("agent", [
      `dnsserver.port=${dns.port}`,
      `reporter.port=${reporter.port}`,
      `reactor.udp_batch=${batches}`,
      "agent.report_interval_ms=50",
      "agent.first_pull_wait_ms=10000",
    ]);
    using client = new RawClient(agent.port);
    for (const sockets of CALLERS) {
      const loads = [1, 2, 3].map((modid) =>
        native.startLoad("udp_load", {
          port: agent.port + shardOf({ modid, cmdid: CMDID }),
          mode: "pair",
          blocking: 1,
          sockets,
          modid,
          cmdid: CMDID,
          modules: MODULES / 3,
          warmup: 0,
          seconds: 600,
        })
      );
      // All of it while the shards are kept busy: timers, message ports, and callers that come one by one.
      for (let round = 0; round < 3; round++) {
        const nowSec = Math.floor(Date.now() / 1000);
        await reporter.statuses.until(({ modid, tsSec }) =>
          modid !== ANOTHER.modid && tsSec >= nowSec
        );
        for (const modid of [1, 2, 3]) {
          // A shard has a second to answer, which may be short where processors are.
          await until(async () => {
            const { status } = await agent.get(`/explain?modid=${modid}&cmdid=${CMDID}`);
            return status === 200;
          });
        }
        const { retcode } = await client.getHost(ANOTHER);
        assertEquals(retcode, 0);
      }
      for (const load of loads) load.stop();
      for (const { answers, refused } of await Promise.all(loads.map(({ result }) => result))) {
        assert(answers > 0);
        assertEquals(refused, 0);
      }
      assertEquals(await agent.metric("lars_agent_workers_replaced_total"), 0);
    }
  });
}
