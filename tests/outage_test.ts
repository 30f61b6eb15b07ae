/**
 * An agent when it matters: most hosts of a large module fail while calls go on, or all hosts of a large site are called.
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import { LarsClient, LarsError } from "../client/mod.ts";
import { formatIpv4, type Host } from "../proto/mod.ts";
import { PATIENCE_MS, until } from "../testing/until.ts";
import { FakeDns, FakeReporter } from "../testing/agent_peers.ts";
import { Role } from "../testing/role.ts";

/** Picks and reports that are made at once. */
const BURST = 500;

/** An agent as a process of its own between a dns and a reporter that are played here, and a program. */
class System implements AsyncDisposable {
  private constructor(
    readonly dns: FakeDns,
    readonly reporter: FakeReporter,
    readonly agent: Role,
    readonly client: LarsClient,
  ) {}

  static async start(): Promise<System> {
    const dns = await FakeDns.start();
    const reporter = await FakeReporter.start();
    const agent = await Role.start("agent", [
      `dnsserver.port=${dns.port}`,
      `reporter.port=${reporter.port}`,
      "agent.report_interval_ms=200",
      "agent.first_pull_wait_ms=5000",
    ]);
    // Each try waits for 100 ms, and a busy machine may need more than a few.
    const client = new LarsClient({ port: agent.port, tries: PATIENCE_MS / 100 });
    return new System(dns, reporter, agent, client);
  }

  /** Makes calls at once, of which those fail that are to; gives how many got no host since all were overloaded. */
  async call(
    modids: Iterable<number>,
    isWell: (address: string) => boolean,
  ): Promise<number> {
    const calls = Array.from(modids, async (modid) => {
      try {
        const host = await this.client.getHost(modid, 1);
        const retcode = isWell(host.hostname) ? 0 : 1;
        this.client.report(modid, 1, host, retcode, { costMs: 500 });
        return 0;
      } catch (error) {
        if (error instanceof LarsError && error.code === "overload") return 1;
        throw error;
      }
    });
    return (await Promise.all(calls)).reduce<number>((sum, one) => sum + one, 0);
  }

  /** Waits until an agent has a module's route, however slow this machine is. */
  async registered(modid: number): Promise<void> {
    await this.client.register(modid, 1, { timeoutMs: PATIENCE_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.agent[Symbol.asyncDispose]();
    await this.dns[Symbol.asyncDispose]();
    await this.reporter[Symbol.asyncDispose]();
  }
}

function hostsOf(count: number): Host[] {
  return Array.from({ length: count }, (_, i) => ({ ip: 0x0a00_0000 + i, port: 80, weight: 100 }));
}

Deno.test("an agent bears with an outage: 900 of 1,000 hosts fail while calls go on", async () => {
  await using system = await System.start();
  const { agent, dns, reporter } = system;
  const hosts = hostsOf(1000);
  const well = new Set(hosts.slice(0, 100).map(({ ip }) => formatIpv4(ip)));
  dns.set({ modid: 1, cmdid: 1, hosts });
  await system.registered(1);
  const calls = Array<number>(BURST).fill(1);
  await until(async () => {
    await system.call(calls, (address) => well.has(address));
    return await agent.metric("lars_agent_hosts_overloaded") >= 900;
  });
  await reporter.statuses.until(({ results }) =>
    results.length === 1000 && results.filter(({ overload }) => overload).length >= 900
  );
  assertEquals(await agent.metric("lars_agent_workers_replaced_total"), 0);
  // Were each told at once, it would be one status of 1,000 hosts for each transition.
  const transitions = await agent.metric("lars_agent_transitions_total");
  assert(transitions >= 900, String(transitions));
  assertLess(await agent.metric("lars_agent_statuses_total"), transitions / 4);
});

Deno.test("an agent bears with a large site in use, and tells it all to a reporter that is back", async () => {
  await using system = await System.start();
  const { agent, dns, reporter } = system;
  const modids = Array.from({ length: BURST }, (_, i) => i + 1);
  for (const modid of modids) dns.set({ modid, cmdid: 1, hosts: hostsOf(100) });
  await Promise.all(modids.map((modid) => system.registered(modid)));
  assertEquals(await system.call(modids, () => true), 0);
  await toldOf(reporter, modids);

  await reporter[Symbol.asyncDispose]();
  await using back = await FakeReporter.start(reporter.port);
  await toldOf(back, modids);
  assertEquals(await agent.metric("lars_agent_workers_replaced_total"), 0);
});

/** Waits until a reporter has heard of every host of all these modules. */
async function toldOf(reporter: FakeReporter, modids: readonly number[]): Promise<void> {
  const missing = new Set(modids);
  while (missing.size > 0) {
    const { modid, results } = await reporter.statuses.next();
    assertEquals(results.length, 100);
    missing.delete(modid);
  }
}
