import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  Balancer,
  type BalancerSettings,
  DEFAULT_SETTINGS,
  type Hosts,
  NOEXIST,
  ORIGINAL,
  OVERLOAD,
} from "./mod.ts";

/** A balancer whose hosts are named by their ip, and whose time is in seconds and stands still until it is set. */
class Rig {
  readonly balancer: Balancer;
  nowSec = 0;

  constructor(ids: readonly number[], settings: Partial<BalancerSettings> = {}) {
    this.balancer = new Balancer({ ...ORIGINAL, ...settings });
    this.update(...ids);
  }

  update(...ids: number[]): void {
    this.balancer.update(ids.map((ip) => ({ ip, port: 80, weight: 100 })), this.nowSec * 1000);
  }

  /** The host picked, or the code that says why there is none. */
  choose(): number | string {
    const choice = this.balancer.choose(this.nowSec * 1000);
    if (choice === OVERLOAD) return "overload";
    if (choice === NOEXIST) return "no such module";
    return choice.ip;
  }

  chooseTimes(count: number): (number | string)[] {
    return Array.from({ length: count }, () => this.choose());
  }

  succeed(ip: number, times = 1): void {
    for (let i = 0; i < times; i++) {
      this.balancer.report({ ip, port: 80, retcode: 0 }, this.nowSec * 1000);
    }
  }

  fail(ip: number, { times = 1, costMs = 0, retcode = 2 } = {}): void {
    for (let i = 0; i < times; i++) {
      this.balancer.report({ ip, port: 80, retcode, costMs }, this.nowSec * 1000);
    }
  }

  /** Fails a host until it is overloaded, and returns how many reports that took. */
  failUntilOverloaded(ip: number, costMs = 0): number {
    for (let reports = 1; reports <= 1000; reports++) {
      this.fail(ip, { costMs });
      if (this.overloaded.includes(ip)) return reports;
    }
    return Infinity;
  }

  /** Lets a host succeed until it is idle, and returns how many reports that took. */
  succeedUntilIdle(ip: number): number {
    for (let reports = 1; reports <= 1000; reports++) {
      this.succeed(ip);
      if (this.idle.includes(ip)) return reports;
    }
    return Infinity;
  }

  get idle(): number[] {
    return idsOf(this.balancer.idle);
  }

  get overloaded(): number[] {
    return idsOf(this.balancer.overloaded);
  }

  stateOf(id: number) {
    const all = [...this.balancer.idle, ...this.balancer.overloaded];
    const host = all.find(({ ip }) => ip === id);
    assert(host !== undefined, `no host ${id}`);
    const { overloaded, vsucc, verr, rsucc, rerr, runSucc, runErr, sinceMs } = host;
    return { overloaded, vsucc, verr, rsucc, rerr, runSucc, runErr, sinceMs };
  }
}

function idsOf(hosts: Hosts): number[] {
  return Array.from(hosts, ({ ip }) => ip);
}

/** Trips on any failure, recovers on any success: for tests of what is not about counts. */
const TOUCHY = { continErrLimit: 1, continSuccLimit: 1 };
/** Never trips or recovers by its counts: for tests of windows and time-outs. */
const STOLID = { errRate: 1, succRate: 1, continErrLimit: Infinity, continSuccLimit: Infinity };

Deno.test("choose() answers NOEXIST when there is no host", () => {
  const rig = new Rig([]);
  assertEquals(rig.choose(), "no such module");
});

Deno.test("choose() goes round the idle hosts, and returns the same object for the same host", () => {
  const rig = new Rig([1, 2, 3]);
  assertEquals(rig.chooseTimes(5), [1, 2, 3, 1, 2]);
  assertEquals(rig.idle, [3, 1, 2]);

  const only = new Rig([7]).balancer;
  assertStrictEquals(only.choose(0), only.choose(0));
});

Deno.test("choose() probes once in probeNum + 1 picks when both queues hold hosts", () => {
  const rig = new Rig([1, 2, 3], { ...TOUCHY, probeNum: 3 });
  rig.fail(2);
  assertEquals(rig.chooseTimes(9), [1, 3, 1, 2, 3, 1, 3, 2, 1]);
});

Deno.test("choose() refuses probeNum picks of probeNum + 1 when all hosts are overloaded", () => {
  const rig = new Rig([1, 2], { ...TOUCHY, probeNum: 2 });
  rig.fail(1);
  rig.fail(2);
  assertEquals(rig.chooseTimes(6), ["overload", "overload", 1, "overload", "overload", 2]);
});

Deno.test("choose() takes overloaded hosts alone when probeNum is 0", () => {
  const rig = new Rig([1, 2], { ...TOUCHY, probeNum: 0 });
  rig.fail(2);
  assertEquals(rig.chooseTimes(3), [2, 2, 2]);
});

Deno.test("choose() keeps the count towards the next probe while no host is overloaded", () => {
  const rig = new Rig([1, 2], { ...TOUCHY, probeNum: 3 });
  rig.fail(2);
  assertEquals(rig.chooseTimes(2), [1, 1]);
  rig.succeed(2);
  rig.chooseTimes(10);
  rig.fail(2);
  assertEquals(rig.chooseTimes(2), [1, 2]);
});

for (
  const { successes, failures } of [
    { successes: 10, failures: 22 },
    { successes: 90, failures: 31 },
    { successes: 500, failures: 76 },
  ]
) {
  Deno.test(`report() trips a host by its rate after ${failures} failures beside ${successes} successes`, () => {
    const rig = new Rig([1], { continErrLimit: Infinity });
    rig.succeed(1, successes);
    assertEquals(rig.failUntilOverloaded(1), failures);
  });
}

