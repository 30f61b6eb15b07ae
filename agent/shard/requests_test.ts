import { assert, assertEquals } from "@std/assert";
import {
  decodeRoute,
  encodeRouteRequest,
  GetHostRequest,
  GetHostResponse,
  GetHostsRequest,
  GetHostsResponse,
  type HostOutcome,
  MAX_BATCH_FRAME_BYTES,
  MessageId,
  type ModuleName,
  ReportBatchRequest,
  ReportRequest,
  RetCode,
} from "../../proto/mod.ts";
import { bodyOf, type Plain, readBody } from "../../testing/proto/plain_message.ts";
import { Counters, HEADER_BYTES, Router, type UdpPeer } from "../../reactor/mod.ts";
import { type BalancerSettings, ORIGINAL } from "../balancer/mod.ts";
import { ModuleTable } from "./module_table.ts";
import { Requests } from "./requests.ts";
import { SHARD_COUNTERS, type ShardCounter } from "./shard_counter.ts";

/** Two modules of shard 1, and one of another. */
const FIRST = { modid: 1, cmdid: 0 };
const SECOND = { modid: 3, cmdid: 1 };
const ELSEWHERE = { modid: 2, cmdid: 0 };

type Outcome = ModuleName & Plain<HostOutcome>;

/** The requests of shard 1, asked as a peer asks. */
class Subject {
  readonly counters = new Counters(SHARD_COUNTERS);
  readonly table: ModuleTable;
  readonly answers: { msgid: number; body: Uint8Array }[] = [];
  readonly #router = new Router<UdpPeer>((error) => {
    throw error;
  });

  constructor(settings: BalancerSettings = ORIGINAL) {
    this.table = new ModuleTable(settings, {
      firstPullWaitMs: 50,
      updateTimeoutMs: 15_000,
      negativeTtlMs: 1000,
      unknownNamesPerSec: 1000,
    }, {
      onPull() {},
      onDrop() {},
      onTransition() {},
      onRestore() {},
      onSuppress() {},
      onPullRefused() {},
    });
    for (const _ of this.table.join(0, 0));
    const { table, counters } = this;
    new Requests({ shard: 1, table, counters, onWait() {} }).register(this.#router);
  }

  addRoute(name: ModuleName, hosts: number): void {
    const route = Array.from({ length: hosts }, (_, i) => ({ ip: i + 1, port: 80, weight: 100 }));
    this.table.update({ ...name, hosts: route }, performance.now());
  }

  ask(msgid: number, body: Uint8Array): string {
    const { answers } = this;
    const room = new Uint8Array(65_536);
    const peer: UdpPeer = {
      address: { transport: "udp", hostname: "127.0.0.1", port: 1 },
      receivedMs: performance.now(),
      room,
      roomAt: HEADER_BYTES,
      answer: (msgid, end) => void answers.push({ msgid, body: room.slice(HEADER_BYTES, end) }),
      send: (msgid, body) => void answers.push({ msgid, body: body.slice() }),
      keep: () => peer,
    };
    return this.#router.dispatch(msgid, { bytes: body, start: 0, end: body.length }, peer);
  }

  /** The reply to a request for several hosts: of each module its return code and how many hosts. */
  askHosts(...picks: (ModuleName & { count: number })[]): (readonly [number, number])[] {
    this.ask(MessageId.GetHostsRequest, encodePicks(picks));
    return this.takeHosts();
  }

  takeHosts(): (readonly [number, number])[] {
    const { msgid, body } = this.answers.pop()!;
    assertEquals(msgid, MessageId.GetHostsResponse);
    const { seq, modules } = readBody(GetHostsResponse, body);
    assertEquals(seq, 7);
    return modules.map(({ retcode, ips }) => [retcode, ips.length] as const);
  }

  tell(...outcomes: Outcome[]): void {
    const modules = outcomes.map(({ modid, cmdid, ...outcome }) => (
      { modid, cmdid, outcomes: [outcome] }
    ));
    const body = bodyOf(ReportBatchRequest, { modules });
    assertEquals(this.ask(MessageId.ReportBatchRequest, body), "handled");
  }

  /** The numbers that a module's hosts are judged by. */
  stateOf(name: ModuleName): unknown[] {
    return this.table.find(name, performance.now())!.balancer.explain(performance.now()).hosts
      .map((
        { ip, state, vsucc, verr, rsucc, rerr, runSucc, runErr },
      ) => [ip, state, vsucc, verr, rsucc, rerr, runSucc, runErr]);
  }

  count(...names: ShardCounter[]): number[] {
    return names.map((name) => this.counters.get(name));
  }
}

function encodePicks(picks: (ModuleName & { count: number })[]): Uint8Array {
  return bodyOf(GetHostsRequest, { seq: 7, picks });
}

