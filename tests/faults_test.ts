import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { LarsClient } from "../client/mod.ts";
import { FakeDns, FakeReporter } from "../testing/agent_peers.ts";
import { runProgram } from "../testing/process.ts";
import { Qps } from "../testing/qps.ts";
import { Role } from "../testing/role.ts";
import { PATIENCE_MS, until } from "../testing/until.ts";

/** The module that `lars qps 1` loads, of shard 2. */
const NAME = { modid: 1, cmdid: 1 };
const BUSY_SHARD = "shard2";
const HOST = { ip: 0x7f000001, port: 9001, weight: 100 };

/** For what a test itself asks, beside a thread that keeps a processor: each waits for 100 ms. */
const PATIENT_TRIES = PATIENCE_MS / 100;

/** An agent that can be broken, under load, between a dns and a reporter that are played here. */
class System implements AsyncDisposable {
  #port = 10_000;

  private constructor(
    readonly dns: FakeDns,
    readonly reporter: FakeReporter,
    readonly agent: Role,
    readonly client: LarsClient,
    readonly qps: Qps,
    readonly parts: AsyncDisposableStack,
  ) {}

  static async start(): Promise<System> {
    await using parts = new AsyncDisposableStack();
    const reporter = parts.use(await FakeReporter.start());
    const dns = parts.use(await FakeDns.start());
    dns.set({ ...NAME, hosts: [HOST] });
    const agent = parts.use(await startAgent({ dns, reporter }));
    const client = parts.use(new LarsClient({ port: agent.port, tries: PATIENT_TRIES }));
    const qps = parts.use(await Qps.startSteady(1, agent.port));
    return new System(dns, reporter, agent, client, qps, parts.move());
  }

  /** Breaks a worker, and waits until the agent has a whole one in its place. */
  async break(worker: string, kind: string): Promise<void> {
    const replaced = () => this.agent.metric("lars_agent_workers_replaced_total");
    const picksBefore = await this.agent.metric("lars_agent_picks_total");
    const replacedBefore = await replaced();
    const { status, text } = await this.agent.post(`/debug/fault?worker=${worker}&kind=${kind}`);
    assertEquals([status, text], [200, `${worker}: ${kind}\n`]);
    await until(async () => await replaced() === replacedBefore + 1);
    await until(async () => (await this.agent.get("/readyz")).status === 200);
    await until(async () => await this.agent.metric("lars_agent_picks_total") > picksBefore);
  }

  /** Waits until a change of the route has arrived: dns knows that the agent wants to hear of it. */
  async changesArrive(): Promise<void> {
    const port = this.#port++;
    this.dns.set({ ...NAME, hosts: [{ ...HOST, port }] });
    await until(async () => {
      this.dns.push({ ...NAME, hosts: [{ ...HOST, port }] });
      return (await this.client.getRoute(NAME.modid, NAME.cmdid))[0].port === port;
    });
  }

  /** Waits for a status that was made after this was called. */
  async statusesGoOn(): Promise<void> {
    const nowSec = Math.ceil(Date.now() / 1000);
    await this.reporter.statuses.until(({ tsSec }) => tsSec >= nowSec);
  }

