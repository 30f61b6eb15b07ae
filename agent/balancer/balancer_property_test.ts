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
  type HostState,
  MAX_DECISIONS,
  NOEXIST,
  OVERLOAD,
  type Verdict,
  type VerdictKeeper,
} from "./mod.ts";
import { SeededRandom } from "../../testing/seeded_random.ts";
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
    costMs: fc.constantFrom(0, 0, 5, 12, 99, 250, 1000, NaN, -1, 2 ** 32 - 1),
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
    policy: fc.constantFrom("lars", "lars", "original"),
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
    maxOverloadedPercent: fc.constantFrom(100, 100, 50, 10, 0),
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
    this.balancer = new Balancer(settings, { keeper });
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
      else if (choice === OVERLOAD && settings.policy === "original") assertEquals(idle, []);
      else if (choice === OVERLOAD) assert(route.size > 1, "the only host is never refused");
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
    for (const host of hosts) {
      const { failureRate, sinceMs, state, picksToProbe, msToProbe, load, fitness } = host;
      assert(failureRate >= 0 && failureRate <= 1);
      assert(sinceMs >= 0);
      const isOriginal = settings.policy === "original";
      assertEquals((picksToProbe ?? msToProbe) !== undefined, state === "overloaded");
      assert((picksToProbe ?? msToProbe ?? 0) >= 0);
      assertEquals([load, fitness].map((it) => it === undefined), [isOriginal, isOriginal]);
      assert(isOriginal || (load!.outstanding >= 0 && load!.latencyMs >= 0));
      assert(isOriginal || (fitness! > 0) === (state === "idle"));
    }
  });
});

