/**
 * What the balancer promises whatever happens to it: settings, routes, outcomes and times are drawn, by a fixed seed, so
 * that a failure is the same failure the next time. Each promise is the name of a test.
 *
 * @module
 */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import type { Host } from "../../proto/mod.ts";
import {
  Balancer,
  type BalancerSettings,
  DEFAULT_SETTINGS,
  type Explanation,
  type HostState,
  MAX_DECISIONS,
  NOEXIST,
  ORIGINAL,
  OVERLOAD,
  seededRandom,
  type Verdict,
  type VerdictKeeper,
} from "./mod.ts";
import { MAX_PROBE_WAIT } from "./ejection/probe_schedule.ts";
import { isThorough } from "../../testing/thorough.ts";

const SEED = 20_210_607;
const RUNS = isThorough ? 10_000 : 500;

/** More than a module of these tests has at a time, so that some reports name a host that is not there. */
const HOST_IDS = 8;

function hold<Drawn>(arbitrary: fc.Arbitrary<Drawn>, promise: (drawn: Drawn) => void): void {
  fc.assert(fc.property(arbitrary, promise), { seed: SEED, numRuns: RUNS });
}

// What happens to a module

type Step =
  | { readonly op: "choose" }
  | { readonly op: "advance"; readonly ms: number }
  | { readonly op: "update"; readonly hosts: readonly Host[] }
  | {
    readonly op: "report";
    readonly id: number;
    readonly retcode: number;
    readonly costMs: number;
    readonly count: number;
  };

function stepsOf(
  { weights = fc.constant(100), counts = fc.constant(1), length = 60 }: {
    weights?: fc.Arbitrary<number>;
    counts?: fc.Arbitrary<number>;
    length?: number;
  } = {},
): fc.Arbitrary<Step[]> {
  const host = fc.record({
    ip: fc.nat(HOST_IDS - 1),
    port: fc.constant(80),
    weight: weights,
  });
  const hosts = fc.uniqueArray(host, { selector: ({ ip }) => ip, maxLength: HOST_IDS });
  const update = fc.record({ op: fc.constant("update" as const), hosts });
  const report = fc.record({
    op: fc.constant("report" as const),
    id: fc.nat(HOST_IDS - 1),
    retcode: fc.constantFrom(0, 0, 1, 2, -1),
    costMs: fc.constantFrom(0, 0, 99, 250, 1000),
    count: counts,
  });
  const advance = fc.record({
    op: fc.constant("advance" as const),
    ms: fc.constantFrom(0, 0.1, 250, 1000, 5000, 15_000, 60_000, -1000),
  });
  const step = fc.oneof(
    { weight: 12, arbitrary: fc.constant({ op: "choose" as const }) },
    { weight: 10, arbitrary: report },
    { weight: 3, arbitrary: advance },
    { weight: 1, arbitrary: update },
  );
  const steps = fc.array(step, { maxLength: length, size: "max" });
  return fc.tuple(update, steps).map(([first, rest]) => [first, ...rest]);
}

function settingsOf(
  fixed: Partial<BalancerSettings> = {},
): fc.Arbitrary<BalancerSettings> {
  return fc.record({
    policy: fc.constantFrom("lars", "lars", "p2c", "original"),
    probeNum: fc.constantFrom(0, 1, 2, 3, 10),
    initSuccCnt: fc.constantFrom(0, 1, 5, 180),
    initErrCnt: fc.constantFrom(0, 1, 5),
    errRate: fc.constantFrom(0, 0.1, 0.5, 1),
    succRate: fc.constantFrom(0, 0.5, 0.95, 1),
    continErrLimit: fc.constantFrom(1, 2, 15),
    continSuccLimit: fc.constantFrom(1, 2, 15),
    windowErrRate: fc.constantFrom(0, 0.5, 0.7, 1),
    idleTimeoutMs: fc.constantFrom(0, 1000, 15_000),
    overloadTimeoutMs: fc.constantFrom(0, 1000, 15_000),
    badWindows: fc.constantFrom(1, 2, 3),
    timecostUnitMs: fc.constantFrom(0, 1, 100),
    recoverUnreported: fc.boolean(),
    probeBackoff: fc.constantFrom(1, 1.5, 2, 10),
    returnProven: fc.boolean(),
    maxOverloadedPercent: fc.constantFrom(100, 100, 50, 10, 0),
    panicPercent: fc.constantFrom(0, 0, 50, 100),
    slowStartMs: fc.constantFrom(0, 0, 5000),
  }).map((drawn) => ({ ...drawn, ...fixed }) as BalancerSettings);
}

