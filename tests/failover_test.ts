/**
 * Servers that fail in every way that a socket can show, stopped ones, and ones that are full, beside one that is well: the
 * agent goes to the one that is well, and nothing is lost on the way.
 */

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { LarsClient } from "../client/mod.ts";
import { encodeRoute, MessageId } from "../proto/mod.ts";
import { encodeFrame, realClock } from "../reactor/mod.ts";
import { openRouteStore } from "../sql/mod.ts";
import { FakeDns, FakeReporter } from "../testing/agent_peers.ts";
import { reservePort } from "../testing/lasting_port.ts";
import { Role, storeSettings } from "../testing/role.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { PATIENCE_MS, until } from "../testing/until.ts";

const NAME = { modid: 1, cmdid: 1 };
const HOSTS = [{ ip: 0x7f000001, port: 9001, weight: 100 }];

/** Ways to fail: what a server does with each connection. */
const FAILURES: Record<string, (tcp: Deno.TcpConn, signal: AbortSignal) => unknown> = {
  "hangs up at once": (tcp) => tcp.close(),
  "hangs up when it is asked": async (tcp) => {
    await tcp.read(new Uint8Array(1000));
    tcp.close();
  },
  "hangs": () => {},
  "answers drop by drop": async (tcp, signal) => {
    const frame = encodeFrame(MessageId.GetRouteResponse, encodeRoute({ ...NAME, hosts: HOSTS }));
    for (const byte of frame.slice(0, 10)) {
      await tcp.write(Uint8Array.of(byte));
      await realClock.sleep(300, { signal });
    }
  },
  "answers rubbish": (tcp) => tcp.write(new Uint8Array(100).fill(255)),
  "answers what nobody asked": (tcp) => tcp.write(encodeFrame(77, new Uint8Array(9))),
};