  /** Ends it all, and makes sure that no pick has failed. */
  async end(): Promise<void> {
    const { errors, code } = await this.qps.stop();
    assertEquals([errors, code], [{}, 0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parts.disposeAsync();
  }
}

function startAgent(
  { dns, reporter }: { dns: { port: number }; reporter: { port: number } },
  env: Record<string, string> = { LARS_FAULTS: "1" },
): Promise<Role> {
  const ports = [`dnsserver.port=${dns.port}`, `reporter.port=${reporter.port}`];
  // A replacement must not have to wait until routes are asked for again anyway.
  const times = ["agent.report_interval_ms=100", "loadbalance.update_timeout=3600"];
  // Nor does it matter here how soon dns answers.
  const settings = [...times, "agent.first_pull_wait_ms=5000"];
  return Role.start("agent", [...ports, ...settings], { env });
}

const NOWHERE = { dns: { port: 1 }, reporter: { port: 1 } };

/** Waits until an agent has a module's route, however slow this machine is. */
async function registered(
  client: LarsClient,
  { modid, cmdid }: { modid: number; cmdid: number },
): Promise<void> {
  await client.register(modid, cmdid, { timeoutMs: PATIENCE_MS });
}

Deno.test("no pick fails when workers of the agent throw or exit, and all goes on", async () => {
  await using system = await System.start();
  for (const kind of ["throw", "exit"]) {
    for (const worker of [BUSY_SHARD, "dns", "reporter"]) {
      await system.break(worker, kind);
      await system.changesArrive();
      await system.statusesGoOn();
    }
  }
  assertEquals(await system.agent.metric("lars_agent_workers_stuck"), 0);
  assertEquals(await system.agent.metric("lars_agent_tcp_connections"), 2);
  await system.end();
});

for (const worker of [BUSY_SHARD, "dns", "reporter"]) {
  Deno.test(`no pick fails when the agent's ${worker} hangs, and all goes on`, async () => {
    await using system = await System.start();
    await system.break(worker, "hang");
    await system.changesArrive();
    await system.statusesGoOn();
    assertEquals(await system.agent.metric("lars_agent_workers_stuck"), 1);
    await system.end();
  });
}

/** A module whose hosts fail but for the first. */
const OUTAGE = {
  modid: 4,
  cmdid: 1,
  hosts: Array.from({ length: 10 }, (_, i) => ({ ip: 0x7f000001, port: 9101 + i, weight: 100 })),
};

for (const kind of ["throw", "exit", "hang"]) {
  Deno.test(`hosts that are overloaded stay so when the agent's shard is replaced: ${kind}`, async () => {
    await using system = await System.start();
    const { agent, client, dns } = system;
    const { modid, cmdid, hosts: [alive, ...dead] } = OUTAGE;
    dns.set(OUTAGE);
    await registered(client, OUTAGE);
    for (const { port } of dead) {
      const host = { hostname: "127.0.0.1", port };
      for (let i = 0; i < 15; i++) client.report(modid, cmdid, host, 1);
    }
    await until(async () => await agent.metric("lars_agent_transitions_total") === dead.length);
    await system.break(BUSY_SHARD, kind);
    const ports: number[] = [];
    for (let i = 0; i < 100; i++) {
      const host = await until(() => client.getHost(modid, cmdid).catch(() => undefined));
      ports.push(host.port);
    }
    // Were they taken for well again, each would have a tenth of the picks; as it is they have probes, one pick in 11.
    const picksOfAlive = ports.filter((port) => port === alive.port).length;
    assertGreater(picksOfAlive, 85, String(ports));
    assertEquals(await agent.metric("lars_agent_restored_total"), dead.length);
    await system.end();
  });
}

Deno.test("a replaced reporter client tells again what its predecessor held", async () => {
  await using dns = await FakeDns.start();
  dns.set({ ...NAME, hosts: [HOST] });
  const reporter = await FakeReporter.start();
  await reporter[Symbol.asyncDispose]();
  await using agent = await startAgent({ dns, reporter });
  await using client = new LarsClient({ port: agent.port, tries: PATIENT_TRIES });
  await registered(client, NAME);
  const host = await client.getHost(NAME.modid, NAME.cmdid);
  client.report(NAME.modid, NAME.cmdid, host, 0);
  await until(async () => await agent.metric("lars_agent_status_held") === 1);
  assertEquals((await agent.post("/debug/fault?worker=reporter&kind=exit")).status, 200);
  await using back = await FakeReporter.start(reporter.port);
  const { results } = await back.statuses.next();
  assertEquals(results.map(({ succ }) => succ), [1]);
});

Deno.test("the agent exits with code 3 when two of its workers hang", async () => {
  const agent = await startAgent(NOWHERE);
  for (const worker of ["shard0", "dns"]) {
    assertEquals((await agent.post(`/debug/fault?worker=${worker}&kind=hang`)).status, 200);
  }
  assertEquals(await agent.ended(), 3);
});

Deno.test("Supervisor gives up when a worker hangs for longer than it may", async () => {
  // In a process of its own: the hung thread spins until its process ends.
  const script = new URL("../testing/stuck_supervisor.ts", import.meta.url).pathname;
  const args = ["run", "--allow-net=127.0.0.1", "--allow-read", script];
  const { code, stdout, stderr } = await runProgram(args);
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout), {
    exitCode: 3,
    message: "Cannot end 1 stuck thread(s): restart the agent",
  });
});

Deno.test("the agent has no way to be broken unless its environment allows it", async () => {
  const environments: Record<string, string>[] = [{}, { LARS_FAULTS: "0" }];
  for (const env of environments) {
    await using agent = await startAgent(NOWHERE, env);
    assertEquals((await agent.post("/debug/fault?worker=dns&kind=throw")).status, 404);
  }
  await using agent = await startAgent(NOWHERE);
  const { status, text } = await agent.post("/debug/fault?worker=dns&kind=explode");
  assertEquals(status, 400);
  assertStringIncludes(text, "kind=throw|exit|hang");
  assert((await agent.get("/debug/fault")).status === 405);
});