Deno.test("report() keeps a host idle when its failure rate is exactly errRate", () => {
  const rig = new Rig([1], { ...STOLID, initSuccCnt: 1, errRate: 0.5 });
  rig.fail(1);
  assertEquals(rig.overloaded, []);
  rig.fail(1);
  assertEquals(rig.overloaded, [1]);
});

Deno.test("report() trips on the first failure when nothing is credited", () => {
  assertEquals(new Rig([1], { initSuccCnt: 0 }).failUntilOverloaded(1), 1);
});

Deno.test("report() trips a host at continErrLimit failures in a row", () => {
  const rig = new Rig([1]);
  rig.fail(1, { times: 14 });
  rig.succeed(1);
  assertEquals(rig.overloaded, []);
  assertEquals(new Rig([1]).failUntilOverloaded(1), 15);
});

Deno.test("report() counts any retcode but 0 as a failure", () => {
  for (const retcode of [1, 2, 3, -1, 2147483647]) {
    const rig = new Rig([1], TOUCHY);
    rig.fail(1, { retcode });
    assertEquals(rig.overloaded, [1], `retcode ${retcode}`);
  }
});

Deno.test("report() brings a host back at continSuccLimit successes in a row", () => {
  const rig = new Rig([1], { initErrCnt: 5, succRate: 1 });
  rig.failUntilOverloaded(1);
  rig.succeed(1, 14);
  rig.fail(1);
  assertEquals(rig.overloaded, [1]);
  assertEquals(rig.succeedUntilIdle(1), 15);
});

Deno.test("report() brings a host back when its success rate is above succRate, not when it is equal", () => {
  const rig = new Rig([1], { initErrCnt: 5, succRate: 0.5, continSuccLimit: Infinity });
  rig.failUntilOverloaded(1);
  assertEquals(rig.succeedUntilIdle(1), 6);
});

Deno.test("report() needs 96 successes beside the 5 charged failures to pass 0.95", () => {
  const rig = new Rig([1], { continSuccLimit: Infinity });
  rig.failUntilOverloaded(1);
  assertEquals(rig.succeedUntilIdle(1), 96);
});

Deno.test("report() moves a host that changes state to the other queue's tail", () => {
  const rig = new Rig([1, 2, 3, 4], TOUCHY);
  rig.fail(3);
  rig.fail(1);
  assertEquals([rig.idle, rig.overloaded], [[2, 4], [3, 1]]);
  rig.succeed(3);
  assertEquals([rig.idle, rig.overloaded], [[2, 4, 3], [1]]);
});

Deno.test("report() begins a new state with the counts of the table", () => {
  const rig = new Rig([1], { ...TOUCHY, initSuccCnt: 7, initErrCnt: 3 });
  const zero = { rsucc: 0, rerr: 0, runSucc: 0, runErr: 0 };
  const idle = { overloaded: false, vsucc: 7, verr: 0, ...zero };
  assertEquals(rig.stateOf(1), { ...idle, sinceMs: 0 });
  rig.nowSec = 2;
  rig.fail(1);
  assertEquals(rig.stateOf(1), { overloaded: true, vsucc: 0, verr: 3, ...zero, sinceMs: 2000 });
  rig.nowSec = 5;
  rig.succeed(1);
  assertEquals(rig.stateOf(1), { ...idle, sinceMs: 5000 });
});

Deno.test("report() counts outcomes and runs", () => {
  const rig = new Rig([1]);
  rig.succeed(1, 3);
  rig.fail(1, { times: 2 });
  const counts = { overloaded: false, vsucc: 183, verr: 2, rsucc: 3, rerr: 2, sinceMs: 0 };
  assertEquals(rig.stateOf(1), { ...counts, runSucc: 0, runErr: 2 });
  rig.succeed(1);
  assertEquals(rig.stateOf(1), { ...counts, vsucc: 184, rsucc: 4, runSucc: 1, runErr: 0 });
});

Deno.test("report() rolls an idle host's window over, in its place, at idleTimeoutMs", () => {
  const rig = new Rig([1, 2]);
  rig.succeed(1, 5);
  rig.nowSec = 14.999;
  rig.succeed(1);
  assertEquals(rig.stateOf(1).rsucc, 6);
  rig.nowSec = 15;
  rig.succeed(1);
  assertEquals(rig.stateOf(1), {
    overloaded: false,
    vsucc: 180,
    verr: 0,
    rsucc: 0,
    rerr: 0,
    runSucc: 0,
    runErr: 0,
    sinceMs: 15_000,
  });
  assertEquals(rig.idle, [1, 2]);
});

for (
  const { successes, failures, bad } of [
    { successes: 3, failures: 7, bad: true },
    { successes: 4, failures: 9, bad: false },
    { successes: 0, failures: 1, bad: true },
    { successes: 1, failures: 0, bad: false },
  ]
) {
  Deno.test(`report() finds a window of ${successes} successes and ${failures} failures ${bad ? "bad" : "good"}`, () => {
    const rig = new Rig([1], STOLID);
    const last = failures > 0 ? () => rig.fail(1) : () => rig.succeed(1);
    rig.succeed(1, failures > 0 ? successes : successes - 1);
    rig.fail(1, { times: Math.max(0, failures - 1) });
    rig.nowSec = 15;
    last();
    assertEquals(rig.overloaded, bad ? [1] : []);
  });
}

Deno.test("report() turns an overloaded host idle at overloadTimeoutMs, by a failure too", () => {
  const rig = new Rig([1, 2], { ...STOLID, continErrLimit: 1 });
  rig.fail(1);
  rig.nowSec = 14.999;
  rig.fail(1);
  assertEquals(rig.overloaded, [1]);
  rig.nowSec = 15;
  rig.fail(1);
  assertEquals([rig.idle, rig.overloaded], [[2, 1], []]);
  assertEquals(rig.stateOf(1).rerr, 0);
});

