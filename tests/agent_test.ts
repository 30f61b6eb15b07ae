import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { hostInterfaces } from "../agent/upstream/caller.ts";
import { agentSchema } from "../agent/options.ts";
import { claimPorts } from "../agent/supervisor/ports.ts";
import { AgentService } from "../agent/service.ts";
import { LarsClient } from "../client/mod.ts";
import { portOf } from "../lars/up/stack.ts";
import {
  formatIpv4,
  GetHostRequest,
  MessageId,
  type ModuleName,
  parseIpv4,
  RetCode,
  shardOf,
} from "../proto/mod.ts";
import { bodyOf } from "../testing/proto/plain_message.ts";
import { encodeFrame } from "../reactor/mod.ts";
import { configureLogging, loadOptions } from "../service/mod.ts";
import { FakeDns, FakeReporter, RawClient } from "../testing/agent_peers.ts";
import { readMetric } from "../testing/role.ts";
import { until } from "../testing/until.ts";

configureLogging({ level: "error", format: "json" });

const NAME = { modid: 70_000, cmdid: 3 };
const HOSTS = [
  { ip: parseIpv4("10.0.0.1")!, port: 80, weight: 100 },
  { ip: parseIpv4("200.1.2.3")!, port: 65_535, weight: 100 },
];

/** A whole agent in this process, threads and all, between a dns and a reporter. */
class Agent implements AsyncDisposable {
  private constructor(
    readonly service: AgentService,
    readonly dns: FakeDns,
    readonly reporter: FakeReporter,
    readonly client: RawClient,
  ) {}

  static async start(...set: string[]): Promise<Agent> {
    const dns = await FakeDns.start();
    const reporter = await FakeReporter.start();
    const { values } = loadOptions(agentSchema, {
      env: () => undefined,
      set: [
        "reactor.port=0",
        "admin.port=0",
        "log.level=error",
        "agent.first_pull_wait_ms=5000",
        "agent.snapshot=off",
        `dnsserver.port=${dns.port}`,
        `reporter.port=${reporter.port}`,
        ...set,
      ],
    });
    const service = await AgentService.start(values, { fail: (error) => console.error(error) });
    return new Agent(service, dns, reporter, new RawClient(portOf(service.addresses.listen)));
  }

