import { assert, assertEquals, assertStrictEquals } from "@std/assert";
/**
 * The balancer with the policy original; what lars does is tested in fitness/.
 *
 * @module
 */

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

Deno.test("report() ends with a change by counts, before the window is looked at", () => {
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
  const rig = new Rig([1, 2, 3, 4], { ...TOUCHY, probeNum: 1 });
  rig.fail(3);
  rig.fail(4);
  rig.update(2, 4);
  assertEquals([rig.idle, rig.overloaded], [[2], [4]]);
  rig.fail(1);
  rig.succeed(3);
  assertEquals(rig.chooseTimes(6), [2, 4, 2, 4, 2, 4]);
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

// restore()

/** What is kept of a host that turned overloaded, and failed after that. */
const VERDICT = {
  ...{ ip: 2, port: 80, sinceMs: 5000, triedMs: 6000 },
  ...{ vsucc: 0, verr: 7, rsucc: 0, rerr: 2, runSucc: 0, runErr: 2 },
};

Deno.test("restore() has hosts be overloaded as before, with their counts and since when", () => {
  const rig = new Rig([1, 2, 3]);
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

Deno.test("restore() takes no time of the future", () => {
  const rig = new Rig([1, 2]);
  rig.balancer.restore([{ ...VERDICT, sinceMs: 1e9, triedMs: 1e9 }], 10_000);
  assertEquals(rig.stateOf(2).sinceMs, 10_000);
});

// reload()

Deno.test("reload() changes what the next decision goes by", () => {
  const rig = new Rig([1, 2, 3], { ...TOUCHY, probeNum: 1 });
  rig.balancer.reload({ ...ORIGINAL, ...TOUCHY, probeNum: 3 });
  rig.fail(3);
  assertEquals(rig.chooseTimes(4), [1, 2, 1, 3]);
});

Deno.test("reload() with another policy begins anew with the hosts of the route", () => {
  const rig = new Rig([1, 2, 3], TOUCHY);
  rig.fail(3);
  for (const settings of [DEFAULT_SETTINGS, ORIGINAL]) {
    rig.balancer.reload(settings);
    assertEquals([rig.idle, rig.overloaded, rig.balancer.transitions], [[1, 2, 3], [], 1]);
    assertEquals(rig.chooseTimes(3), [1, 2, 3]);
  }
});

Deno.test("the policy original heeds no weights", () => {
  const rig = new Rig([]);
  rig.balancer.update([1, 2, 3].map((ip) => ({ ip, port: 80, weight: 100 ** ip })), 0);
  assertEquals(rig.chooseTimes(6), [1, 2, 3, 1, 2, 3]);
});

// Time and news

Deno.test("report() and choose() take a clock that goes back to stand still", () => {
  const rig = new Rig([1, 2, 3], TOUCHY);
  rig.nowSec = 20;
  rig.fail(2);
  rig.nowSec = 10;
  rig.fail(1);
  assertEquals(rig.stateOf(1).sinceMs, 20_000);
  assertEquals(rig.overloaded, [2, 1]);
});

Deno.test("transitions counts the changes of state by reports and picks, and nothing else", () => {
  const rig = new Rig([1, 2], TOUCHY);
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
  rig.update();
  assertEquals(rig.balancer.transitions, 4);
});