Deno.test("report() ends with a change by counts, before the window is checked", () => {
  const rig = new Rig([1], { ...TOUCHY, idleTimeoutMs: 0, overloadTimeoutMs: 0 });
  rig.fail(1);
  assertEquals(rig.overloaded, [1]);
  rig.succeed(1);
  assertEquals(rig.idle, [1]);
});

Deno.test("report() ignores a host that the route does not hold, and says so", () => {
  const rig = new Rig([1], TOUCHY);
  const strangers = [
    { ip: 2, port: 80 },
    { ip: 1, port: 81 },
    { ip: 0, port: 80 + 0x10000 },
    { ip: 1, port: -1 },
  ];
  for (const stranger of strangers) {
    assertEquals(rig.balancer.report({ ...stranger, retcode: 2 }, 0), false);
  }
  assertEquals([rig.idle, rig.overloaded], [[1], []]);
  assertEquals(rig.balancer.report({ ip: 1, port: 80, retcode: 2 }, 0), true);
  assertEquals([rig.idle, rig.overloaded], [[], [1]]);
});

Deno.test("update() tells hosts apart by address and port, up to the largest of both", () => {
  const { balancer } = new Rig([], TOUCHY);
  const hosts = [
    { ip: 0xffffffff, port: 0xffff },
    { ip: 0xffffffff, port: 0 },
    { ip: 0xfffffffe, port: 0xffff },
    { ip: 0, port: 0xffff },
    { ip: 1, port: 0 },
  ];
  balancer.update(hosts.map((host) => ({ ...host, weight: 100 })), 0);
  assertEquals(Array.from(balancer.idle, ({ ip, port }) => ({ ip, port })), hosts);
  balancer.report({ ...hosts[1], retcode: 1 }, 0);
  assertEquals(Array.from(balancer.overloaded, ({ ip, port }) => ({ ip, port })), [hosts[1]]);
});

Deno.test("update() leaves out a host whose port is none", () => {
  const { balancer } = new Rig([]);
  balancer.update([65536, -1, 65535].map((port) => ({ ip: 1, port, weight: 100 })), 0);
  assertEquals(Array.from(balancer.idle, ({ port }) => port), [65535]);
});

Deno.test("update() puts new hosts at idle's tail in order, and keeps the others' state and place", () => {
  const rig = new Rig([1, 2, 3], TOUCHY);
  rig.fail(2);
  rig.choose();
  rig.update(9, 2, 1, 8, 3);
  assertEquals([rig.idle, rig.overloaded], [[3, 1, 9, 8], [2]]);
});

Deno.test("update() takes the first of several equal hosts, and new weights", () => {
  const { balancer } = new Rig([]);
  const host = { ip: 1, port: 80 };
  balancer.update([{ ...host, weight: 5 }, { ...host, weight: 6 }], 0);
  assertEquals(Array.from(balancer.idle, ({ weight }) => weight), [5]);
  balancer.update([{ ...host, weight: 7 }, { ...host, weight: 8 }], 0);
  assertEquals(Array.from(balancer.idle, ({ weight }) => weight), [7]);
});

Deno.test("update() with an empty route removes the module: the next route begins anew", () => {
  const rig = new Rig([1, 2], { ...TOUCHY, probeNum: 3 });
  rig.fail(2);
  rig.chooseTimes(2);
  rig.update();
  assertEquals([rig.choose(), rig.idle, rig.overloaded], ["no such module", [], []]);

  rig.update(1, 2);
  rig.fail(2);
  assertEquals(rig.chooseTimes(4), [1, 1, 1, 2]);
});

// The original's faults.

Deno.test("update() makes hosts that the route no longer holds leave, idle or overloaded", () => {
  const rig = new Rig([1, 2, 3, 4], { ...TOUCHY, probeNum: 1, recoverUnreported: true });
  rig.fail(3);
  rig.fail(4);
  rig.update(2, 4);
  assertEquals([rig.idle, rig.overloaded], [[2], [4]]);
  rig.fail(1);
  rig.succeed(3);
  assertEquals(rig.chooseTimes(6), [2, 4, 2, 4, 2, 4]);
  rig.nowSec = 60;
  assertEquals([rig.choose(), rig.idle, rig.overloaded], [2, [4, 2], []]);
});

Deno.test("update() takes a host that comes back as new, and it is picked", () => {
  const rig = new Rig([1, 2], TOUCHY);
  rig.fail(2);
  rig.update(1);
  rig.nowSec = 3;
  rig.update(1, 2);
  assertEquals(rig.stateOf(2).sinceMs, 3000);
  assertEquals(rig.chooseTimes(4), [1, 2, 1, 2]);
});

Deno.test("update() begins the first window when the host is first seen, not at time 0", () => {
  const rig = new Rig([], STOLID);
  rig.nowSec = 1_000_000;
  rig.update(1);
  rig.fail(1);
  assertEquals(rig.overloaded, []);
  rig.nowSec += 15;
  rig.fail(1);
  assertEquals(rig.overloaded, [1]);
});

Deno.test("choose() counts from 0 towards the first probe", () => {
  const rig = new Rig([1, 2], TOUCHY);
  rig.fail(2);
  assertEquals(rig.chooseTimes(11), [...Array(10).fill(1), 2]);
});

// badWindows

/** Reports one call per window, 15 s apart: "x" failed, "." succeeded; says after which window the host was out. */
function windowsUntilOverloaded(calls: string, settings: Partial<BalancerSettings>): number {
  const rig = new Rig([1], { ...STOLID, ...settings });
  for (const [index, call] of [...calls].entries()) {
    rig.nowSec += 15;
    if (call === "x") rig.fail(1);
    else rig.succeed(1);
    if (rig.overloaded.length > 0) return index + 1;
  }
  return Infinity;
}

