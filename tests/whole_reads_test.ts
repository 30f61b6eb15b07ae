/**
 * Peers that take every read for whole frames, as the agents of the C++ Lars do, and crash where it is not: a program in C
 * that ends with an error then. It asks our dns and is pushed to, and it is sent statuses by our agent.
 */

import { assertEquals, assertGreater } from "@std/assert";
import { Native } from "../bench/harness/native.ts";
import { LarsClient } from "../client/mod.ts";
import { inTime, until } from "../testing/until.ts";
import { migrate, openRouteStore, type RouteStore } from "../sql/mod.ts";
import { FakeDns } from "../testing/agent_peers.ts";
import { Role, storeSettings } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";

/** What the C++ Lars takes in one read. */
const LARGE_READ = 4 << 20;

/** What simpler programs take. One that gets no time to read has up to {@link CHANGES} + 1 bursts waiting. */
const SMALL_READ = 64 << 10;

/** The bytes that a host takes of a route, and rather more. */
const HOST_BYTES = 10.5;

/** Modules that an agent asks for at once, and the hosts that each has: 60 bytes to 60 KiB. */
const BURSTS = [1, 2, 5, 10, 20, 37, 60]
  .flatMap((modules) => [3, 40, 100].map((hosts) => ({ modules, hosts })));

/** 180 KiB. */
const LARGER_BURSTS = [{ modules: 60, hosts: 300 }];

/** How often each agent asks. */
const ROUNDS = 3;

/** How often all routes change then. */
const CHANGES = 2;

/** Has each module of `hosts` hosts, whose cmdid that is, differ from what it was in the weight of one. */
async function change(
  store: RouteStore,
  { modules, hosts }: { modules: number; hosts: number },
  weight: number,
): Promise<void> {
  const put = Array.from({ length: hosts }, (_, i) => ({ ip: 0x0a000001 + i, port: 9001, weight }));
  await store.changeRoutes(
    Array.from({ length: modules }, (_, i) => ({ modid: i + 1, cmdid: hosts, put })),
  );
}

/** Runs a dns with modules for all of the bursts. */
async function withDns(use: (dns: Role, store: RouteStore) => Promise<void>): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const config = cleanup.use(new TempFolder()).database;
  await migrate(config);
  const store = await openRouteStore(config);
  cleanup.defer(() => store.close());
  for (const { hosts } of [...BURSTS.slice(-3), ...LARGER_BURSTS]) {
    await change(store, { modules: 60, hosts }, 100);
  }
  const dns = await Role.start("dns", [...storeSettings(config), "dns.version_poll_ms=10"]);
  cleanup.use(dns);
  await use(dns, store);
}

async function withNative(use: (native: Native) => Promise<void>): Promise<void> {
  const aborting = new AbortController();
  try {
    await use(await Native.build(aborting.signal));
  } finally {
    aborting.abort();
  }
}

for (
  const { name, bursts } of [
    { name: "up to 64 KiB", bursts: BURSTS },
    { name: "of 180 KiB", bursts: LARGER_BURSTS },
  ]
) {
  Deno.test(`dns answers and pushes bursts ${name} to agents that take a read for whole frames`, async () => {
    await withNative((native) =>
      withDns(async (dns, store) => {
        for (const { modules, hosts } of bursts) {
          const pushedBefore = await dns.metric("lars_dns_pushes_total");
          const askedBefore = await dns.metric("lars_dns_requests_total");
          const waitingBytes = modules * hosts * HOST_BYTES * (CHANGES + 1);
          const buffers = waitingBytes < SMALL_READ ? [SMALL_READ, LARGE_READ] : [LARGE_READ];
          const agents = buffers.map((buffer) => {
            const flags = { port: dns.port, modules, cmdid: hosts, rounds: ROUNDS, buffer };
            return native.startLoad("whole_reads", flags);
          });
          const failed = Promise.all(agents.map(({ result }) => result)).then(() => false);
          /** Waits for a count, or fails with the agent that ends before. */
          const counted = async (metric: string, count: number) => {
            const isThere = until(async () => await dns.metric(metric) >= count);
            await Promise.race([isThere, failed]);
            await isThere;
          };
          const all = modules * agents.length;
          await counted("lars_dns_requests_total", askedBefore + ROUNDS * all);
          for (let times = 1; times <= CHANGES; times++) {
            await change(store, { modules, hosts }, times);
            await counted("lars_dns_pushes_total", pushedBefore + times * all);
          }
          for (const agent of agents) agent.stop();
          for (const { answers } of await Promise.all(agents.map(({ result }) => result))) {
            assertEquals(answers, (ROUNDS + CHANGES) * modules);
          }
          await until(async () => await dns.metric("lars_dns_subscriptions") === 0);
        }
      })
    );
  });
}

Deno.test("agent sends statuses to a reporter that takes a read for whole frames", async () => {
  await withNative(async (native) => {
    await using dns = await FakeDns.start();
    const reporter = await native.serve("whole_reads");
    const [modules, hosts] = [40, 100];
    for (let modid = 1; modid <= modules; modid++) {
      const route = Array.from({ length: hosts }, (_, i) => ({
        ip: 0x0a000001 + i,
        port: 9001,
        weight: 100,
      }));
      dns.set({ modid, cmdid: 1, hosts: route });
    }
    const agent = await Role.start("agent", [
      `dnsserver.port=${dns.port}`,
      `reporter.port=${reporter.port}`,
      "agent.report_interval_ms=20",
      "agent.first_pull_wait_ms=10000",
    ]);
    {
      await using client = new LarsClient({ port: agent.port });
      for (let round = 0; round < 20; round++) {
        const sentBefore = await agent.metric("lars_agent_tcp_frames_out_total");
        await Promise.all(Array.from({ length: modules }, async (_, i) => {
          const picked = await client.getHost(i + 1, 1);
          client.report(i + 1, 1, picked, 0, { costMs: 1 });
        }));
        // A status of each module, with all of its hosts.
        await until(async () =>
          await agent.metric("lars_agent_tcp_frames_out_total") >= sentBefore + modules
        );
      }
    }
    assertGreater(await agent.metric("lars_agent_tcp_bytes_out_total"), 20 * modules * hosts);
    assertEquals(await agent.stop(), 0);
    assertEquals(await inTime("the end of the reporter", reporter.stop()), 0);
  });
});