  /** The value of a metric, summed over its labels. */
  metric(name: string): Promise<number> {
    return readMetric(this.service.addresses.admin, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.service.stop();
    await this.dns[Symbol.asyncDispose]();
    await this.reporter[Symbol.asyncDispose]();
  }
}

Deno.test("the agent pulls the route of a module asked for and hands its hosts out in turn", async () => {
  await using agent = await Agent.start();
  const { dns, client } = agent;
  dns.set({ ...NAME, hosts: HOSTS });
  const picks = [];
  for (let i = 0; i < 4; i++) picks.push(await client.getHost(NAME));
  assertEquals(picks.map(({ retcode }) => retcode), [0, 0, 0, 0]);
  assertEquals(
    picks.map(({ host }) => host),
    [0, 1, 0, 1].map((i) => ({ ip: HOSTS[i].ip, port: HOSTS[i].port })),
  );
  assertEquals(await dns.asked.next(), NAME);
  assertEquals(await agent.metric("lars_agent_pulls_total"), 1);
});

Deno.test("the agent answers NOEXIST for a module that dns does not know, and does not ask for it again", async () => {
  await using agent = await Agent.start("agent.negative_ttl_ms=60000");
  for (let i = 0; i < 10; i++) {
    const { retcode, host } = await agent.client.getHost(NAME);
    assertEquals([retcode, host], [RetCode.NoExist, undefined]);
  }
  await agent.dns.asked.next();
  assertEquals(agent.dns.asked.size, 0);
});

Deno.test("the agent picks once for a client that asks again until a slow dns has answered", async () => {
  await using agent = await Agent.start("agent.first_pull_wait_ms=60000");
  const { dns, service } = agent;
  dns.answers = false;
  const port = portOf(service.addresses.listen);
  await using client = new LarsClient({ port, timeoutMs: 20, totalTimeoutMs: 60_000 });
  const picked = client.getHost(NAME.modid, NAME.cmdid);
  await dns.asked.next();
  await until(async () => await agent.metric("lars_agent_repeated_total") > 2);
  dns.push({ ...NAME, hosts: HOSTS });
  assertEquals(await picked, { hostname: "10.0.0.1", port: 80 });
  assertEquals(await agent.metric("lars_agent_picks_total"), 1);
});

Deno.test("the agent answers NOEXIST for ids out of range and for modules of another shard", async () => {
  await using agent = await Agent.start();
  const { client } = agent;
  assertEquals((await client.getHost({ modid: -1, cmdid: 4 })).retcode, RetCode.NoExist);
  const request = bodyOf(GetHostRequest, { seq: 1, ...NAME });
  const wrongShard = (shardOf(NAME) + 1) % 3;
  await client.sendBytes(encodeFrame(MessageId.GetHostRequest, request), wrongShard);
  assertEquals((await client.receive()).msgid, MessageId.GetHostResponse);
  assertEquals(agent.dns.asked.size, 0);
  assertEquals(await agent.metric("lars_agent_misdirected_total"), 2);
});

Deno.test("the agent follows a route that dns pushes, also to emptiness", async () => {
  await using agent = await Agent.start();
  const { dns, client } = agent;
  dns.set({ ...NAME, hosts: [HOSTS[0]] });
  await client.getHost(NAME);
  dns.push({ ...NAME, hosts: [HOSTS[1]] });
  await until(async () => (await client.getRoute(NAME)).hosts[0]?.port === HOSTS[1].port);
  assertEquals((await client.getHost(NAME)).host?.ip, HOSTS[1].ip);
  dns.push({ ...NAME, hosts: [] });
  await until(async () => (await client.getHost(NAME)).retcode === RetCode.NoExist);
});

Deno.test("the agent hands out whole routes, weights included", async () => {
  await using agent = await Agent.start();
  const hosts = [{ ...HOSTS[0], weight: 50 }, HOSTS[1]];
  agent.dns.set({ ...NAME, hosts });
  assertEquals(await agent.client.getRoute(NAME), { ...NAME, hosts });
  assertEquals(await agent.client.getRoute({ modid: 5, cmdid: 5 }), {
    modid: 5,
    cmdid: 5,
    hosts: [],
  });
});

Deno.test("the agent cuts a route that no datagram holds", async () => {
  await using agent = await Agent.start();
  // 15 bytes a host and 6 of name: 65,526, which a frame over TCP holds and a datagram does not.
  const hosts = Array.from({ length: 4368 }, (_, i) => ({
    ip: (0xc000_0000 + i) >>> 0,
    port: 1,
    weight: 100,
  }));
  agent.dns.set({ ...NAME, hosts });
  const route = await agent.client.getRoute(NAME);
  assertEquals(route.hosts, hosts.slice(0, 4366));
  assertEquals(await agent.metric("lars_agent_routes_cut_total"), 1);
});

Deno.test("the agent keeps traffic off a host that fails, and says so to reporter at once", async () => {
  await using agent = await Agent.start("agent.report_interval_ms=60000", "agent.caller=10.9.8.7");
  const { dns, reporter, client } = agent;
  dns.set({ ...NAME, hosts: HOSTS });
  await client.getHost(NAME);
  for (let i = 0; i < 15; i++) await client.report({ ...NAME, host: HOSTS[0], retcode: 1 });
  const status = await reporter.statuses.next();
  const results = status.results.map((result) => ({ ...result, err: 0 })); // failures that came since count, too
  assertEquals({ ...status, tsSec: 0, results }, {
    ...NAME,
    caller: parseIpv4("10.9.8.7")!,
    tsSec: 0,
    results: [
      { ip: HOSTS[1].ip, port: HOSTS[1].port, succ: 0, err: 0, overload: false },
      { ip: HOSTS[0].ip, port: HOSTS[0].port, succ: 0, err: 0, overload: true },
    ],
  });
  const picked = new Set<number | undefined>();
  for (let i = 0; i < 10; i++) picked.add((await client.getHost(NAME)).host?.port);
  assertEquals([...picked], [HOSTS[1].port]);
});

Deno.test("the agent reports under the caller it is given, once per report interval", async () => {
  await using agent = await Agent.start(
    "agent.report_interval_ms=10",
    "agent.caller=192.168.1.177",
  );
  const { dns, reporter, client } = agent;
  dns.set({ ...NAME, hosts: [HOSTS[0]] });
  await client.getHost(NAME);
  for (let i = 0; i < 3; i++) await client.report({ ...NAME, host: HOSTS[0], retcode: 0 });
  await client.report({ ...NAME, host: HOSTS[0], retcode: 1 });
  const { caller } = await reporter.statuses.until(({ results: [host] }) =>
    host.succ === 3 && host.err === 1
  );
  assertEquals(caller, parseIpv4("192.168.1.177"));
});

Deno.test("the agent reports under an address of its host other than loopback, where there is one", async () => {
  await using agent = await Agent.start("agent.report_interval_ms=10");
  const { dns, reporter, client } = agent;
  dns.set({ ...NAME, hosts: HOSTS });
  await client.getHost(NAME);
  await client.report({ ...NAME, host: HOSTS[0], retcode: 0 });
  const { caller } = await reporter.statuses.next();
  const addresses = hostInterfaces().map(({ address }) => address).filter((each) =>
    /\./.test(each)
  );
  assert(addresses.includes(formatIpv4(caller)), formatIpv4(caller));
  const others = addresses.filter((address) => !address.startsWith("127."));
  assertEquals(formatIpv4(caller).startsWith("127."), others.length === 0);
});

Deno.test("the agent splits a status that no frame holds", async () => {
  await using agent = await Agent.start("agent.report_interval_ms=10");
  const { dns, reporter, client } = agent;
  const hosts = Array.from({ length: 3001 }, (_, i) => ({ ip: i + 1, port: 80, weight: 100 }));
  dns.set({ ...NAME, hosts });
  await client.getHost(NAME);
  await client.report({ ...NAME, host: hosts[0], retcode: 0 });
  const seen = new Set<number>();
  for (let messages = 0; messages < 3; messages++) {
    for (const { ip } of (await reporter.statuses.next()).results) seen.add(ip);
  }
  assertEquals(seen.size, hosts.length);
});

Deno.test("the agent serves what it has while dns is away, and asks for all of it when dns is back", async () => {
  await using agent = await Agent.start();
  const { dns, client } = agent;
  const other = { modid: 8, cmdid: 2 };
  for (const name of [NAME, other]) {
    dns.set({ ...name, hosts: HOSTS });
    await client.getHost(name);
    await dns.asked.next();
  }
  await dns[Symbol.asyncDispose]();
  for (let i = 0; i < 5; i++) assertEquals((await client.getHost(NAME)).retcode, RetCode.Success);
  await using back = await FakeDns.start(dns.port);
  back.set({ ...NAME, hosts: [HOSTS[1]] });
  back.set({ ...other, hosts: [HOSTS[1]] });
  const asked: ModuleName[] = [await back.asked.next(), await back.asked.next()];
  asked.sort((a, b) => a.modid - b.modid);
  assertEquals(asked, [other, NAME]);
  await until(async () => (await client.getRoute(NAME)).hosts.length === 1);
});

Deno.test("the agent tells the next reporter what the one before may not have got", async () => {
  await using agent = await Agent.start("agent.report_interval_ms=10");
  const { dns, reporter, client } = agent;
  dns.set({ ...NAME, hosts: [HOSTS[0]] });
  await client.getHost(NAME);
  await client.report({ ...NAME, host: HOSTS[0], retcode: 0 });
  await reporter.statuses.next();
  await reporter[Symbol.asyncDispose]();
  await using back = await FakeReporter.start(reporter.port);
  assertEquals((await back.statuses.next()).results[0].succ, 1);
});

Deno.test("the agent tells reporter what was reported last before it stops", async () => {
  await using agent = await Agent.start("agent.report_interval_ms=60000");
  const { dns, reporter, client } = agent;
  dns.set({ ...NAME, hosts: [HOSTS[0]] });
  await client.getHost(NAME);
  await client.report({ ...NAME, host: HOSTS[0], retcode: 0 });
  await until(async () => (await agent.metric("lars_agent_reports_total")) === 1);
  await agent.service.stop();
  assertEquals((await reporter.statuses.next()).results[0].succ, 1);
});

Deno.test("the agent drops and counts datagrams that are no messages, and serves on", async () => {
  await using agent = await Agent.start();
  const { dns, client } = agent;
  dns.set({ ...NAME, hosts: HOSTS });
  const shard = shardOf(NAME);
  await client.sendBytes(new Uint8Array(0), shard);
  await client.sendBytes(new Uint8Array(65_507), shard);
  await client.sendBytes(encodeFrame(MessageId.GetHostRequest, Uint8Array.of(0xff)), shard);
  await client.sendBytes(encodeFrame(999, new Uint8Array(3)), shard);
  assertEquals((await client.getHost(NAME)).retcode, RetCode.Success);
  assertEquals(await agent.metric("lars_agent_udp_bad_length_total"), 2);
  assertEquals(await agent.metric("lars_agent_udp_malformed_total"), 1);
  assertEquals(await agent.metric("lars_agent_udp_unknown_total"), 1);
});

Deno.test("the agent is ready while its five workers beat", async () => {
  await using agent = await Agent.start();
  const response = await fetch(`http://${agent.service.addresses.admin}/readyz`);
  assertEquals([response.status, await response.text()], [200, "ready\n"]);
});

Deno.test("claimPorts() refuses ports of which one is taken, and finds free ones", () => {
  const port = claimPorts({ hostname: "127.0.0.1", port: 0 });
  const taken = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: port + 2 });
  assertThrows(() => claimPorts({ hostname: "127.0.0.1", port }), Deno.errors.AddrInUse);
  taken.close();
  assertEquals(claimPorts({ hostname: "127.0.0.1", port }), port);
});

Deno.test("AgentService.start() says what to do when its ports are taken", async () => {
  await using agent = await Agent.start();
  const { listen } = agent.service.addresses;
  const { values } = loadOptions(agentSchema, {
    env: () => undefined,
    set: [`reactor.port=${portOf(listen)}`, "admin.port=0"],
  });
  const error = await AgentService.start(values, { fail: () => {} }).catch((error) => error);
  assertStringIncludes(error.message, "[reactor] port");
});