for (
  const { calls, badWindows, out } of [
    { calls: "x", badWindows: 1, out: 1 },
    { calls: "..x", badWindows: 1, out: 3 },
    { calls: "x", badWindows: 2, out: Infinity },
    { calls: "xx", badWindows: 2, out: 2 },
    { calls: "x.x.x.", badWindows: 2, out: Infinity },
    { calls: "x.xx", badWindows: 2, out: 4 },
    { calls: "xx.xxx", badWindows: 3, out: 6 },
  ]
) {
  Deno.test(`report() with badWindows ${badWindows} puts a host with windows ${calls} out after ${out}`, () => {
    assertEquals(windowsUntilOverloaded(calls, { badWindows }), out);
  });
}

Deno.test("report() rolls a bad window over that is not the last in a row", () => {
  const rig = new Rig([1], { ...STOLID, badWindows: 2 });
  rig.fail(1, { times: 4 });
  rig.nowSec = 15;
  rig.fail(1);
  const { verr, rerr, runErr, sinceMs } = rig.stateOf(1);
  assertEquals({ verr, rerr, runErr, sinceMs }, { verr: 0, rerr: 0, runErr: 0, sinceMs: 15_000 });
});

Deno.test("report() does not count bad windows on both sides of an overload as in a row", () => {
  const rig = new Rig([1], { ...STOLID, continErrLimit: 2, continSuccLimit: 1, badWindows: 2 });
  rig.nowSec = 15;
  rig.fail(1); // the first bad window
  rig.fail(1, { times: 2 });
  assertEquals(rig.overloaded, [1]);
  rig.succeed(1);
  rig.nowSec = 30;
  rig.fail(1); // the first again
  assertEquals(rig.overloaded, []);
  rig.nowSec = 45;
  rig.fail(1);
  assertEquals(rig.overloaded, [1]);
});

// timecostUnitMs

for (
  const { costMs, timecostUnitMs, reports } of [
    { costMs: 1000, timecostUnitMs: 100, reports: 3 },
    { costMs: 1000, timecostUnitMs: 0, reports: 15 },
    { costMs: 0, timecostUnitMs: 100, reports: 15 },
    { costMs: 199, timecostUnitMs: 100, reports: 15 },
    { costMs: 299, timecostUnitMs: 100, reports: 11 },
  ]
) {
  Deno.test(`report() puts a dead host out after ${reports} reports of ${costMs} ms with timecostUnitMs ${timecostUnitMs}`, () => {
    const rig = new Rig([1], { timecostUnitMs });
    assertEquals(rig.failUntilOverloaded(1, costMs), reports);
  });
}

Deno.test("report() counts a slow failure once unless the call before failed too", () => {
  const rig = new Rig([1], { ...STOLID, timecostUnitMs: 100 });
  rig.fail(1, { costMs: 5000 });
  rig.succeed(1);
  rig.fail(1, { costMs: 5000 });
  assertEquals(rig.stateOf(1).verr, 2);
  rig.fail(1, { costMs: 1999 });
  const { verr, rerr, runErr } = rig.stateOf(1);
  assertEquals({ verr, rerr, runErr }, { verr: 21, rerr: 3, runErr: 2 });
});

Deno.test("report() counts slow failures of an overloaded host for more, too", () => {
  const rig = new Rig([1], { ...TOUCHY, initErrCnt: 5, timecostUnitMs: 100 });
  rig.fail(1);
  rig.fail(1, { times: 2, costMs: 1000 });
  assertEquals(rig.stateOf(1).verr, 16);
});

// recoverUnreported

Deno.test("choose() turns hosts past overloadTimeoutMs idle, which nobody reports on", () => {
  const rig = new Rig([1, 2], { ...TOUCHY, recoverUnreported: true });
  rig.fail(1);
  rig.nowSec = 14.999;
  assertEquals([rig.choose(), rig.overloaded], [2, [1]]);
  rig.nowSec = 15;
  assertEquals([rig.choose(), rig.idle, rig.overloaded], [2, [1, 2], []]);
  assertEquals(rig.stateOf(1).sinceMs, 15_000);
});

Deno.test("choose() leaves overloaded hosts to their reports with recoverUnreported off", () => {
  const rig = new Rig([1], TOUCHY);
  rig.fail(1);
  rig.nowSec = 1000;
  assertEquals([rig.choose(), rig.overloaded], ["overload", [1]]);
});

Deno.test("choose() picks a host that comes back in the same call when all were overloaded", () => {
  const rig = new Rig([1], { ...TOUCHY, recoverUnreported: true });
  rig.fail(1);
  rig.nowSec = 15;
  assertEquals(rig.choose(), 1);
});

Deno.test("choose() brings back those past the time-out alone, oldest since first whatever the queue's order", () => {
  const rig = new Rig([1, 2, 3, 4], { ...TOUCHY, probeNum: 0, recoverUnreported: true });
  for (const ip of [1, 2, 3]) {
    rig.fail(ip);
    rig.nowSec++;
  }
  assertEquals([rig.choose(), rig.overloaded], [1, [2, 3, 1]]);
  rig.nowSec = 16;
  assertEquals([rig.choose(), rig.idle, rig.overloaded], [3, [4, 1, 2], [3]]);
});

Deno.test("choose() brings back hosts overloaded since one moment in the order of their queue", () => {
  const rig = new Rig([1, 2, 3, 4], { ...TOUCHY, probeNum: 0, recoverUnreported: true });
  for (const ip of [1, 2, 3]) rig.fail(ip);
  assertEquals([rig.choose(), rig.overloaded], [1, [2, 3, 1]]);
  rig.nowSec = 15;
  assertEquals([rig.choose(), rig.idle], [4, [2, 3, 1, 4]]);
});