function outcomeOf(name: ModuleName, outcome: Partial<Outcome>): Outcome {
  return { ...name, ip: 1, port: 80, retcode: 0, count: 1, costMs: 0, ...outcome };
}

Deno.test("a pick is answered with a host of the module's route", () => {
  const subject = new Subject();
  subject.addRoute(FIRST, 2);
  for (const seq of [1, 2, 3]) {
    subject.ask(MessageId.GetHostRequest, bodyOf(GetHostRequest, { seq, ...FIRST }));
  }
  const answers = subject.answers.map(({ body }) => readBody(GetHostResponse, body));
  assertEquals(answers.map(({ seq, host }) => [seq, host?.ip]), [[1, 1], [2, 2], [3, 1]]);
  assertEquals(subject.count("picks"), [3]);
});

Deno.test("many picks are answered in the order asked, each as single picks would be", () => {
  const subject = new Subject();
  subject.addRoute(FIRST, 3);
  subject.addRoute(SECOND, 1);
  const picks = [
    { ...FIRST, count: 5 },
    { ...ELSEWHERE, count: 2 },
    { ...SECOND, count: 0 },
    { ...SECOND, count: 2 },
  ];
  assertEquals(subject.askHosts(...picks), [
    [RetCode.Success, 5],
    [RetCode.NoExist, 0],
    [RetCode.Success, 0],
    [RetCode.Success, 2],
  ]);
  assertEquals(subject.count("picks", "noexist"), [7, 1]);
});

Deno.test("many picks of a module that runs into overload are fewer, with the code that says so", () => {
  const subject = new Subject();
  subject.addRoute(FIRST, 1);
  subject.tell(outcomeOf(FIRST, { retcode: 1, count: 15 })); // its only host is overloaded
  const [[retcode, hosts]] = subject.askHosts({ ...FIRST, count: 30 });
  assertEquals([retcode, hosts], [RetCode.Overload, 0]);
  assertEquals(subject.count("overloaded"), [1]);
});

Deno.test("many picks wait until all their modules are there", () => {
  const subject = new Subject();
  subject.addRoute(FIRST, 1);
  const picks = [{ ...FIRST, count: 1 }, { ...SECOND, count: 2 }, { modid: 7, cmdid: 0, count: 1 }];
  subject.ask(MessageId.GetHostsRequest, encodePicks(picks));
  subject.ask(MessageId.GetHostsRequest, encodePicks([{ ...FIRST, count: 1 }]));
  assertEquals(subject.takeHosts(), [[RetCode.Success, 1]]); // those that need not wait do not
  subject.addRoute(SECOND, 1);
  assertEquals(subject.answers.length, 0);
  subject.table.update({ modid: 7, cmdid: 0, hosts: [] }, performance.now()); // there is none
  assertEquals(subject.takeHosts(), [
    [RetCode.Success, 1],
    [RetCode.Success, 2],
    [RetCode.NoExist, 0],
  ]);
});

Deno.test("an answer to many picks never outgrows its datagram, however many are asked for", () => {
  const subject = new Subject();
  subject.addRoute(FIRST, 10);
  const asked = { ...FIRST, count: 2 ** 32 - 1 };
  const [first, second, ...more] = subject.askHosts(asked, asked);
  assert(first[0] === RetCode.Overload && first[1] > 2000, String(first));
  assertEquals([second, more], [undefined, []]);

  const many = Array.from({ length: 256 }, () => ({ ...FIRST, count: 100 }));
  subject.ask(MessageId.GetHostsRequest, encodePicks(many));
  assert(subject.answers[0].body.length <= MAX_BATCH_FRAME_BYTES - HEADER_BYTES);
  assert(subject.takeHosts().length < 256);
  assert(subject.counters.get("picksCut") > 2 ** 31);
});

Deno.test("of the modules of one request for many picks the first 256 are answered, known or not", () => {
  const subject = new Subject();
  subject.addRoute(FIRST, 1);
  const known = Array.from({ length: 300 }, () => ({ ...FIRST, count: 1 }));
  assertEquals(subject.askHosts(...known).length, 256);
  assertEquals(subject.count("picks", "picksCut"), [256, 44]);

  const unknown = Array.from({ length: 6000 }, (_, i) => ({ modid: 3 * i, cmdid: 1, count: 1 }));
  subject.ask(MessageId.GetHostsRequest, encodePicks(unknown));
  assertEquals(subject.table.unresolved, 256);
  assertEquals(subject.count("picksCut"), [44 + 5744]);
  for (let goes = 0; goes < 3; goes++) subject.table.expireWaiters(performance.now() + 1000);
  assertEquals(subject.takeHosts(), Array(256).fill([RetCode.NoExist, 0]));
});