Deno.test("hosts of which nothing bad is known are picked in exact rotation, whatever the costs", () => {
  const drawn = fc.record({
    hosts: fc.integer({ min: 1, max: 12 }),
    costs: fc.array(fc.integer({ min: 8, max: 12 }), { minLength: 1, maxLength: 200 }),
  });
  hold(drawn, ({ hosts, costs }) => {
    const rig = new Rig(DEFAULT_SETTINGS);
    rig.balancer.update(
      Array.from({ length: hosts }, (_, ip) => ({ ip, port: 80, weight: 100 })),
      0,
    );
    for (const [n, costMs] of costs.entries()) {
      const { ip } = rig.balancer.choose(n * 20) as HostState;
      assertEquals(ip, n % hosts);
      rig.balancer.report({ ip, port: 80, retcode: 0, costMs }, n * 20 + costMs);
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

// What lars promises

/** Callers of a module some of whose hosts fail every call until they are mended. */
interface Traffic {
  /** Each is mended at that time, ms; Infinity for never, 0 for sound from the first. */
  readonly mendedMs: readonly number[];
  /** Mean time between two picks. */
  readonly gapMs: number;
  /** How long a call takes that fails. */
  readonly timeOutMs: number;
  readonly seed: number;
}

/** A module and its callers, on a clock that goes on with each pick. */
class Simulation {
  readonly balancer = new Balancer(DEFAULT_SETTINGS);
  nowMs = 0;
  readonly #traffic: Traffic;
  readonly #random: SeededRandom;
  #calls: { ip: number; doneMs: number; retcode: number; costMs: number }[] = [];

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
    this.#random = new SeededRandom(traffic.seed);
    const hosts = traffic.mendedMs.map((_, ip) => ({ ip, port: 80, weight: 100 }));
    this.balancer.update(hosts, 0);
  }

  /** Lets callers get their answers and report them until the next of them asks, and returns whom it was given. */
  next(): number | undefined {
    const { gapMs, mendedMs, timeOutMs } = this.#traffic;
    const nowMs = this.nowMs + gapMs * (0.5 + this.#random.next());
    const ended = this.#calls.filter(({ doneMs }) => doneMs <= nowMs);
    this.#calls = this.#calls.filter(({ doneMs }) => doneMs > nowMs);
    for (const { ip, doneMs, ...outcome } of ended.sort((a, b) => a.doneMs - b.doneMs)) {
      this.balancer.report({ ip, port: 80, ...outcome }, doneMs);
    }
    this.nowMs = nowMs;
    const choice = this.balancer.choose(nowMs);
    if (typeof choice === "number") return undefined;
    const { ip } = choice;
    const isSick = nowMs < mendedMs[ip];
    const costMs = isSick ? timeOutMs : 8 + Math.floor(5 * this.#random.next());
    this.#calls.push({ ip, doneMs: nowMs + costMs, retcode: Number(isSick), costMs });
    return ip;
  }
}

/** Some sick hosts among others, of which host 0 is mended. */
function trafficOf(mended: "never" | "some time"): fc.Arbitrary<Traffic> {
  return fc.record({
    hosts: fc.integer({ min: 2, max: 10 }),
    sickShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
    gapMs: fc.constantFrom(2, 10, 40),
    timeOutMs: fc.constantFrom(1, 300, 1000),
    mendedSec: fc.integer({ min: 15, max: 60 }),
    seed: fc.nat(),
  }).map(({ hosts, sickShare, mendedSec, ...traffic }) => ({
    ...traffic,
    mendedMs: Array.from({ length: hosts }, (_, ip) => {
      if (ip === 0 && mended === "some time") return mendedSec * 1000;
      return ip < Math.max(1, Math.floor(sickShare * hosts)) ? Infinity : 0;
    }),
  }));
}

Deno.test("a host that always fails gets a few picks and then one in ten seconds", () => {
  hold(trafficOf("never"), (traffic) => {
    const simulation = new Simulation(traffic);
    const picks = traffic.mendedMs.map(() => 0);
    let asked = 0;
    while (simulation.nowMs < 60_000 && asked < 4000) {
      const ip = simulation.next();
      if (ip !== undefined) picks[ip]++;
      asked++;
    }
    for (const [ip, mendedMs] of traffic.mendedMs.entries()) {
      if (mendedMs !== Infinity) continue;
      // In the first second nothing is known of any host, nor of what is usual.
      const first = 12 + traffic.timeOutMs / traffic.gapMs;
      assertLessOrEqual(picks[ip], first + simulation.nowMs / 9000, `host ${ip}`);
    }
  });
});

Deno.test("a mended host has its share again within 12 seconds, at 25 picks a second and more", () => {
  hold(trafficOf("some time"), (traffic) => {
    const simulation = new Simulation(traffic);
    const [mendedMs] = traffic.mendedMs;
    let [asked, own] = [0, 0];
    while (simulation.nowMs < mendedMs + 15_000) {
      const ip = simulation.next();
      // A call that began before may fail later.
      if (simulation.nowMs < mendedMs + 12_000 + traffic.timeOutMs) continue;
      asked++;
      own += Number(ip === 0);
    }
    const sound = traffic.mendedMs.filter((ms) => ms !== Infinity).length;
    assert(own >= 0.4 * asked / sound, `${own} of ${asked} picks, with ${sound} sound hosts`);
  });
});

Deno.test("the only host is picked whatever is reported of it", () => {
  const steps = stepsOf({ counts: COUNTS, length: 120 });
  hold(fc.tuple(settingsOf({ policy: "lars" }), steps), ([settings, steps]) => {
    const rig = new Rig(settings);
    rig.take({ op: "update", hosts: [{ ip: 1, port: 80, weight: 100 }] });
    for (const step of steps) {
      if (step.op === "update") continue;
      const choice = rig.take(step.op === "report" ? { ...step, id: 1 } : step);
      if (step.op === "choose") assertEquals(typeof choice, "object");
    }
  });
});

Deno.test("a host is never ejected that no other is left for, nor more than may be", () => {
  const steps = stepsOf({ counts: COUNTS, length: 120 });
  hold(fc.tuple(settingsOf({ policy: "lars" }), steps), ([settings, steps]) => {
    const rig = new Rig(settings);
    for (const step of steps) {
      rig.take(step);
      const most = Math.floor(settings.maxOverloadedPercent / 100 * rig.route.size);
      assertLessOrEqual(rig.overloaded.length, Math.max(0, Math.min(rig.route.size - 1, most)));
    }
  });
});

Deno.test("one absurd cost takes no host from the picks, and is forgotten in a few calls", () => {
  const drawn = fc.tuple(
    fc.constantFrom(2 ** 32 - 1, 1e300, Infinity, NaN, -5),
    fc.integer({ min: 1, max: 100 }),
  );
  hold(drawn, ([absurdMs, before]) => {
    const { balancer } = new Rig(DEFAULT_SETTINGS);
    balancer.update([1, 2, 3].map((ip) => ({ ip, port: 80, weight: 100 })), 0);
    const picks: Record<number, number> = { 1: 0, 2: 0, 3: 0 };
    for (let n = 0; n < before + 200; n++) {
      if (n === before) balancer.report({ ip: 1, port: 80, retcode: 0, costMs: absurdMs }, 20 * n);
      const { ip } = balancer.choose(20 * n) as HostState;
      if (n >= before + 100) picks[ip]++;
      balancer.report({ ip, port: 80, retcode: 0, costMs: 10 }, 20 * n + 10);
    }
    assertEquals(balancer.overloaded.size, 0);
    assert(picks[1] >= 25, JSON.stringify(picks));
  });
});

// A balancer that takes another's place

Deno.test("a balancer knows what another kept of its overloaded hosts", () => {
  const drawn = fc.tuple(settingsOf(), stepsOf({ counts: COUNTS, length: 80 }));
  hold(drawn, ([settings, steps]) => {
    const kept = new Map<number, Verdict>();
    const rig = new Rig(settings, {
      keep({ ip, port, ...host }) {
        const { sinceMs, triedAtMs: triedMs, vsucc, verr, rsucc, rerr, runSucc, runErr } = host;
        const counts = { vsucc, verr, rsucc, rerr, runSucc, runErr };
        kept.set(ip, { ip, port, sinceMs, triedMs, ...counts });
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
  });
});

function overloadedOf(balancer: Balancer, nowMs: number) {
  return balancer.explain(nowMs).hosts
    .filter(({ state }) => state === "overloaded")
    .map(({ ip, sinceMs, vsucc, verr, rsucc, rerr, runSucc, runErr }) => (
      { ip, sinceMs, vsucc, verr, rsucc, rerr, runSucc, runErr }
    ))
    .sort((a, b) => a.ip - b.ip);
}

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
    assertEquals(atOnce.balancer.explain(atOnce.nowMs), singly.balancer.explain(singly.nowMs));
  });
});

Deno.test("the policy original refuses probeNum picks in a row at most", () => {
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

Deno.test("every host has its share again when all are well, whatever went before", () => {
  const spell = fc.record({
    sick: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    calls: fc.integer({ min: 1, max: 300 }),
    costMs: fc.constantFrom(1, 10, 1000),
  });
  const drawn = fc.record({
    hosts: fc.integer({ min: 2, max: 5 }),
    gapMs: fc.constantFrom(20, 100),
    spells: fc.array(spell, { maxLength: 5 }),
  });
  hold(drawn, ({ hosts, gapMs, spells }) => {
    const { balancer } = new Rig(DEFAULT_SETTINGS);
    balancer.update(Array.from({ length: hosts }, (_, ip) => ({ ip, port: 80, weight: 100 })), 0);
    const picks = new Map<number, number>();
    let nowMs = 0;
    const call = (costOf: (ip: number) => number): void => {
      nowMs += gapMs;
      const choice = balancer.choose(nowMs);
      if (typeof choice !== "object") return;
      picks.set(choice.ip, (picks.get(choice.ip) ?? 0) + 1);
      const costMs = costOf(choice.ip);
      nowMs += Math.abs(costMs);
      balancer.report({
        ip: choice.ip,
        port: 80,
        retcode: Number(costMs < 0),
        costMs: Math.abs(costMs),
      }, nowMs);
    };
    for (const { sick, calls, costMs } of spells) {
      for (let i = 0; i < calls; i++) call((ip) => sick[ip] ? -costMs : 10);
    }
    for (let i = 0; i < 4000; i++) call(() => 10);
    picks.clear();
    for (let i = 0; i < 100 * hosts; i++) call(() => 10);
    for (let ip = 0; ip < hosts; ip++) assert(picks.get(ip)! >= 99, `${ip}: ${picks.get(ip)}`);
  });
});