Deno.test("choose() forgets the age of a host that came back by itself", () => {
  const rig = new Rig([1, 2], { ...TOUCHY, recoverUnreported: true });
  rig.fail(1);
  rig.nowSec = 10;
  rig.succeed(1);
  rig.fail(1);
  rig.nowSec = 15;
  rig.choose();
  assertEquals(rig.overloaded, [1]);
  rig.nowSec = 25;
  rig.choose();
  assertEquals(rig.overloaded, []);
});

Deno.test("choose() leaves the windows of idle hosts to their reports", () => {
  const rig = new Rig([1], { recoverUnreported: true });
  rig.succeed(1);
  rig.nowSec = 100;
  rig.choose();
  assertEquals(rig.stateOf(1).rsucc, 1);
});

// probeBackoff

Deno.test("choose() gives a host that stays dead fewer and fewer probes", () => {
  const rig = new Rig([1, 2], { continErrLimit: 1, probeNum: 2, probeBackoff: 2 });
  rig.fail(2);
  const probedAt: number[] = [];
  for (let pick = 1; pick <= 50; pick++) {
    if (rig.choose() !== 2) continue;
    probedAt.push(pick);
    rig.fail(2);
  }
  // After 2 picks of others, then every 6th, 12th, and 24th.
  assertEquals(probedAt, [3, 9, 21, 45]);
});

Deno.test("choose() probes a host again at the next probe after a success", () => {
  const rig = new Rig([1, 2], { continErrLimit: 1, probeNum: 2, probeBackoff: 10 });
  rig.fail(2);
  assertEquals(rig.chooseTimes(6), [1, 1, 2, 1, 1, 1]);
  rig.succeed(2);
  assertEquals(rig.chooseTimes(4), [2, 1, 1, 1]);
});

Deno.test("choose() probes overloadTimeoutMs after the first pick since the last probe, and never twice running", () => {
  const rig = new Rig([1, 2], { ...STOLID, continErrLimit: 1, probeBackoff: 2 });
  rig.fail(2);
  const picks = Array.from({ length: 8 }, () => {
    rig.nowSec += 8;
    return rig.choose();
  });
  assertEquals(picks, [1, 1, 2, 1, 1, 2, 1, 1]);
  rig.nowSec += 1000;
  assertEquals([rig.choose(), rig.choose()], [2, 1]);
});

Deno.test("choose() probes in time though reports bring hosts in and out between refused picks", () => {
  const rig = new Rig([1], { ...TOUCHY, probeBackoff: 2 });
  const picks = Array.from({ length: 3 }, () => {
    rig.succeed(1);
    rig.fail(1);
    const picked = rig.choose();
    rig.nowSec += 10;
    return picked;
  });
  assertEquals(picks, ["overload", "overload", 1]);
});

// returnProven

const PROVEN = { ...STOLID, continErrLimit: 1, returnProven: true, recoverUnreported: true };

Deno.test("choose() has a host whose last outcome was a failure probed next, not return", () => {
  const rig = new Rig([1, 2, 3], { ...PROVEN, probeNum: 2 });
  rig.fail(2);
  rig.fail(3);
  rig.nowSec = 10;
  rig.fail(3);
  rig.nowSec = 15;
  assertEquals([rig.choose(), rig.overloaded], [1, [3]]); // of 2 nothing was heard
  assertEquals(rig.chooseTimes(3), [2, 3, 1]);
  rig.fail(3);
  assertEquals(rig.overloaded, [3]);
  rig.succeed(3);
  assertEquals(rig.overloaded, []);
});

Deno.test("choose() has the host with an ended overload probed before others", () => {
  const rig = new Rig([1, 2, 3], { ...PROVEN, probeNum: 1 });
  rig.fail(2);
  rig.nowSec = 5;
  rig.fail(3);
  rig.fail(2);
  rig.chooseTimes(2); // probes 2, which now stands behind 3
  rig.nowSec = 15;
  assertEquals([rig.overloaded, rig.chooseTimes(4)], [[3, 2], [1, 2, 1, 3]]);
});

Deno.test("choose() probes at once, host by host, when all are overloaded and their time is over", () => {
  const rig = new Rig([1, 2, 3], { ...PROVEN, probeNum: 10 });
  for (const ip of [1, 2, 3]) rig.fail(ip, { times: 2 });
  rig.nowSec = 14.9;
  assertEquals(rig.chooseTimes(3), ["overload", "overload", "overload"]);
  rig.nowSec = 15;
  assertEquals(rig.chooseTimes(4), [1, 2, 3, "overload"]);
  rig.fail(1);
  rig.succeed(2);
  assertEquals(rig.idle, [2]); // and from now on picks go there
  assertEquals(rig.chooseTimes(2), [2, 2]);
});

Deno.test("choose() makes no early probe while a host is idle, or the rule is the original's", () => {
  const rig = new Rig([1, 2], { ...PROVEN, probeNum: 10 });
  rig.fail(1, { times: 2 });
  rig.nowSec = 15;
  assertEquals(rig.chooseTimes(3), [2, 2, 2]);

  const original = new Rig([1], { ...TOUCHY, policy: "original" });
  original.fail(1, { times: 2 });
  original.nowSec = 15;
  assertEquals(original.chooseTimes(11), [...Array(10).fill("overload"), 1]);
});

Deno.test("choose() gives back hosts that one caller's failures took away, however few picks come", () => {
  const rig = new Rig([1, 2, 3, 4, 5], DEFAULT_SETTINGS);
  for (let report = 0; report < 200; report++) rig.fail(1 + report % 5);
  assertEquals(rig.idle, []);
  rig.nowSec = 3600;
  for (let picks = 0; picks < 5; picks++) {
    const host = rig.choose();
    assert(typeof host === "number", String(host));
    rig.succeed(host);
    rig.nowSec += 600;
  }
});