const WEIGHTS = fc.oneof(fc.integer({ min: 1, max: 10 }), fc.constantFrom(100, 1000, 0xffff_ffff));
const COUNTS = fc.constantFrom(1, 1, 1, 2, 16, 1000);

/** A balancer, the route that it was told, and the time, which may go back: then the latest it was told counts. */
class Rig {
  readonly balancer: Balancer;
  readonly settings: BalancerSettings;
  nowMs = 0;
  latestMs = 0;
  route = new Set<number>();

  constructor(settings: BalancerSettings, keeper?: VerdictKeeper) {
    this.settings = settings;
    this.balancer = new Balancer(settings, { random: seededRandom(7), keeper });
  }

  /** Takes a step, and returns what was chosen where it was to choose. */
  take(step: Step) {
    if (step.op !== "advance") this.latestMs = Math.max(this.latestMs, this.nowMs);
    switch (step.op) {
      case "choose":
        return this.balancer.choose(this.nowMs);
      case "advance":
        this.nowMs += step.ms;
        return;
      case "update":
        this.route = new Set(step.hosts.map(({ ip }) => ip));
        return void this.balancer.update(step.hosts, this.nowMs);
      case "report": {
        const { id, ...outcome } = step;
        return void this.balancer.report({ ip: id, port: 80, ...outcome }, this.nowMs);
      }
    }
  }

  get idle(): number[] {
    return Array.from(this.balancer.idle, ({ ip }) => ip);
  }

  get overloaded(): number[] {
    return Array.from(this.balancer.overloaded, ({ ip }) => ip);
  }
}

// Queues and picks

Deno.test("a host of the route is in exactly one queue, and only such a host is picked", () => {
  const drawn = fc.tuple(settingsOf(), stepsOf({ weights: WEIGHTS, counts: COUNTS }));
  hold(drawn, ([settings, steps]) => {
    const rig = new Rig(settings);
    for (const step of steps) {
      const choice = rig.take(step);
      const { idle, overloaded, route, balancer } = rig;
      assertEquals([...idle, ...overloaded].sort(), [...route].sort());
      assertEquals([balancer.idle.size, balancer.overloaded.size], [
        idle.length,
        overloaded.length,
      ]);
      assert([...balancer.idle].every((host) => !host.overloaded));
      assert([...balancer.overloaded].every((host) => host.overloaded));
      if (choice === NOEXIST) assertEquals(route.size, 0);
      else if (choice === OVERLOAD) assertEquals([idle, overloaded.length > 0], [[], true]);
      else if (choice !== undefined) assert(route.has(choice.ip));
    }
  });
});

Deno.test("explain() adds up, whatever happened", () => {
  const drawn = fc.tuple(settingsOf(), stepsOf({ weights: WEIGHTS, counts: COUNTS }));
  hold(drawn, ([settings, steps]) => {
    const rig = new Rig(settings);
    for (const step of steps) rig.take(step);
    const { hosts, decisions, picks } = rig.balancer.explain(rig.nowMs);
    assertEquals(hosts.map(({ ip }) => ip), [...rig.idle, ...rig.overloaded]);
    const shares = hosts.reduce((sum, { share }) => sum + share, 0);
    assertLessOrEqual(shares, 1 + 1e-9);
    assertLessOrEqual(picks, steps.length);
    assertLessOrEqual(decisions.length, MAX_DECISIONS);
    for (const { failureRate, sinceMs, state, picksToProbe, load } of hosts) {
      assert(failureRate >= 0 && failureRate <= 1);
      assert(sinceMs >= 0);
      assertEquals(picksToProbe !== undefined, state === "overloaded");
      assert((picksToProbe ?? 0) >= 0);
      assertEquals(load !== undefined, settings.policy === "p2c");
      assert(load === undefined || (load.outstanding >= 0 && load.latencyMs >= 0));
    }
  });
});