Deno.test("many outcomes mean the same as their calls reported one by one", () => {
  const [batched, single] = [new Subject(), new Subject()];
  const outcomes = [
    outcomeOf(FIRST, { count: 20 }),
    outcomeOf(FIRST, { ip: 2, retcode: 1, count: 14, costMs: 3 }),
    outcomeOf(SECOND, { retcode: 5, count: 3, costMs: 2000 }),
    outcomeOf(FIRST, { ip: 2, count: 1 }),
    outcomeOf(FIRST, { ip: 9, count: 4 }), // a host that the route does not have
    outcomeOf(FIRST, { count: 0 }),
  ];
  for (const subject of [batched, single]) {
    subject.addRoute(FIRST, 3);
    subject.addRoute(SECOND, 2);
  }
  batched.tell(...outcomes);
  for (const { ip, port, count, ...outcome } of outcomes) {
    const report = bodyOf(ReportRequest, { ...outcome, host: { ip, port } });
    for (let i = 0; i < count; i++) single.ask(MessageId.ReportRequest, report);
  }
  for (const name of [FIRST, SECOND]) assertEquals(batched.stateOf(name), single.stateOf(name));
  const counts = batched.count("reports", "reportsIgnored");
  assertEquals(counts, single.count("reports", "reportsIgnored"));
  assertEquals(counts, [42, 4]);
});

Deno.test("billions of outcomes in one report hold nobody up", () => {
  const subject = new Subject();
  subject.addRoute(FIRST, 1);
  const billions = { count: 2 ** 32 - 1 };
  subject.tell(outcomeOf(FIRST, { ...billions, retcode: 1 }), outcomeOf(FIRST, billions));
  assertEquals(subject.count("reports"), [2 * billions.count]);
});

for (
  const { what, settings } of [
    { what: "an overloaded host past its time", settings: { overloadTimeoutMs: 0.001 } },
    { what: "windows that end at once", settings: { idleTimeoutMs: 0 } },
    { what: "overloads that end at once", settings: { overloadTimeoutMs: 0, returnProven: false } },
  ]
) {
  // Counted one by one they would take a minute.
  Deno.test(`billions of outcomes in one report hold nobody up: ${what}`, () => {
    const subject = new Subject({ ...ORIGINAL, ...settings });
    subject.addRoute(FIRST, 1);
    const fail = outcomeOf(FIRST, { count: 2 ** 32 - 1, retcode: 1 });
    const told = [fail, fail, { ...fail, retcode: 0 }, fail];
    for (const outcome of told) subject.tell(outcome);
    assertEquals(subject.count("reports"), [told.length * fail.count]);
  });
}

Deno.test("a route of any number of hosts is cut to what a datagram holds", () => {
  const subject = new Subject();
  subject.addRoute(FIRST, 100_000);
  subject.ask(MessageId.ApiGetRouteRequest, encodeRouteRequest(FIRST));
  const { body } = subject.answers[0];
  const { hosts } = decodeRoute(body);
  assert(body.length <= 65_499 && body.length > 65_499 - 30, String(body.length));
  assertEquals(hosts.map(({ ip }) => ip), Array.from(hosts, (_, i) => i + 1));
  assertEquals(subject.count("routesCut"), [1]);
});

Deno.test("requests that are sent again while they wait for a route are answered once", () => {
  const subject = new Subject();
  const pick = bodyOf(GetHostRequest, { seq: 7, ...FIRST });
  const otherPick = bodyOf(GetHostRequest, { seq: 8, ...FIRST });
  const picks = encodePicks([{ ...FIRST, count: 2 }, { ...SECOND, count: 1 }]);
  for (let time = 0; time < 3; time++) {
    subject.ask(MessageId.GetHostRequest, pick);
    subject.ask(MessageId.GetHostsRequest, picks);
    subject.ask(MessageId.ApiGetRouteRequest, encodeRouteRequest(FIRST));
  }
  subject.ask(MessageId.GetHostRequest, otherPick);
  subject.addRoute(FIRST, 1);
  subject.addRoute(SECOND, 1);
  assertEquals(subject.answers.map(({ msgid }) => msgid), [5, 8, 5, 10]);
  assertEquals(subject.count("repeated", "picks"), [6, 5]);
  // One that comes after the answer may not have got it: it is answered with another pick.
  subject.ask(MessageId.GetHostRequest, pick);
  assertEquals(subject.count("repeated", "picks"), [6, 6]);
});

Deno.test("a route is told as it is, idle hosts first", () => {
  const subject = new Subject();
  subject.addRoute(FIRST, 3);
  subject.tell(outcomeOf(FIRST, { ip: 2, retcode: 1, count: 15 }));
  subject.ask(MessageId.ApiGetRouteRequest, encodeRouteRequest(FIRST));
  const { hosts } = decodeRoute(subject.answers[0].body);
  assertEquals(hosts.map(({ ip }) => ip), [1, 3, 2]);
});