Deno.test("report() of a success ends an overload of overloadTimeoutMs, one of a failure does not", () => {
  const rig = new Rig([1, 2], PROVEN);
  rig.fail(1);
  rig.nowSec = 20;
  rig.fail(1);
  assertEquals(rig.overloaded, [1]);
  rig.succeed(1);
  assertEquals(rig.overloaded, []);
});

Deno.test("choose() gives a host overloadTimeoutMs more after each probe that it fails", () => {
  const rig = new Rig([1, 2], { ...PROVEN, probeNum: 0 });
  rig.fail(1);
  rig.fail(1);
  for (const sec of [15, 30, 45]) {
    rig.nowSec = sec;
    assertEquals(rig.choose(), 1);
    rig.fail(1);
    assertEquals(rig.overloaded, [1]);
  }
});

Deno.test("choose() leaves hosts to their probes with returnProven and without recoverUnreported", () => {
  const rig = new Rig([1, 2], { ...PROVEN, recoverUnreported: false, probeNum: 1 });
  rig.fail(1);
  rig.nowSec = 20;
  assertEquals([rig.chooseTimes(4), rig.overloaded], [[2, 1, 2, 1], [1]]);
  rig.succeed(1);
  assertEquals(rig.overloaded, []);
});

// restore()

/** What is kept of a host that turned overloaded, and failed after that. */
const VERDICT = {
  ...{ ip: 2, port: 80, sinceMs: 5000, agedFromMs: 5000, triedMs: 6000, probeMultiple: 4 },
  ...{ vsucc: 0, verr: 7, rsucc: 0, rerr: 2, runSucc: 0, runErr: 2 },
};

Deno.test("restore() has hosts be overloaded as before, with their counts and since when", () => {
  const rig = new Rig([1, 2, 3], PROVEN);
  rig.nowSec = 10;
  const verdicts = [{ ...VERDICT, ip: 3, triedMs: 7000 }, VERDICT, { ...VERDICT, ip: 9 }];
  assertEquals(rig.balancer.restore(verdicts, 10_000), 2);
  assertEquals([rig.idle, rig.overloaded], [[1], [2, 3]]); // the least recently tried first
  assertEquals(rig.stateOf(2), {
    overloaded: true,
    ...{ sinceMs: 5000, vsucc: 0, verr: 7, rsucc: 0, rerr: 2, runSucc: 0, runErr: 2 },
  });
  assertEquals(rig.balancer.transitions, 2);
  assertEquals(rig.balancer.restore([VERDICT], 10_000), 0); // is so already
});

Deno.test("restore() has a host wait for its next probe as it did", () => {
  const rig = new Rig([1, 2], { continErrLimit: 1, probeNum: 2, probeBackoff: 2 });
  rig.balancer.restore([VERDICT], 10_000);
  assertEquals(rig.chooseTimes(13), [...Array(11).fill(1), 2, 1]); // 4 times 3 picks
});

Deno.test("restore() ends an overload when it would have ended, and takes no time of the future", () => {
  const rig = new Rig([1, 2, 3], PROVEN);
  rig.nowSec = 10;
  rig.balancer.restore([{ ...VERDICT, runErr: 0 }, {
    ...VERDICT,
    ip: 3,
    sinceMs: 1e9,
    agedFromMs: 1e9,
    triedMs: 1e9,
    runErr: 0,
  }], 10_000);
  rig.nowSec = 20;
  assertEquals([rig.choose(), rig.overloaded], [1, [3]]);
  rig.nowSec = 25;
  assertEquals([rig.choose(), rig.overloaded], [2, []]);
});

Deno.test("restore() heeds maxOverloadedPercent", () => {
  const rig = new Rig([1, 2, 3, 4], { ...PROVEN, maxOverloadedPercent: 50 });
  rig.balancer.restore([1, 2, 3].map((ip) => ({ ...VERDICT, ip })), 10_000);
  assertEquals([rig.idle, rig.overloaded], [[4, 1], [2, 3]]);
});

// maxOverloadedPercent

Deno.test("report() spares hosts that would exceed maxOverloadedPercent, and counts each window once", () => {
  const rig = new Rig([1, 2, 3, 4], { ...TOUCHY, maxOverloadedPercent: 50 });
  for (const ip of [1, 2, 3, 4]) rig.fail(ip, { times: 3 });
  assertEquals([rig.idle, rig.overloaded, rig.balancer.suppressed], [[3, 4], [1, 2], 2]);
  rig.succeed(1);
  rig.fail(3);
  assertEquals([rig.idle, rig.overloaded, rig.balancer.suppressed], [[4, 1], [2, 3], 2]);
  rig.nowSec = 15;
  rig.fail(4);
  rig.fail(4);
  assertEquals([rig.idle, rig.balancer.suppressed], [[4, 1], 3]); // in a window of its own
});

Deno.test("report() lets one host be overloaded whatever maxOverloadedPercent says", () => {
  const rig = new Rig([1, 2], { ...TOUCHY, maxOverloadedPercent: 0 });
  rig.fail(1);
  rig.fail(2);
  assertEquals([rig.idle, rig.overloaded], [[2], [1]]);
});

Deno.test("update() has hosts turn idle that exceed maxOverloadedPercent as others have left", () => {
  const rig = new Rig([1, 2, 3, 4, 5, 6, 7, 8], { ...TOUCHY, maxOverloadedPercent: 50 });
  for (const ip of [1, 2, 3, 4]) rig.fail(ip);
  rig.update(1, 2, 3, 4, 5);
  assertEquals([rig.idle, rig.overloaded], [[5, 1, 2], [3, 4]]);
});

Deno.test("reload() has hosts turn idle that exceed a lower maxOverloadedPercent", () => {
  const rig = new Rig([1, 2, 3, 4], { ...TOUCHY, maxOverloadedPercent: 100 });
  for (const ip of [1, 2, 3, 4]) rig.fail(ip);
  rig.balancer.reload({ ...ORIGINAL, ...TOUCHY, maxOverloadedPercent: 50 });
  assertEquals([rig.idle, rig.overloaded], [[1, 2], [3, 4]]);
});