/** A server that fails. */
class FailingServer implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Deno.TcpConn[] = [];
  readonly #end = new AbortController();
  /** Connections so far. */
  accepted = 0;

  constructor(fail: (typeof FAILURES)[string]) {
    this.#serve(fail);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #serve(fail: (typeof FAILURES)[string]): Promise<void> {
    try {
      for (;;) {
        const tcp = await this.#listener.accept();
        this.accepted++;
        this.#connections.push(tcp);
        Promise.resolve(fail(tcp, this.#end.signal)).catch(() => {}); // the agent has left
      }
    } catch {
      // It is over.
    }
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    this.#end.abort();
    for (const tcp of this.#connections) {
      try {
        tcp.close();
      } catch {
        // Closed already.
      }
    }
  }
}

function endpointsOf(section: string, ports: number[]): string {
  return `${section}.endpoints=${ports.map((port) => `127.0.0.1:${port}`).join(", ")}`;
}

const PATIENT = ["agent.first_pull_wait_ms=60000", "agent.report_interval_ms=50"];

/** A program of an agent, which waits as long as it takes. */
function clientOf(agent: Role): LarsClient {
  return new LarsClient({ port: agent.port, totalTimeoutMs: PATIENCE_MS });
}

/** How often an agent has warned that it cannot use an endpoint. */
function warningsOf(agent: Role): number {
  return agent.log.filter((line) => line.includes("Cannot use")).length;
}

for (const [what, fail] of Object.entries(FAILURES)) {
  Deno.test(`the agent goes on to the next dns and reporter when the first ${what}`, async () => {
    using badDns = new FailingServer(fail);
    using badReporter = new FailingServer(fail);
    await using dns = await FakeDns.start();
    await using reporter = await FakeReporter.start();
    dns.set({ ...NAME, hosts: HOSTS });
    await using agent = await Role.start("agent", [
      endpointsOf("dnsserver", [badDns.port, dns.port]),
      endpointsOf("reporter", [badReporter.port, reporter.port]),
      ...PATIENT,
    ]);
    await using client = clientOf(agent);
    const host = await client.getHost(NAME.modid, NAME.cmdid);
    client.report(NAME.modid, NAME.cmdid, host, 0);
    assertEquals((await reporter.statuses.next()).results.length, 1);
    const { text } = await agent.get("/readyz");
    assertMatch(text, new RegExp(`1 of 2 endpoints of dns .* in use is 127.0.0.1:${dns.port}`));
    assertLess(badDns.accepted, 5);
    await until(() => warningsOf(agent) >= 2);
    assertEquals(warningsOf(agent), 2);
  });
}

Deno.test("the agent asks again what a connection died with, as soon as dns is back", async () => {
  const port = reservePort();
  await using agent = await Role.start("agent", [
    `dnsserver.port=${port}`,
    "loadbalance.update_timeout=3600",
    ...PATIENT,
  ]);
  await using client = clientOf(agent);
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const picked = client.getHost(NAME.modid, NAME.cmdid);
  const tcp = await listener.accept();
  await tcp.read(new Uint8Array(1000));
  listener.close();
  tcp.close();
  await using dns = await FakeDns.start(port);
  dns.set({ ...NAME, hosts: HOSTS });
  assertEquals((await picked).port, HOSTS[0].port);
});

Deno.test("the agent confirms routes that nobody uses as soon as dns is back", async () => {
  const port = reservePort();
  const before = await FakeDns.start(port);
  before.set({ ...NAME, hosts: HOSTS });
  await using agent = await Role.start("agent", [
    `dnsserver.port=${port}`,
    "loadbalance.update_timeout=3600",
    ...PATIENT,
  ]);
  await using client = clientOf(agent);
  await client.getHost(NAME.modid, NAME.cmdid);
  await before[Symbol.asyncDispose]();
  await using dns = await FakeDns.start(port);
  dns.set({ ...NAME, hosts: [{ ...HOSTS[0], port: 9002 }] });
  assertEquals(await dns.asked.next(), NAME);
  await until(async () => (await client.getHost(NAME.modid, NAME.cmdid)).port === 9002);
});

/** Two dns and two reporters on one database, of which an agent prefers the first. */
class Pairs implements AsyncDisposable {
  readonly parts = new AsyncDisposableStack();
  readonly config = this.parts.use(new TempFolder()).database;
  dns!: Role[];
  reporters!: Role[];
  agent!: Role;
  client!: LarsClient;

  static async start(settings: string[] = []): Promise<Pairs> {
    const pairs = new Pairs();
    const { parts } = pairs;
    await using store = await openRouteStore(pairs.config);
    await store.addHosts(NAME, HOSTS);
    const stored = storeSettings(pairs.config);
    const start = async (role: "dns" | "reporter") =>
      parts.use(await Role.start(role, role === "dns" ? [...stored, "dns.snapshot=off"] : stored));
    pairs.dns = [await start("dns"), await start("dns")];
    pairs.reporters = [await start("reporter"), await start("reporter")];
    pairs.agent = parts.use(
      await Role.start("agent", [
        endpointsOf("dnsserver", pairs.dns.map(({ port }) => port)),
        endpointsOf("reporter", pairs.reporters.map(({ port }) => port)),
        ...PATIENT,
        ...settings,
      ]),
    );
    pairs.client = parts.use(clientOf(pairs.agent));
    await pairs.client.getHost(NAME.modid, NAME.cmdid);
    return pairs;
  }

  /** Reports a call, of which the database is to know. */
  report(): void {
    this.client.report(NAME.modid, NAME.cmdid, { hostname: "127.0.0.1", port: HOSTS[0].port }, 0);
  }

  /** Which endpoint of each kind the agent uses, as its status has it. */
  async inUse(peer: "dns" | "reporter"): Promise<string | undefined> {
    const { text } = await this.agent.get("/metrics");
    const found = text.matchAll(
      /lars_agent_endpoint_in_use\{.*?peer="(\w+)".*?endpoint="(\S+?)".*?\} 1/g,
    );
    return [...found].find(([, each]) => each === peer)?.[2].split(":")[1];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const role of [...this.dns, ...this.reporters]) role.signal("SIGCONT");
    await this.parts.disposeAsync();
  }
}