Deno.test("over any picks, the shares of equal idle hosts differ by at most one", () => {
  // The same in other words: between two picks of a host, each host that was idle all the while was picked once.
  const settings = settingsOf({ policy: "lars", panicPercent: 0, slowStartMs: 0 });
  hold(fc.tuple(settings, stepsOf({ length: 120 })), ([settings, steps]) => {
    const rig = new Rig(settings);
    const picked: number[] = [];
    const lastPickAt = new Map<number, number>();
    const idleFrom = new Map<number, number>();
    for (const step of steps) {
      const choice = rig.take(step);
      const { idle } = rig;
      for (const id of idleFrom.keys()) if (!idle.includes(id)) idleFrom.delete(id);
      for (const id of idle) if (!idleFrom.has(id)) idleFrom.set(id, picked.length);
      if (typeof choice !== "object" || choice.overloaded) continue;
      const { ip } = choice;
      const lastAt = lastPickAt.get(ip) ?? -1;
      if (lastAt >= idleFrom.get(ip)!) {
        const between = picked.slice(lastAt + 1);
        for (const [id, from] of idleFrom) {
          if (id === ip || from > lastAt) continue;
          assertEquals(between.filter((other) => other === id), [id], `of ${picked}, then ${ip}`);
        }
      }
      lastPickAt.set(ip, picked.length);
      picked.push(ip);
    }
  });
});

Deno.test("each host's picks are within one of its exact share by weight", () => {
  const drawn = fc.record({
    weights: fc.array(WEIGHTS, { minLength: 1, maxLength: 12 }),
    picks: fc.integer({ min: 1, max: 300 }),
  });
  hold(drawn, ({ weights, picks }) => {
    const { balancer } = new Rig(DEFAULT_SETTINGS);
    balancer.update(weights.map((weight, ip) => ({ ip, port: 80, weight })), 0);
    const sum = weights.reduce((sum, weight) => sum + weight);
    const counts = weights.map(() => 0);
    for (let n = 1; n <= picks; n++) {
      counts[(balancer.choose(0) as HostState).ip]++;
      for (const [ip, weight] of weights.entries()) {
        const off = Math.abs(counts[ip] - n * weight / sum);
        assert(off < 1 + 1e-6, `after ${n} picks host ${ip} is off by ${off}`);
      }
    }
  });
});

// Probes

Deno.test("overloaded hosts get one pick in probeNum + 1, or one after overloadTimeoutMs, or one each then", () => {
  const drawn = fc.tuple(settingsOf({ panicPercent: 0 }), stepsOf({ weights: WEIGHTS }));
  hold(drawn, ([settings, steps]) => {
    const rig = new Rig(settings);
    const isImproved = settings.policy !== "original";
    const isOutOfTurnAllowed = isImproved && settings.probeBackoff > 1;
    let [asked, probedMs] = [Infinity, -Infinity];
    const lastResortMs = new Map<number, number>();
    for (const step of steps) {
      const choice = rig.take(step);
      if (choice === undefined) continue;
      if (typeof choice === "object" && choice.overloaded) {
        const isOverdue = rig.latestMs - probedMs >= settings.overloadTimeoutMs;
        if (asked < settings.probeNum && !(isOutOfTurnAllowed && isOverdue)) {
          // With nobody idle, each whose time is over is tried once, and not again before it is over anew.
          assert(isImproved && settings.returnProven, `again after ${asked} picks`);
          assertEquals(rig.idle, []);
          const { ip } = choice;
          const sinceMs = rig.latestMs - (lastResortMs.get(ip) ?? -Infinity);
          assertLessOrEqual(settings.overloadTimeoutMs, sinceMs, `${ip} again`);
          lastResortMs.set(ip, rig.latestMs);
        }
        [asked, probedMs] = [0, rig.latestMs];
      } else {
        asked++;
      }
    }
  });
});

/** Callers of a module some of whose hosts fail every call until they are mended. */
interface Traffic {
  /** Each is mended at that time, ms; Infinity for never, 0 for sound from the first. */
  readonly mendedMs: readonly number[];
  /** Mean time between two picks. */
  readonly gapMs: number;
  /** How long each call takes. */
  readonly latencyMs: number;
  readonly seed: number;
}

/** A module and its callers, on a clock that goes on with each pick. */
class Simulation {
  readonly rig: Rig;
  readonly #traffic: Traffic;
  readonly #random: () => number;
  readonly #calls: { ip: number; doneMs: number; failed: boolean }[] = [];
  #answered = 0;