Deno.test("explain() names a host spared at the end of a window in the next one", () => {
  const settings = { ...STOLID, windowErrRate: 0.5, maxOverloadedPercent: 0 };
  const rig = new Rig([1, 2], settings);
  rig.nowSec = 15;
  rig.fail(1);
  rig.fail(2);
  const spared = () => rig.balancer.explain(rig.nowSec * 1000).hosts.map(({ spared }) => spared);
  assertEquals([rig.idle, rig.overloaded, spared()], [[2], [1], [true, false]]);
  rig.nowSec = 30;
  rig.succeed(2, 3);
  assertEquals(spared(), [false, false]);
});

// panicPercent

Deno.test("choose() goes over all hosts while more than panicPercent are overloaded", () => {
  const rig = new Rig([1, 2, 3, 4], { ...TOUCHY, panicPercent: 50 });
  rig.fail(1);
  rig.fail(2);
  assertEquals(rig.chooseTimes(4), [3, 4, 3, 4]);
  rig.fail(3);
  assertEquals(rig.chooseTimes(8).sort(), [1, 1, 2, 2, 3, 3, 4, 4]);
  rig.fail(4);
  assertEquals(rig.chooseTimes(4).sort(), [1, 2, 3, 4]);
  for (const ip of [1, 2, 3]) rig.succeed(ip);
  assertEquals(rig.chooseTimes(3).sort(), [1, 2, 3]);
});

// returnProven beside others

Deno.test("choose() probes next a host whose first failure comes after overloadTimeoutMs", () => {
  const settings = { ...TOUCHY, returnProven: true, probeNum: 2 };
  for (const picksBefore of [0, 1]) {
    const rig = new Rig([1, 2, 3, 4], settings);
    for (const ip of [2, 1]) rig.fail(ip);
    rig.nowSec = 15.1;
    rig.chooseTimes(picksBefore);
    rig.nowSec = 15.2;
    rig.fail(1);
    const probed = rig.chooseTimes(3 - picksBefore).filter((ip) => ip === 1 || ip === 2);
    assertEquals(probed, [1], `${picksBefore} picks before`);
  }
});

Deno.test("reload() has hosts come back that were past their time without a word", () => {
  const rig = new Rig([1, 2], { ...TOUCHY, returnProven: true });
  rig.fail(1);
  rig.nowSec = 16;
  rig.chooseTimes(5);
  assertEquals(rig.overloaded, [1]);
  rig.balancer.reload({ ...ORIGINAL, ...TOUCHY, returnProven: true, recoverUnreported: true });
  rig.choose();
  assertEquals(rig.overloaded, []);
});

Deno.test("reload() without returnProven has hosts come back that were to be probed next", () => {
  const settings = { ...ORIGINAL, ...TOUCHY, recoverUnreported: true };
  const rig = new Rig([1, 2], { ...settings, returnProven: true, probeNum: 5 });
  for (const times of [1, 2]) rig.fail(1, { times });
  rig.nowSec = 15;
  rig.choose();
  assertEquals(rig.overloaded, [1]);
  rig.balancer.reload({ ...settings, probeNum: 5 });
  rig.choose();
  assertEquals(rig.overloaded, []);
});

// Weights, slowStartMs, policies

/** How often each of the hosts is picked. */
function countPicks(balancer: Balancer, picks: number, nowMs = 0): Record<number, number> {
  const counts: Record<number, number> = {};
  for (let n = 0; n < picks; n++) {
    const choice = balancer.choose(nowMs);
    if (typeof choice === "object") counts[choice.ip] = (counts[choice.ip] ?? 0) + 1;
  }
  return counts;
}

function route(...weights: number[]) {
  return weights.map((weight, index) => ({ ip: index + 1, port: 80, weight }));
}

Deno.test("choose() heeds weights, as soon as they change", () => {
  const { balancer } = new Rig([], TOUCHY);
  balancer.update(route(100, 100), 0);
  assertEquals(countPicks(balancer, 10), { 1: 5, 2: 5 });
  balancer.update(route(100, 300), 0);
  assertEquals(countPicks(balancer, 40), { 1: 10, 2: 30 });
  balancer.update(route(400, 100), 0);
  assertEquals(countPicks(balancer, 40), { 1: 32, 2: 8 });
  balancer.update(route(7, 7), 0);
  assertEquals(countPicks(balancer, 10), { 1: 5, 2: 5 });
});

Deno.test("choose() keeps the shares of all while the weight of one changes again and again", () => {
  const { balancer } = new Rig([], TOUCHY);
  const counts: Record<number, number> = { 1: 0, 2: 0, 3: 0 };
  for (let n = 0; n < 1000; n++) {
    balancer.update(route(100 + n % 2, 50, 50), 0);
    for (const [ip, picks] of Object.entries(countPicks(balancer, 2))) counts[Number(ip)] += picks;
  }
  for (const [ip, fair] of [[1, 1000], [2, 500], [3, 500]]) {
    assert(Math.abs(counts[ip] - fair) <= 10, JSON.stringify(counts));
  }
});

Deno.test("choose() shares an overloaded host's picks out by the others' weights", () => {
  const { balancer } = new Rig([], { ...TOUCHY, probeNum: 30 });
  balancer.update(route(100, 200, 400), 0);
  balancer.report({ ip: 3, port: 80, retcode: 1 }, 0);
  assertEquals(countPicks(balancer, 31), { 1: 10, 2: 20, 3: 1 });
  balancer.report({ ip: 3, port: 80, retcode: 0 }, 0);
  assertEquals(countPicks(balancer, 70), { 1: 10, 2: 20, 3: 40 });
});

