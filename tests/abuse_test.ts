/**
 * What peers may do to the roles, on purpose or not: each costs bounded memory, is counted, and others are served
 * meanwhile. The numbers are as small as prove the point; time-outs that are longer than a test may take are tested with
 * the reactor, where they can be set.
 */

import { assert, assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import { LarsClient } from "../client/mod.ts";
import { requestFrame, RoutePeer } from "../testing/dns/route_peer.ts";
import { parseReady } from "../lars/up/role_process.ts";
import {
  encodeRouteRequest,
  GetHostRequest,
  GetHostResponse,
  MessageId,
  type ModuleName,
  parseIpv4,
  ReportRequest,
  ReportStatusRequest,
  RetCode,
  type Route,
  shardOf,
} from "../proto/mod.ts";
import { bodyOf, readBody } from "../testing/proto/plain_message.ts";
import { decodeDatagram, encodeFrame, HEADER_BYTES } from "../reactor/mod.ts";
import { connectAndReset, Crowd, readToEnd, writeAll } from "../testing/crowd.ts";
import { migrate, openRouteStore, openStatusStore, type RouteStore } from "../sql/mod.ts";
import { Program, setFlags } from "../testing/process.ts";
import { portOf } from "../lars/up/stack.ts";
import { Role, storeSettings } from "../testing/role.ts";
import { anySeed, SeededRandom } from "../testing/seeded_random.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { isThorough } from "../testing/thorough.ts";
import { inTime, until } from "../testing/until.ts";
import { concat } from "../testing/concat.ts";

const LOOPBACK = parseIpv4("127.0.0.1")!;
const MIB = 2 ** 20;

/** The module that a good peer asks for. */
const GOOD: ModuleName = { modid: 1, cmdid: 1 };

/** Modules with hosts, one in each of the agent's shards. */
const GOOD_IN_EACH_SHARD: readonly ModuleName[] = [
  GOOD,
  { modid: 1, cmdid: 2 },
  { modid: 1, cmdid: 3 },
];

/** A new database, in which the modules of {@link GOOD_IN_EACH_SHARD} have a host each. */
class Database implements AsyncDisposable {
  readonly #folder = new TempFolder();
  readonly config = this.#folder.database;
  routes!: RouteStore;

  static async create(): Promise<Database> {
    const database = new Database();
    await migrate(database.config);
    database.routes = await openRouteStore(database.config);
    for (const name of GOOD_IN_EACH_SHARD) await database.addHosts(name, 1);
    return database;
  }

  /** Gives a module hosts that it did not have. */
  async addHosts(module: ModuleName, count: number, firstIp = LOOPBACK): Promise<void> {
    const hosts = Array.from({ length: count }, (_, i) => ({ ip: firstIp + i, port: 9001 }));
    await this.routes.addHosts(module, hosts);
  }

  get settings(): string[] {
    return storeSettings(this.config);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.routes.close();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function startDns(database: Database): Promise<Role> {
  return Role.start("dns", [...database.settings, "dns.version_poll_ms=10"]);
}

function memoryBytes(role: Role): Promise<number> {
  return role.metric("process_resident_memory_bytes");
}

/** Between two requests of a good peer, ms: without a pause it would take a processor from those under test. */
const PAUSE_MS = 5;

/** Has a good peer served over and over while others abuse the role, and once more afterwards. */
async function servedDuring(abuse: Promise<unknown>, serve: () => Promise<unknown>): Promise<void> {
  let isOver = false;
  const over = abuse.finally(() => isOver = true);
  over.catch(() => {}); // thrown below, and not before the good peer's last answer has come
  let served = 0;
  for (; !isOver; served++) {
    await serve();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  await over;
  await serve();
  assertGreater(served, 0);
}

/** A peer of dns that is served as long as it lives. */
async function connectGood(dns: Role): Promise<RoutePeer & { serve: () => Promise<void> }> {
  const peer = await RoutePeer.connect({ hostname: "127.0.0.1", port: dns.port });
  const serve = async () => assertEquals((await peer.ask(GOOD.modid, GOOD.cmdid)).hosts.length, 1);
  await serve();
  return Object.assign(peer, { serve });
}

/** Many times the same bytes. */
function repeat(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) all.set(bytes, i * bytes.length);
  return all;
}

/** Statuses are reported as of now: old ones would be deleted. */
const START_SEC = Math.floor(Date.now() / 1000);

/** A report on a module by the agent `caller`, with so many hosts. */
function statusFrame({ modid, cmdid }: ModuleName, caller: number, hosts = 1): Uint8Array {
  const results = Array.from(
    { length: hosts },
    (_, ip) => ({ ip, port: 9001, succ: 1, err: 0, overload: false }),
  );
  const body = bodyOf(ReportStatusRequest, { modid, cmdid, caller, tsSec: START_SEC, results });
  return encodeFrame(MessageId.ReportStatusRequest, body);
}

Deno.test("dns serves on while a thousand peers say nothing, who make room for others", async () => {
  await using database = await Database.create();
  await using dns = await startDns(database);
  await using good = await connectGood(dns);
  const before = await memoryBytes(dns);
  using _silent = await Crowd.connect(dns.port, 1023);
  await until(async () => await dns.metric("lars_dns_accepted_total") >= 1024);
  await using welcome = new AsyncDisposableStack();
  for (let i = 0; i < 20; i++) {
    welcome.use(await connectGood(dns));
    await good.serve();
  }
  assertEquals(await dns.metric("lars_dns_refused_total"), 0);
  assertGreater(await dns.metric("lars_dns_gave_way_total"), 0);
  assertLess(await memoryBytes(dns) - before, 100 * MIB);
});

Deno.test("reporter takes reports while a thousand peers say nothing, who make room for others", async () => {
  await using database = await Database.create();
  await using reporter = await Role.start("reporter", database.settings);
  const before = await memoryBytes(reporter);
  using good = await Crowd.connect(reporter.port, 1);
  await good.write(statusFrame(GOOD, 1));
  using _silent = await Crowd.connect(reporter.port, 1023);
  await until(async () => await reporter.metric("lars_reporter_tcp_accepted_total") >= 1024);
  using welcome = await Crowd.connect(reporter.port, 20);
  await Promise.all([good.write(statusFrame(GOOD, 2)), welcome.write(statusFrame(GOOD, 3))]);
  await until(async () => await reporter.metric("lars_reporter_tcp_frames_in_total") === 22);
  assertEquals(await reporter.metric("lars_reporter_tcp_refused_total"), 0);
  assertGreater(await reporter.metric("lars_reporter_tcp_gave_way_total"), 0);
  assertLess(await memoryBytes(reporter) - before, 100 * MIB);
});

Deno.test("dns accepts others while many connect and reset", async () => {
  await using database = await Database.create();
  await using dns = await startDns(database);
  const address = { hostname: "127.0.0.1", port: dns.port };
  const resetAll = async () => {
    for (let i = 0; i < 100; i++) {
      await Promise.all(Array.from({ length: 20 }, () => connectAndReset(address)));
    }
  };
  await servedDuring(resetAll(), async () => {
    await using _newcomer = await connectGood(dns);
  });
  await until(async () => await dns.metric("lars_dns_connections") === 0);
});

Deno.test("dns and reporter cut off who never ends a frame, and dns who never reads", async () => {
  await using database = await Database.create();
  await using dns = await startDns(database);
  await using reporter = await Role.start("reporter", database.settings);
  const big = { modid: 2, cmdid: 1 };
  await database.addHosts(big, 4000);
  await using good = await connectGood(dns);
  await until(async () => (await good.ask(big.modid, big.cmdid)).hosts.length === 4000);
  const before = await memoryBytes(dns);

  const halfFrame = encodeFrame(1, new Uint8Array(60_000)).subarray(0, 100);
  using half = await Crowd.connect(dns.port, 20);
  await half.write(requestFrame(GOOD.modid, GOOD.cmdid));
  await half.write(halfFrame);
  using halfReports = await Crowd.connect(reporter.port, 20);
  await halfReports.write(statusFrame(GOOD, 1));
  await halfReports.write(halfFrame);
  let isOver = false;
  const dribble = async () => {
    while (!isOver) {
      await Promise.all([half, halfReports].map((crowd) => crowd.write(Uint8Array.of(0))));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  const ask = requestFrame(big.modid, big.cmdid);
  using askers = await Crowd.connect(dns.port, 10);
  const asked = askers.write(repeat(ask, 100_000));
  using subscribers = await Crowd.connect(dns.port, 10);
  await subscribers.write(ask);
  const cut = async () =>
    String([
      await dns.metric("lars_dns_timeouts_total"),
      await dns.metric("lars_dns_slow_readers_total"),
      await reporter.metric("lars_reporter_tcp_timeouts_total"),
    ]);
  const over = until(async () => await cut() === "20,20,20").finally(() => isOver = true);
  const change = async () => {
    const host = [{ ip: parseIpv4("10.0.0.1")!, port: 9001 }];
    while (!isOver) {
      await database.routes.addHosts(big, host);
      await new Promise((resolve) => setTimeout(resolve, 30));
      await database.routes.removeHosts(big, host);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await over;
    await database.addHosts(big, 10, parseIpv4("10.0.1.0")!);
  };
  const reading = readUntil(good, ({ hosts }) => hosts.length >= 4010);
  await using other = await connectGood(dns);
  await servedDuring(Promise.all([change(), dribble(), asked, reading]), other.serve);
  assertEquals(await dns.metric("lars_dns_out_of_memory_total"), 0);
  assertLess(await memoryBytes(dns) - before, 400 * MIB);
});

/** Reads pushes until one is as wanted. */
async function readUntil(peer: RoutePeer, isWanted: (route: Route) => boolean): Promise<void> {
  while (!isWanted(await peer.next()));
}

Deno.test("dns keeps 100,000 subscriptions of a peer that subscribes to everything", async () => {
  await using database = await Database.create();
  await using dns = await startDns(database);
  await using good = await connectGood(dns);
  const before = await memoryBytes(dns);
  const asked = 120_000; // and 100,000 are kept
  using greedy = await Crowd.connect(dns.port, 1);
  const [tcp] = greedy.members;
  const subscribe = async () => {
    await writeAll(tcp, requestFrame(GOOD.modid, 2)); // which has hosts, and so is kept
    for (let modid = 1000; modid < 1000 + asked / 1000; modid++) {
      const frames = Array.from({ length: 1000 }, (_, cmdid) => requestFrame(modid, cmdid));
      await writeAll(tcp, concat(...frames));
    }
    const dropped = asked + 1 - 100_000;
    await until(async () => await dns.metric("lars_dns_dropped_subscriptions_total") === dropped);
  };
  const answers = readToEnd(tcp);
  await servedDuring(subscribe(), good.serve);
  assertEquals(await dns.metric("lars_dns_subscriptions"), 100_000 + 1);
  assertLess(await memoryBytes(dns) - before, 400 * MIB);

  await database.addHosts({ modid: GOOD.modid, cmdid: 2 }, 1, LOOPBACK + 1);
  await database.addHosts({ modid: 1000, cmdid: 0 }, 1); // dropped long ago
  await database.addHosts({ modid: 1000 + asked / 1000 - 1, cmdid: 999 }, 1);
  await until(async () => await dns.metric("lars_dns_pushes_total") === 2);
  await tcp.closeWrite();
  await answers;
  await until(async () => await dns.metric("lars_dns_subscriptions") === 1);
  await good.serve();
});

for (const name of ["dns", "reporter"] as const) {
  Deno.test(`${name} serves on without file descriptors, and accepts again when there are some`, async () => {
    await using database = await Database.create();
    const settings = [...database.settings, "reactor.port=0", "admin.port=0", "log.format=json"];
    await using role = Program.role(name, setFlags(settings), { maxDescriptors: 100 });
    const { listen, admin } = await role.stderr.find(parseReady);
    const prefix = name === "dns" ? "lars_dns" : "lars_reporter_tcp";
    // Through one connection that is kept open: there is none to be had for another.
    const acceptErrors = async () => {
      const text = await (await fetch(`http://${admin}/metrics`)).text();
      const counts = text.matchAll(new RegExp(`^${prefix}_accept_errors_total{.*} (\\d+)$`, "mg"));
      return Array.from(counts, ([, count]) => Number(count));
    };
    assertEquals(await acceptErrors(), [0, 0]);
    const frame = name === "dns" ? requestFrame(GOOD.modid, GOOD.cmdid) : statusFrame(GOOD, 1);
    using good = await Crowd.connect(portOf(listen), 1);
    const serve = async () => {
      await good.write(frame);
      if (name === "dns") await good.members[0].read(new Uint8Array(1000));
    };
    await serve();
    {
      using _crowd = await Crowd.connect(portOf(listen), 200);
      await servedDuring(
        until(async () => (await acceptErrors()).every((count) => count > 2)),
        serve,
      );
    }
    if (name === "dns") {
      await using late = await RoutePeer.connect({ hostname: "127.0.0.1", port: portOf(listen) });
      assertEquals((await late.ask(GOOD.modid, GOOD.cmdid)).hosts.length, 1);
    } else {
      await using statuses = await openStatusStore(database.config);
      await until(async () => (await statuses.read(GOOD)).length === 1);
    }
    assertEquals(await role.stop(), 0);
  });
}

for (const name of ["dns", "reporter", "agent"] as const) {
  Deno.test(`${name} goes on when who asks the operators' port takes all file descriptors`, async () => {
    await using database = await Database.create();
    const settings = [
      ...name === "agent" ? [] : database.settings,
      "reactor.port=0",
      "admin.port=0",
      "log.format=json",
    ];
    await using role = Program.role(name, setFlags(settings), { maxDescriptors: 100 });
    const { admin } = await role.stderr.find(parseReady);
    // The port is closed when there are no more: whoever comes then is refused.
    const crowds = await Promise.allSettled(
      Array.from({ length: 200 }, () => Crowd.connect(portOf(admin), 1)),
    );
    await until(async () => {
      try {
        const response = await fetch(`http://${admin}/readyz`);
        await response.body?.cancel();
        return response.ok;
      } catch {
        return false;
      }
    });
    // It is ready though they hold on.
    for (const crowd of crowds) if (crowd.status === "fulfilled") crowd.value[Symbol.dispose]();
    assertEquals(await role.stop(), 0);
  });
}

/** A frame that is wrong in one of many ways, but for its length. */
function wrongFrame(random: SeededRandom): Uint8Array {
  const kind = random.below(3);
  if (kind === 0) return encodeFrame(random.below(14), random.bytes(random.below(200)));
  if (kind === 1) return encodeFrame(random.uint32() | 0, random.bytes(random.below(200)));
  const frame = random.pick(PROPER_FRAMES).slice();
  for (let flips = random.below(3) + 1; flips > 0; flips--) {
    frame[random.below(4)] = random.below(14);
    if (frame.length > HEADER_BYTES) {
      frame[HEADER_BYTES + random.below(frame.length - HEADER_BYTES)] ^= 1 << random.below(8);
    }
  }
  return frame;
}

const PROPER_FRAMES: readonly Uint8Array[] = [
  requestFrame(70_000, 12),
  statusFrame({ modid: 70_000, cmdid: 12 }, LOOPBACK, 20),
  encodeFrame(
    MessageId.GetHostRequest,
    bodyOf(GetHostRequest, { seq: 5, modid: 70_000, cmdid: 12 }),
  ),
  encodeFrame(MessageId.ApiGetRouteRequest, encodeRouteRequest({ modid: 70_000, cmdid: 12 })),
  encodeFrame(
    MessageId.ReportRequest,
    bodyOf(ReportRequest, { ...GOOD, host: { ip: LOOPBACK, port: 9001 }, retcode: 0, costMs: 3 }),
  ),
];

async function withRandom(test: (random: SeededRandom) => Promise<void>): Promise<void> {
  const seed = anySeed();
  try {
    await test(new SeededRandom(seed));
  } catch (cause) {
    throw new Error(`failed with seed ${seed}`, { cause });
  }
}

/** Sends wrong frames over a few connections, and wrong bytes over a connection each; gives how many frames. */
async function sendGarbage(port: number, random: SeededRandom): Promise<number> {
  const [frames, batch] = [30_000, 100];
  using crowd = await Crowd.connect(port, 4);
  const answers = crowd.ended();
  for (let sent = 0; sent < frames; sent += batch) {
    const bytes = concat(...Array.from({ length: batch }, () => wrongFrame(random)));
    await writeAll(random.pick(crowd.members), bytes);
  }
  for (let i = 0; i < 500; i++) {
    using single = await Crowd.connect(port, 1);
    await single.write(random.bytes(1 + random.below(100)));
  }
  for (const tcp of crowd.members) await tcp.closeWrite();
  await answers;
  return frames;
}

Deno.test("dns answers while others send it garbage", () =>
  withRandom(async (random) => {
    await using database = await Database.create();
    await using dns = await startDns(database);
    await using good = await connectGood(dns);
    const before = await memoryBytes(dns);
    const sending = sendGarbage(dns.port, random);
    await servedDuring(sending, good.serve);
    assertGreater(await dns.metric("lars_dns_frames_in_total"), await sending);
    for (const outcome of ["unknown", "malformed", "protocol_errors"]) {
      assertGreater(await dns.metric(`lars_dns_${outcome}_total`), 0, outcome);
    }
    assertEquals(await dns.metric("lars_dns_failed_total"), 0);
    assertLess(await memoryBytes(dns) - before, 200 * MIB);
  }));

Deno.test("reporter stores reports while others send it garbage", () =>
  withRandom(async (random) => {
    await using database = await Database.create();
    const settings = [...database.settings, "reporter.flush_ms=10"];
    await using reporter = await Role.start("reporter", settings);
    const before = await memoryBytes(reporter);
    const statuses = await openStatusStore(database.config);
    using good = await Crowd.connect(reporter.port, 1);
    let caller = 0;
    await servedDuring(sendGarbage(reporter.port, random), async () => {
      await good.write(statusFrame(GOOD, ++caller));
      await until(async () => (await statuses.read(GOOD)).length === caller);
    });
    await statuses.close();
    for (const outcome of ["unknown", "malformed", "protocol_errors"]) {
      assertGreater(await reporter.metric(`lars_reporter_tcp_${outcome}_total`), 0, outcome);
    }
    assertEquals(await reporter.metric("lars_reporter_tcp_failed_total"), 0);
    assertLess(await memoryBytes(reporter) - before, 200 * MIB);
  }));

/** An agent with a dns of its own. */
async function startAgent(dns: Role, ...settings: string[]): Promise<Role> {
  // There is no reporter there, and none is needed.
  return await Role.start("agent", [`dnsserver.port=${dns.port}`, "reporter.port=1", ...settings]);
}

/** A client that is served by all three shards as long as the agent lives. */
async function connectClient(agent: Role): Promise<LarsClient & { serve: () => Promise<void> }> {
  const client = new LarsClient({ port: agent.port });
  const serve = async () => {
    for (const { modid, cmdid } of GOOD_IN_EACH_SHARD) {
      assertEquals((await client.getHost(modid, cmdid)).port, 9001);
    }
  };
  for (const { modid, cmdid } of GOOD_IN_EACH_SHARD) await client.register(modid, cmdid);
  return Object.assign(client, { serve });
}

/** Garbage that is sent to an agent. */
const DATAGRAMS = isThorough ? 40_000 : 8_000;

Deno.test("agent picks while others send it garbage", () =>
  withRandom(async (random) => {
    await using database = await Database.create();
    await using dns = await startDns(database);
    await using agent = await startAgent(dns);
    await using client = await connectClient(agent);
    const before = await memoryBytes(agent);
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    for (let sent = 0; sent < DATAGRAMS; sent++) {
      const datagram = random.below(4) > 0 ? wrongFrame(random) : random.bytes(random.below(100));
      const port = agent.port + random.below(3);
      await socket.send(datagram, { transport: "udp", hostname: "127.0.0.1", port });
      if (sent % 100 === 0) await client.serve(); // and the agent has taken what was sent
    }
    socket.close();
    await client.serve();
    assertGreater(await agent.metric("lars_agent_udp_datagrams_in_total"), DATAGRAMS * 0.97);
    for (const outcome of ["bad_length", "unknown", "malformed"]) {
      assertGreater(await agent.metric(`lars_agent_udp_${outcome}_total`), 0, outcome);
    }
    assertEquals(await agent.metric("lars_agent_udp_failed_total"), 0);
    assertEquals(await agent.metric("lars_agent_workers_replaced_total"), 0);
    assertLess(await memoryBytes(agent) - before, 300 * MIB);
  }));

Deno.test("agent picks while a caller invents module names, and remembers a bounded number of them", async () => {
  await using database = await Database.create();
  await using dns = await startDns(database);
  // Kept for longer than the test takes, so that they add up.
  await using agent = await startAgent(
    dns,
    "agent.negative_ttl_ms=60000",
    "agent.unknown_names_per_sec=1000000",
  );
  await using client = await connectClient(agent);
  const before = await memoryBytes(agent);
  const names = 34_000; // of which each of three shards remembers 10,000
  await servedDuring(askForInventedNames(agent.port, names), client.serve);
  await until(async () => await agent.metric("lars_agent_forgotten_total") > 0);
  assertLessOrEqual(await agent.metric("lars_agent_unresolved"), 30_000);
  assertLess(await dns.metric("lars_dns_requests_total"), names * 1.1);
  assertLessOrEqual(await dns.metric("lars_dns_subscriptions"), 100_000);
  assertLess(await memoryBytes(agent) - before, 400 * MIB);
});

/** Asks for modules that nobody else asks for, as fast as they are said not to exist. */
async function askForInventedNames(agentPort: number, names: number): Promise<void> {
  const inFlight = 150; // fits what the kernel keeps for a socket: so none is lost
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const buffer = new Uint8Array(1000);
  for (let seq = 0; seq < names + inFlight; seq++) {
    if (seq >= inFlight) {
      const answer = `answer ${seq - inFlight + 1} of ${names} about invented names`;
      const [datagram] = await inTime(answer, socket.receive(buffer));
      const { retcode } = readBody(GetHostResponse, decodeDatagram(datagram)!.body);
      assertEquals(retcode, RetCode.NoExist);
    }
    if (seq >= names) continue;
    const name = { modid: 1000 + Math.floor(seq / 1000), cmdid: seq % 1000 };
    const body = bodyOf(GetHostRequest, { seq, ...name });
    const to = {
      transport: "udp",
      hostname: "127.0.0.1",
      port: agentPort + shardOf(name),
    } as const;
    await socket.send(encodeFrame(MessageId.GetHostRequest, body), to);
  }
  socket.close();
}

Deno.test("reporter refuses what is over max_pending, counts it, and takes what it has room for", async () => {
  const away = ["store.driver=mysql", "mysql.db_host=127.0.0.1", "mysql.db_port=1"];
  const reporter = await Role.start("reporter", [...away, "reporter.max_pending=1000"]);
  const before = await memoryBytes(reporter);
  using good = await Crowd.connect(reporter.port, 1);
  await good.write(statusFrame(GOOD, 1));
  await until(async () => await reporter.metric("lars_reporter_lane_pending") === 1);
  using flood = await Crowd.connect(reporter.port, 1);
  const [modules, hosts] = [2_000, 20];
  for (let modid = 100; modid < 100 + modules / 100; modid++) {
    const module = (cmdid: number) => statusFrame({ modid, cmdid }, LOOPBACK, hosts);
    await flood.write(concat(...Array.from({ length: 100 }, (_, cmdid) => module(cmdid))));
    await good.write(statusFrame(GOOD, 1));
  }
  const sum = async (...names: string[]) => {
    const counts = await Promise.all(names.map((name) => reporter.metric(`lars_reporter_${name}`)));
    return counts.reduce((total, count) => total + count);
  };
  const refused = () => sum("statuses_refused_total", "lane_refused_total");
  const replaced = () => sum("statuses_replaced_total", "lane_replaced_total");
  const sent = modules * hosts + 1 + modules / 100;
  await until(async () => await refused() + await replaced() === sent - 1000);
  assertEquals(await sum("lane_pending"), 1000);
  assertGreater(await refused(), 0);
  assertEquals((await reporter.get("/readyz")).status, 503);
  assertEquals((await reporter.get("/healthz")).status, 200);
  const replacedBefore = await replaced();
  await good.write(statusFrame(GOOD, 1));
  await until(async () => await replaced() === replacedBefore + 1);
  assertLess(await memoryBytes(reporter) - before, 200 * MIB);
  await reporter.kill(); // or it would try to store what it holds for as long as it may
});

Deno.test("reporter stores reports while another sends more keys than it may hold", async () => {
  await using database = await Database.create();
  const settings = [...database.settings, "reporter.max_pending=1000"];
  await using reporter = await Role.start("reporter", settings);
  using good = await Crowd.connect(reporter.port, 1);
  using flood = await Crowd.connect(reporter.port, 1);
  const statuses = await openStatusStore(database.config);
  let isStored = false;
  const flooding = async () => {
    for (let modid = 100; modid < 200 || !isStored; modid++) {
      const module = (cmdid: number) => statusFrame({ modid, cmdid }, LOOPBACK, 20);
      await flood.write(concat(...Array.from({ length: 100 }, (_, cmdid) => module(cmdid))));
    }
  };
  await servedDuring(flooding(), async () => {
    await good.write(statusFrame(GOOD, 1));
    isStored ||= (await statuses.read(GOOD)).length > 0;
  });
  await statuses.close();
  assert(isStored);
  assertGreater(await reporter.metric("lars_reporter_statuses_refused_total"), 0);
});