  constructor(settings: BalancerSettings, traffic: Traffic) {
    this.rig = new Rig(settings);
    this.#traffic = traffic;
    this.#random = seededRandom(traffic.seed);
    const hosts = traffic.mendedMs.map((_, ip) => ({ ip, port: 80, weight: 100 }));
    this.rig.balancer.update(hosts, 0);
  }

  /** Lets callers get their answers and report them until the next of them asks, and returns whom it was given. */
  next(): number | undefined {
    const { gapMs, mendedMs, latencyMs } = this.#traffic;
    const nowMs = this.rig.nowMs + gapMs * (0.5 + this.#random());
    this.#answer(nowMs);
    this.rig.nowMs = nowMs;
    const choice = this.rig.balancer.choose(nowMs);
    if (typeof choice === "number") return undefined;
    const { ip } = choice;
    this.#calls.push({ ip, doneMs: nowMs + latencyMs, failed: nowMs < mendedMs[ip] });
    return ip;
  }

  #answer(untilMs: number): void {
    for (; this.#answered < this.#calls.length; this.#answered++) {
      const { ip, doneMs, failed } = this.#calls[this.#answered];
      if (doneMs > untilMs) return;
      const outcome = { retcode: failed ? 2 : 0, costMs: this.#traffic.latencyMs };
      this.rig.balancer.report({ ip, port: 80, ...outcome }, doneMs);
    }
  }
}

/** Settings by which a host that is known to fail is held back, and comes back proven; the rest is drawn. */
function cautiousSettings(): fc.Arbitrary<BalancerSettings> {
  return fc.record({
    probeNum: fc.integer({ min: 1, max: 20 }), // 0 makes every pick a probe
    overloadTimeoutMs: fc.constantFrom(1000, 5000, 15_000, 60_000),
    probeBackoff: fc.constantFrom(1.5, 2, 3, 10),
    continErrLimit: fc.constantFrom(1, 5, 15),
    continSuccLimit: fc.constantFrom(1, 5, 15),
    timecostUnitMs: fc.constantFrom(0, 100),
    policy: fc.constantFrom("lars", "p2c"),
  }).map((drawn) => ({ ...DEFAULT_SETTINGS, ...drawn }) as BalancerSettings);
}

const SETTINGS = fc.oneof(fc.constant(DEFAULT_SETTINGS), cautiousSettings());

Deno.test("a host that always fails gets 2 % of the picks or one per overloadTimeoutMs in the long run", () => {
  const drawn = fc.record({
    settings: SETTINGS,
    hosts: fc.integer({ min: 2, max: 12 }),
    deadShare: fc.double({ min: 0, max: 1, noNaN: true }),
    gapShare: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
    latencyShare: fc.constantFrom(0, 0.01, 0.1),
    seed: fc.nat(),
  });
  hold(drawn, ({ settings, hosts, deadShare, gapShare, latencyShare, seed }) => {
    const { overloadTimeoutMs, probeNum, probeBackoff } = settings;
    const dead = 1 + Math.floor(deadShare * (hosts - 1));
    const simulation = new Simulation(settings, {
      mendedMs: Array.from({ length: hosts }, (_, ip) => ip < dead ? Infinity : 0),
      // Each of them is probed at least twice before its time is over, and the outcome of the first is known by then.
      gapMs: gapShare * overloadTimeoutMs / (dead * (probeNum + 1)),
      latencyMs: latencyShare * overloadTimeoutMs,
      seed,
    });
    const { rig } = simulation;
    const outFrom = new Map<number, { asked: number; atMs: number; picks: number }>();
    for (let asked = 0; asked < 3000; asked++) {
      const ip = simulation.next();
      for (const id of rig.overloaded) {
        if (!outFrom.has(id)) outFrom.set(id, { asked, atMs: rig.nowMs, picks: 0 });
      }
      const out = outFrom.get(ip ?? -1);
      if (out !== undefined) out.picks++;
    }
    // Until its waits are as long as they get.
    const first = 2 + Math.ceil(Math.log(MAX_PROBE_WAIT) / Math.log(probeBackoff));
    for (const [id, { asked, atMs, picks }] of outFrom) {
      const most = Math.max(0.02 * (3000 - asked), (rig.nowMs - atMs) / overloadTimeoutMs);
      assertLessOrEqual(picks, most + first, `host ${id}`);
    }
  });
});

Deno.test("a mended host is idle again within overloadTimeoutMs and one probe", () => {
  // Where k hosts are overloaded they alternate, so that it is k × overloadTimeoutMs: each is probed at least once in
  // that time. A probe is the next pick after it is due, and takes a call; what ends by the clock ends with a pick, too.
  const drawn = fc.record({
    settings: SETTINGS,
    hosts: fc.integer({ min: 1, max: 8 }),
    deadShare: fc.double({ min: 0, max: 1, noNaN: true }),
    gapMs: fc.constantFrom(0.5, 5, 50, 500, 5000, 20_000),
    latencyMs: fc.constantFrom(0, 10, 1000),
    mendedSec: fc.integer({ min: 1, max: 200 }),
    seed: fc.nat(),
  });
  hold(drawn, ({ settings, hosts, deadShare, gapMs, latencyMs, mendedSec, seed }) => {
    const dead = 1 + Math.floor(deadShare * (hosts - 1));
    // By picks, not by time: what is drawn would make millions of them.
    const mendedMs = Math.min(mendedSec * 1000, 4000 * gapMs);
    const simulation = new Simulation(settings, {
      mendedMs: Array.from(
        { length: hosts },
        (_, ip) => ip === 0 ? mendedMs : ip < dead ? Infinity : 0,
      ),
      ...{ gapMs, latencyMs, seed },
    });
    const { rig } = simulation;
    const mostGapMs = 1.5 * gapMs;
    const dueMs = mendedMs + dead * (settings.overloadTimeoutMs + 2 * mostGapMs) + latencyMs +
      mostGapMs;
    while (rig.nowMs < dueMs + mostGapMs) {
      simulation.next();
      if (rig.nowMs >= mendedMs && rig.idle.includes(0)) return;
    }
    assert(
      rig.idle.includes(0),
      `not back at ${rig.nowMs}, mended at ${mendedMs}, due at ${dueMs}`,
    );
  });
});

// A balancer that takes another's place

Deno.test("a balancer knows what another kept of its overloaded hosts, and ends their time with it", () => {
  const drawn = fc.tuple(
    settingsOf({ panicPercent: 0 }),
    stepsOf({ counts: COUNTS, length: 80 }),
    fc.integer({ min: 0, max: 20_000 }),
  );
  hold(drawn, ([settings, steps, laterMs]) => {
    const kept = new Map<number, Verdict>();
    const rig = new Rig(settings, {
      keep({ ip, port, ...host }, { triedMs, multiple }) {
        const { sinceMs, agedFromMs, vsucc, verr, rsucc, rerr, runSucc, runErr } = host;
        const counts = { vsucc, verr, rsucc, rerr, runSucc, runErr };
        const times = { sinceMs, agedFromMs, triedMs, probeMultiple: multiple };
        kept.set(ip, { ip, port, ...times, ...counts });
      },
      drop: ({ ip }) => void kept.delete(ip),
    });
    for (const step of steps) rig.take(step);
    assertEquals([...kept.keys()].sort(), rig.overloaded.toSorted());

    const successor = new Balancer(settings);
    const hosts = Array.from(rig.route, (ip) => ({ ip, port: 80, weight: 100 }));
    successor.update(hosts, rig.latestMs);
    assertEquals(successor.restore([...kept.values()], rig.latestMs), kept.size);
    assertEquals(overloadedOf(successor, rig.latestMs), overloadedOf(rig.balancer, rig.latestMs));

    const thenMs = rig.latestMs + laterMs;
    for (const balancer of [successor, rig.balancer]) balancer.choose(thenMs);
    assertEquals(overloadedOf(successor, thenMs), overloadedOf(rig.balancer, thenMs));
  });
});

function overloadedOf(balancer: Balancer, nowMs: number) {
  return balancer.explain(nowMs).hosts
    .filter(({ state }) => state === "overloaded")
    .map(({ picksToProbe: _, share: __, load: ___, ...host }) => ({ ...host, badWindows: 0 }))
    .sort((a, b) => a.ip - b.ip);
}

Deno.test("no pick is refused while a host that failed last is past its overloadTimeoutMs", () => {
  const settings = settingsOf({ panicPercent: 0 }).filter(({ policy, ...rest }) =>
    policy !== "original" && rest.recoverUnreported && rest.returnProven
  );
  hold(fc.tuple(settings, stepsOf({ counts: COUNTS, length: 120 })), ([settings, steps]) => {
    const rig = new Rig(settings);
    const pickedMs = new Map<number, number>();
    for (const step of steps) {
      const choice = rig.take(step);
      if (typeof choice === "object") pickedMs.set(choice.ip, rig.latestMs);
      if (choice !== OVERLOAD) continue;
      for (const { ip, sinceMs } of rig.balancer.overloaded) {
        const waitedMs = rig.latestMs - Math.max(sinceMs, pickedMs.get(ip) ?? 0);
        assert(waitedMs < settings.overloadTimeoutMs, `${ip} waits`);
      }
    }
  });
});

Deno.test("whatever is reported, a module is without a host to pick for overloadTimeoutMs at most", () => {
  const settings = settingsOf().filter(({ policy, probeBackoff }) =>
    policy !== "original" && probeBackoff > 1
  );
  hold(fc.tuple(settings, stepsOf({ counts: COUNTS, length: 120 })), ([settings, steps]) => {
    const rig = new Rig(settings);
    let refusedFromMs: number | undefined;
    for (const step of steps) {
      const choice = rig.take(step);
      if (choice === undefined) continue;
      if (choice === OVERLOAD) {
        refusedFromMs ??= rig.latestMs;
        assert(rig.latestMs - refusedFromMs < settings.overloadTimeoutMs, `since ${refusedFromMs}`);
      } else {
        refusedFromMs = undefined;
      }
    }
  });
});

Deno.test("without improvements, a module with hosts refuses probeNum picks in a row at most", () => {
  hold(fc.tuple(settingsOf({ policy: "original" }), stepsOf()), ([settings, steps]) => {
    const rig = new Rig(settings);
    let refused = 0;
    for (const step of steps) {
      const choice = rig.take(step);
      if (choice === undefined) continue;
      refused = choice === OVERLOAD ? refused + 1 : 0;
      assertLessOrEqual(refused, settings.probeNum);
    }
  });
});

// Outcomes

Deno.test("a report of so many calls means the same as so many reports of one", () => {
  const steps = stepsOf({ weights: WEIGHTS, counts: fc.constantFrom(1, 2, 3, 16, 100) });
  hold(fc.tuple(settingsOf(), steps), ([settings, steps]) => {
    const [atOnce, singly] = [new Rig(settings), new Rig(settings)];
    for (const step of steps) {
      const singles = step.op === "report"
        ? Array.from({ length: step.count }, () => ({ ...step, count: 1 }))
        : [step];
      for (const single of singles) singly.take(single);
      atOnce.take(step);
    }
    assertEquals(
      rounded(atOnce.balancer.explain(atOnce.nowMs)),
      rounded(singly.balancer.explain(singly.nowMs)),
    );
  });
});

/** Latencies that differ by less than a millionth, as sums do that are added up in another order, are the same. */
function rounded(explanation: Explanation): unknown {
  return {
    ...explanation,
    hosts: explanation.hosts.map(({ load, ...host }) => ({
      ...host,
      load: load && { ...load, latencyMs: load.latencyMs.toPrecision(6) },
    })),
  };
}

Deno.test("the policy original is the original's rules whatever is set beside it", () => {
  const settings = settingsOf({ policy: "original" });
  hold(fc.tuple(settings, stepsOf({ weights: WEIGHTS })), ([settings, steps]) => {
    const { probeNum, initSuccCnt, initErrCnt, errRate, succRate } = settings;
    const { continErrLimit, continSuccLimit, windowErrRate } = settings;
    const { idleTimeoutMs, overloadTimeoutMs } = settings;
    const asked = new Rig(settings);
    const plain = new Rig({
      ...ORIGINAL,
      ...{ probeNum, initSuccCnt, initErrCnt, errRate, succRate, continErrLimit, continSuccLimit },
      ...{ windowErrRate, idleTimeoutMs, overloadTimeoutMs },
    });
    for (const step of steps) {
      const equal = step.op === "update"
        ? { ...step, hosts: step.hosts.map((host) => ({ ...host, weight: 100 })) }
        : step;
      const [choice, expected] = [asked.take(step), plain.take(equal)];
      assertEquals(
        typeof choice === "object" ? choice.ip : choice,
        typeof expected === "object" ? expected.ip : expected,
      );
      assertEquals([asked.idle, asked.overloaded], [plain.idle, plain.overloaded]);
    }
  });
});