Deno.test("choose() begins a host that comes back with a tenth of its share where slowStartMs says so", () => {
  const { balancer } = new Rig([], { ...TOUCHY, slowStartMs: 10_000 });
  balancer.update(route(100, 100), 0);
  balancer.report({ ip: 2, port: 80, retcode: 1 }, 20_000);
  balancer.report({ ip: 2, port: 80, retcode: 0 }, 20_000);
  countPicks(balancer, 30, 20_000); // the first window of a new weight
  const { 2: fresh } = countPicks(balancer, 1100, 20_000);
  assert(fresh >= 99 && fresh <= 101, `${fresh}`);
  countPicks(balancer, 30, 30_000);
  assertEquals(countPicks(balancer, 100, 30_000), { 1: 50, 2: 50 });
});

Deno.test("update() with other weights keeps slow starts going", () => {
  const { balancer } = new Rig([], { ...TOUCHY, slowStartMs: 10_000 });
  balancer.update(route(100, 100), 0);
  balancer.update(route(100, 100, 100), 20_000);
  balancer.update(route(200, 100, 100), 20_000);
  const { 1: first, 2: second, 3: fresh } = countPicks(balancer, 310, 20_000);
  assert(first >= 199 && second >= 99 && fresh <= 11, `${[first, second, fresh]}`);
});

Deno.test("policy original heeds no weights and no improvement", () => {
  const improved = { maxOverloadedPercent: 50, slowStartMs: 1000, probeBackoff: 10 };
  const rig = new Rig([], { ...TOUCHY, ...improved, policy: "original", probeNum: 1 });
  rig.balancer.update(route(100, 900, 100), 0);
  assertEquals(rig.chooseTimes(6), [1, 2, 3, 1, 2, 3]);
  rig.fail(1);
  rig.fail(2);
  assertEquals([rig.idle, rig.overloaded], [[3], [1, 2]]);
  assertEquals(rig.chooseTimes(4), [3, 1, 3, 2]);
});

Deno.test("policy p2c keeps picks off a slow host, and draws by what it is given", () => {
  const draws = [0, 0, 0.5, 0, 0, 0];
  const settings = { ...DEFAULT_SETTINGS, policy: "p2c" } as const;
  const balancer = new Balancer(settings, { random: () => draws.shift()! });
  balancer.update(route(100, 100), 0);
  balancer.report({ ip: 1, port: 80, retcode: 0, costMs: 200 }, 0);
  assertEquals(countPicks(balancer, 3), { 2: 3 });
  assertEquals(draws, []);
});

Deno.test("policy p2c leaves overload and probes as they are", () => {
  const rig = new Rig([1, 2], { ...TOUCHY, policy: "p2c", probeNum: 2 });
  rig.fail(2);
  assertEquals(rig.chooseTimes(6), [1, 1, 2, 1, 1, 2]);
  rig.fail(1);
  assertEquals(rig.chooseTimes(3), ["overload", "overload", 2]);
});

Deno.test("reload() changes what the next decision goes by", () => {
  const rig = new Rig([1, 2, 3], { ...TOUCHY, probeNum: 1 });
  rig.balancer.update(route(100, 300, 100), 0);
  rig.balancer.reload({ ...ORIGINAL, ...TOUCHY, policy: "original", probeNum: 3 });
  assertEquals(rig.chooseTimes(3).sort(), [1, 2, 3]);
  rig.fail(3);
  assertEquals(rig.chooseTimes(4).filter((ip) => ip === 3), [3]);
  rig.balancer.reload({ ...ORIGINAL, ...TOUCHY, probeNum: 1000 });
  assertEquals(countPicks(rig.balancer, 40), { 1: 10, 2: 30 });
  rig.balancer.reload({ ...ORIGINAL, ...TOUCHY, policy: "p2c", continErrLimit: 2 });
  rig.fail(1);
  assertEquals(rig.overloaded, [3]);
});

Deno.test("reload() with a slow start leaves hosts their share that have been there for longer", () => {
  const { balancer } = new Rig([]);
  balancer.update(route(100), 0);
  balancer.update(route(100, 100), 50_000);
  balancer.reload({ ...ORIGINAL, slowStartMs: 10_000 });
  const { 2: fresh } = countPicks(balancer, 110, 50_000);
  assert(fresh >= 9 && fresh <= 11, `${fresh}`);
});

// Time and changes of state

Deno.test("report() and choose() take a clock that goes back to stand still", () => {
  const rig = new Rig([1, 2, 3], { ...TOUCHY, recoverUnreported: true });
  rig.nowSec = 20;
  rig.fail(2);
  rig.nowSec = 10;
  rig.fail(1);
  assertEquals(rig.stateOf(1).sinceMs, 20_000);
  rig.nowSec = 34;
  rig.choose();
  assertEquals(rig.overloaded, [2, 1]);
  rig.nowSec = 35;
  rig.choose();
  assertEquals(rig.idle, [2, 1, 3]);
});

Deno.test("transitions counts the changes of state by reports and picks, and nothing else", () => {
  const rig = new Rig([1, 2], { ...TOUCHY, recoverUnreported: true });
  rig.chooseTimes(3);
  rig.succeed(1);
  rig.nowSec = 20;
  rig.succeed(1);
  assertEquals(rig.balancer.transitions, 0);
  rig.fail(1);
  assertEquals(rig.balancer.transitions, 1);
  rig.succeed(1);
  assertEquals(rig.balancer.transitions, 2);
  rig.fail(1);
  rig.fail(2);
  assertEquals(rig.balancer.transitions, 4);
  rig.nowSec = 40;
  rig.choose();
  assertEquals(rig.balancer.transitions, 6);
  rig.update();
  assertEquals(rig.balancer.transitions, 6);
});