Deno.test("the agent leaves a stopped dns, follows changes through the next one, and goes back", async () => {
  await using pairs = await Pairs.start(["dnsserver.max_connection_age=4"]);
  const [first, second] = pairs.dns;
  await until(async () => await pairs.inUse("dns") === String(first.port));
  first.signal("SIGSTOP");
  await until(async () => await pairs.inUse("dns") === String(second.port));
  await using store = await openRouteStore(pairs.config);
  await store.addHosts({ modid: 2, cmdid: 1 }, HOSTS);
  await pairs.client.register(2, 1, { timeoutMs: PATIENCE_MS });
  assertMatch((await pairs.agent.get("/readyz")).text, /1 of 2 endpoints of dns did not answer/);
  first.signal("SIGCONT");
  await until(async () => await pairs.inUse("dns") === String(first.port));
  await until(async () => (await pairs.agent.get("/readyz")).text === "ready\n");
});

Deno.test("a status that a stopped reporter has swallowed reaches the database by the next one", async () => {
  await using pairs = await Pairs.start();
  const { agent, reporters: [first, second] } = pairs;
  pairs.report();
  await until(async () => await agent.metric("lars_agent_status_acknowledged_total") === 1);
  assertEquals(await pairs.inUse("reporter"), String(first.port));
  first.signal("SIGSTOP");
  pairs.report();
  await until(async () => await agent.metric("lars_agent_status_acknowledged_total") === 2);
  assertEquals(await pairs.inUse("reporter"), String(second.port));
  assert(await second.metric("lars_reporter_lane_written_total") > 0);
});

Deno.test("a reporter whose database is away is not left, and what it holds is not acknowledged", async () => {
  await using folder = new TempFolder();
  const path = folder.file("none");
  await Deno.mkdir(path); // no database can be opened there
  await using reporter = await Role.start("reporter", [`store.path=${path}`]);
  await using dns = await FakeDns.start();
  dns.set({ ...NAME, hosts: HOSTS });
  await using agent = await Role.start("agent", [
    `dnsserver.port=${dns.port}`,
    endpointsOf("reporter", [reporter.port, reservePort()]),
    "reporter.answer_timeout=1.5",
    ...PATIENT,
  ]);
  await using client = clientOf(agent);
  const host = await client.getHost(NAME.modid, NAME.cmdid);
  client.report(NAME.modid, NAME.cmdid, host, 0);
  // The agent would have left it by then.
  await until(async () => await reporter.metric("lars_reporter_tcp_frames_out_total") >= 4);
  assertEquals(await agent.metric("lars_agent_status_acknowledged_total"), 0);
  assertEquals(await agent.metric("lars_agent_status_unacknowledged"), 1);
  assertEquals(await reporter.metric("lars_reporter_tcp_accepted_total"), 1);
  await Deno.remove(path);
  await until(async () => await agent.metric("lars_agent_status_acknowledged_total") === 1);
});

Deno.test("the agent hammers no dns that is full, and warns once", async () => {
  await using folder = new TempFolder();
  await using full = await Role.start("dns", [
    ...storeSettings(folder.database),
    "dns.snapshot=off",
    "reactor.maxConn=1",
  ]);
  using guest = await Deno.connect({ hostname: "127.0.0.1", port: full.port });
  await guest.write(encodeFrame(0, new Uint8Array())); // and so keeps its place
  await until(async () => await full.metric("lars_dns_frames_in_total") === 1);
  await using agent = await Role.start("agent", [`dnsserver.port=${full.port}`]);
  await using client = new LarsClient({ port: agent.port });
  await client.getHost(NAME.modid, NAME.cmdid).catch(() => {});
  await until(async () => await full.metric("lars_dns_refused_total") >= 3);
  assertEquals(warningsOf(agent), 1);
});
