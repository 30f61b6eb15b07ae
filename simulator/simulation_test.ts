import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { outcomeOf } from "./measures/outcome.ts";
import { POLICIES } from "./policies/policies.ts";
import {
  type FinishedCall,
  NO_HOST,
  type Policy,
  type PolicyKind,
  type PoolView,
  type RouteHost,
} from "./policies/policy.ts";
import { parseScenario, type Scenario, type ScenarioInput } from "./scenarios/scenario.ts";
import { SCENARIOS } from "./scenarios/scenarios.ts";
import { Simulation } from "./simulation.ts";
import { SLICES } from "./measures/timeline.ts";

const TEN_MS = { kind: "constant", ms: 10 } as const;

type FaultInput = NonNullable<ScenarioInput["faults"]>[number];

/** Two hosts that take 10 ms, and a call each 100 ms for 10 s: the first one after 100 ms, the last one after 9.9 s. */
function scenarioWith(more: Partial<ScenarioInput> = {}): Scenario {
  return parseScenario({
    name: "test",
    seconds: 10,
    callers: { perSecond: 10, arrivals: "even", timeoutMs: 1000 },
    hosts: [{ count: 2, latency: TEN_MS }],
    ...more,
  }, "test");
}

/** Takes every host in turn, and writes down what it is asked and told. */
class Recorder implements Policy {
  transitions = 0;
  readonly routes: [hosts: number[], nowMs: number][] = [];
  readonly picks: [host: number, nowMs: number][] = [];
  readonly reports: (FinishedCall & { nowMs: number })[] = [];
  readonly out: Set<number> = new Set();
  #hosts: number[] = [];

  isOut(host: number): boolean {
    return this.out.has(host);
  }

  update(route: readonly RouteHost[], nowMs: number): void {
    this.#hosts = route.map(({ host }) => host);
    this.routes.push([this.#hosts, nowMs]);
  }

  choose(nowMs: number): number {
    const host = this.#hosts.length === 0
      ? NO_HOST
      : this.#hosts[this.picks.length % this.#hosts.length];
    this.picks.push([host, nowMs]);
    return host;
  }

  report({ host, failed, latencyMs }: FinishedCall, nowMs: number): void {
    this.reports.push({ host, failed, latencyMs, nowMs });
  }
}

/** Runs a scenario to its end; gives what each agent's policy wrote down. */
function record(
  scenario: Scenario,
  { create = () => new Recorder(), seed = 1 }: { create?: () => Recorder; seed?: number } = {},
): { simulation: Simulation; recorders: Recorder[] } {
  const recorders: Recorder[] = [];
  const policy: PolicyKind = {
    name: "recorder",
    about: "",
    create: () => {
      recorders.push(create());
      return recorders.at(-1)!;
    },
  };
  const simulation = new Simulation(scenario, { policy, seed });
  simulation.runUntil(Infinity);
  return { simulation, recorders };
}

/** All that a program can read of a simulation. */
function resultOf(scenario: Scenario, { policy, seed }: { policy: PolicyKind; seed: number }) {
  const simulation = new Simulation(scenario, { policy, seed });
  simulation.runUntil(Infinity);
  return readResult(simulation, { scenario, policy, seed });
}

function readResult(
  simulation: Simulation,
  { scenario, policy, seed }: { scenario: Scenario; policy: PolicyKind; seed: number },
) {
  const names = { scenario: scenario.name, policy: policy.name, seed };
  const hosts = scenario.hosts.reduce((sum, { count }) => sum + count, 0);
  return {
    outcome: outcomeOf(simulation, names),
    ejections: simulation.incidents.ejections,
    picks: Array.from({ length: hosts }, (_, host) => [...simulation.timeline.picksOf(host)]),
  };
}

/** What the calls to host 0 that began in this time came to. */
function fatesAt0(
  { recorders }: { recorders: Recorder[] },
  { fromMs = 0, untilMs = Infinity } = {},
): string[] {
  const fates = recorders.flatMap(({ reports }) => reports)
    .filter(({ host, latencyMs, nowMs }) =>
      host === 0 && nowMs - latencyMs >= fromMs && nowMs - latencyMs < untilMs
    )
    .map(({ failed, latencyMs }) => `${failed ? "failed" : "good"}, ${latencyMs} ms`);
  return [...new Set(fates)];
}

/** Scenarios in which all kinds of things happen. */
const scenarios: fc.Arbitrary<Scenario> = fc.record({
  seconds: fc.integer({ min: 1, max: 20 }),
  agents: fc.integer({ min: 1, max: 3 }),
  withinMs: fc.constantFrom(5, 50, 1000),
  arrivals: fc.constantFrom("poisson" as const, "even" as const),
  workers: fc.nat(2),
  background: fc.option(fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }) }), {
    nil: undefined,
  }),
  faults: fc.array(
    fc.record({
      kind: fc.constantFrom("dead", "refuse", "slow", "errors", "away"),
      hosts: fc.uniqueArray(fc.nat(3), { minLength: 1 }),
      fromSec: fc.nat(10),
      lastsSec: fc.integer({ min: 1, max: 10 }),
      times: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 5 },
  ),
}).map(({ workers, arrivals, faults, ...more }) =>
  scenarioWith({
    ...more,
    callers: { perSecond: 50, arrivals, timeoutMs: 100 },
    hosts: [{
      count: 4,
      latency: { kind: "lognormal", medianMs: 10, p99Ms: 60 },
      workers,
      maxWaitMs: 20,
    }],
    faults: faults.map(({ lastsSec, kind, ...when }) => {
      const untilSec = when.fromSec + lastsSec;
      const fault = { kind, ...when, untilSec, everySec: lastsSec } as FaultInput;
      if (fault.kind === "slow") return { ...fault, latency: { kind: "exponential", meanMs: 80 } };
      return fault.kind === "errors" ? { ...fault, share: 0.5, costMs: 30 } : fault;
    }),
  })
);

for (const policy of POLICIES) {
  Deno.test(`Simulation gives the same result with the same seed under ${policy.name}`, () => {
    fc.assert(
      fc.property(scenarios, fc.nat(), (scenario, seed) => {
        assertEquals(resultOf(scenario, { policy, seed }), resultOf(scenario, { policy, seed }));
      }),
      { numRuns: 20 },
    );
  });

  Deno.test(`Simulation gives another result with another seed under ${policy.name}`, () => {
    const scenario = SCENARIOS.find(({ name }) => name === "small-service")!;
    const [one, other] = [1, 2].map((seed) => resultOf(scenario, { policy, seed }).picks);
    assertNotEquals(one, other);
  });

  Deno.test(`Simulation counts every call exactly once under ${policy.name}`, () => {
    fc.assert(
      fc.property(scenarios, fc.nat(), (scenario, seed) => {
        const simulation = new Simulation(scenario, { policy, seed });
        simulation.runUntil(Infinity);
        const { calls, inTime, late, failed, refused } = simulation.counts;
        assertEquals(inTime + late + failed + refused, calls);
        const sumOf = (countsOf: (host: number) => Uint32Array) =>
          [0, 1, 2, 3].reduce((sum, host) => sum + countsOf(host).reduce((a, b) => a + b), 0);
        const { timeline, incidents } = simulation;
        assertEquals(sumOf((host) => timeline.picksOf(host)), calls - refused);
        assertEquals(sumOf((host) => timeline.lostOf(host)), failed + late);
        const lost = incidents.all.reduce(
          (sum, { lostBefore, lostAfter }) => sum + lostBefore + lostAfter,
          0,
        );
        assert(lost <= failed + late, `${lost} lost of ${failed} failed and ${late} late`);
      }),
      { numRuns: 20 },
    );
  });
}

Deno.test("Simulation meets every policy with the same calls", () => {
  const scenario = SCENARIOS.find(({ name }) => name === "small-service")!;
  const calls = POLICIES.map((policy) => resultOf(scenario, { policy, seed: 3 }).outcome.calls);
  assertEquals(new Set(calls).size, 1);
});

Deno.test("Simulation.runUntil() in parts is the same as at once", () => {
  const scenario = SCENARIOS.find(({ name }) => name === "small-service")!;
  for (const policy of POLICIES) {
    const simulation = new Simulation(scenario, { policy, seed: 1 });
    for (let sec = 0; sec < scenario.seconds; sec += 7.3) simulation.runUntil(sec * 1000);
    simulation.runUntil(Infinity);
    assertEquals(
      readResult(simulation, { scenario, policy, seed: 1 }),
      resultOf(scenario, { policy, seed: 1 }),
    );
  }
});

Deno.test("Simulation.runUntil() goes no further than it is told", () => {
  const recorder = new Recorder();
  const policy = { name: "", about: "", create: () => recorder };
  const simulation = new Simulation(scenarioWith(), { policy, seed: 1 });
  simulation.runUntil(300);
  assertEquals([recorder.picks.length, recorder.reports.length], [3, 2]);
  simulation.runUntil(310);
  assertEquals([recorder.picks.length, recorder.reports.length], [3, 3]);
});

Deno.test("Simulation asks for each call when it begins, and reports when it ends", () => {
  const { simulation, recorders: [recorder] } = record(scenarioWith());
  assertEquals(recorder.picks.length, 99);
  assertEquals(recorder.picks.slice(0, 3).map(([, nowMs]) => nowMs), [100, 200, 300]);
  assertEquals(recorder.reports.length, 99);
  assertEquals(recorder.reports[0], { host: 0, failed: false, latencyMs: 10, nowMs: 110 });
  assertEquals(simulation.counts, { calls: 99, inTime: 99, late: 0, failed: 0, refused: 0 });
  const { latencies } = simulation;
  assertEquals([0, 1].map((share) => latencies.percentile(share).toFixed(1)), ["10.0", "10.0"]);
});

Deno.test("Simulation reports on every pick once, in the order of time", () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      for (const { picks, reports } of record(scenario).recorders) {
        const hostsOf = (hosts: number[]) => hosts.filter((host) => host !== NO_HOST).sort();
        assertEquals(
          hostsOf(reports.map(({ host }) => host)),
          hostsOf(picks.map(([host]) => host)),
        );
        const times = reports.map(({ nowMs }) => nowMs);
        assertEquals(times, times.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("Simulation makes calls at random, as many as it says", () => {
  const callers = { perSecond: 1000, timeoutMs: 1000 };
  const { recorders: [{ picks }] } = record(scenarioWith({ callers }));
  // The deviation is √10,000.
  assert(Math.abs(picks.length - 10_000) < 400, String(picks.length));
  const gaps = picks.slice(1).map(([, nowMs], i) => nowMs - picks[i][1]);
  const longer = gaps.filter((gapMs) => gapMs > 2).length / gaps.length;
  assert(Math.abs(longer - Math.exp(-2)) < 0.02, `${longer} of the gaps are above twice the mean`);
});

Deno.test("Simulation makes more calls in a surge", () => {
  const surges = [{ fromSec: 2, untilSec: 4, factor: 5 }];
  const callers = { perSecond: 10, arrivals: "even", timeoutMs: 1000, surges } as const;
  const { recorders: [{ picks }] } = record(scenarioWith({ callers }));
  const countIn = (fromSec: number, untilSec: number) =>
    picks.filter(([, nowMs]) => nowMs >= fromSec * 1000 && nowMs < untilSec * 1000).length;
  const counts = [countIn(0, 2), countIn(2, 4), countIn(4, 10)];
  for (const [i, expected] of [20, 100, 60].entries()) {
    assert(Math.abs(counts[i] - expected) <= 1, String(counts));
  }
});

Deno.test("Simulation gives each agent a policy of its own, and an equal share of the calls", () => {
  const callers = { perSecond: 900, timeoutMs: 1000 };
  const { recorders } = record(scenarioWith({ agents: 3, callers }));
  assertEquals(recorders.length, 3);
  for (const { picks } of recorders) {
    assert(Math.abs(picks.length - 3000) < 300, String(picks.length));
  }
});

const FAULTS: [fault: Record<string, unknown>, fate: string][] = [
  [{ kind: "dead" }, "failed, 1000 ms"],
  [{ kind: "refuse" }, "failed, 1 ms"],
  [{ kind: "slow", latency: { kind: "constant", ms: 700 } }, "good, 700 ms"],
  [{ kind: "slow", latency: { kind: "constant", ms: 1000 } }, "failed, 1000 ms"],
  [{ kind: "slow", latency: { kind: "constant", ms: 5000 } }, "failed, 1000 ms"],
  [{ kind: "errors", share: 1 }, "failed, 10 ms"],
  [{ kind: "errors", share: 1, costMs: 30 }, "failed, 30 ms"],
  [{ kind: "errors", share: 1, costMs: 5000 }, "failed, 1000 ms"],
  [{ kind: "errors", share: 0 }, "good, 10 ms"],
];

for (const [fault, fate] of FAULTS) {
  Deno.test(`Simulation has calls end as "${fate}" with ${JSON.stringify(fault)}`, () => {
    const when = { hosts: [0], fromSec: 2.05, untilSec: 5.05 };
    const recorded = record(scenarioWith({ faults: [{ ...fault, ...when } as FaultInput] }));
    assertEquals(fatesAt0(recorded, { untilMs: 2050 }), ["good, 10 ms"]);
    assertEquals(fatesAt0(recorded, { fromMs: 2050, untilMs: 5050 }), [fate]);
    assertEquals(fatesAt0(recorded, { fromMs: 5050 }), ["good, 10 ms"]);
  });
}

Deno.test("Simulation adds faults up that overlap, and takes them off one by one", () => {
  const slow = (ms: number, fromSec: number, untilSec: number): FaultInput => {
    return { kind: "slow", latency: { kind: "constant", ms }, hosts: [0], fromSec, untilSec };
  };
  const recorded = record(scenarioWith({ faults: [slow(20, 1.05, 6.05), slow(30, 3.05, 5.05)] }));
  const fateAt = (fromMs: number) => fatesAt0(recorded, { fromMs, untilMs: fromMs + 900 });
  assertEquals([0, 1050, 3050, 5050, 6050].flatMap(fateAt), [
    "good, 10 ms",
    "good, 20 ms",
    "good, 30 ms",
    "good, 20 ms",
    "good, 10 ms",
  ]);
});

Deno.test("Simulation has a fault seen by those agents alone that it names", () => {
  const callers = { perSecond: 50, timeoutMs: 1000 };
  const faults: FaultInput[] = [
    { kind: "refuse", agents: [1], hosts: [0], fromSec: 0, untilSec: 10 },
  ];
  const { recorders, simulation } = record(scenarioWith({ agents: 3, callers, faults }));
  assertEquals(
    recorders.map((recorder) => fatesAt0({ recorders: [recorder] })),
    [["good, 10 ms"], ["failed, 1 ms"], ["good, 10 ms"]],
  );
  assertEquals(simulation.incidents.all.map(({ agent, host }) => [agent, host]), [[1, 0]]);
});

Deno.test("Simulation keeps a fault that others see out of an agent's sight when another begins", () => {
  const callers = { perSecond: 50, timeoutMs: 1000 };
  const slow = { kind: "constant", ms: 30 } as const;
  const faults: FaultInput[] = [
    { kind: "refuse", agents: [1], hosts: [0], fromSec: 0, untilSec: 10 },
    { kind: "slow", latency: slow, hosts: [0], fromSec: 0, untilSec: 10 },
  ];
  const { recorders } = record(scenarioWith({ agents: 2, callers, faults }));
  assertEquals(
    recorders.map((recorder) => fatesAt0({ recorders: [recorder] })),
    [["good, 30 ms"], ["failed, 1 ms"]],
  );
});

Deno.test("Simulation has a share of the calls fail, in the long run", () => {
  const callers = { perSecond: 1000, timeoutMs: 1000 };
  const faults: FaultInput[] = [
    { kind: "errors", share: 0.2, hosts: [0], fromSec: 0, untilSec: 10 },
  ];
  const { simulation, recorders: [{ reports }] } = record(scenarioWith({ callers, faults }));
  assertEquals(reports.some(({ host, failed }) => host === 1 && failed), false);
  // About a fifth of about 5000; the deviation is 28.
  assert(Math.abs(simulation.counts.failed - 1000) < 120, String(simulation.counts.failed));
});

Deno.test("Simulation has calls fail in the background, whatever the host", () => {
  const fateWith = (background: { share: number; costMs?: number }) =>
    fatesAt0(record(scenarioWith({ background })));
  assertEquals(fateWith({ share: 1 }), ["failed, 10 ms"]);
  assertEquals(fateWith({ share: 1, costMs: 40 }), ["failed, 40 ms"]);
  assertEquals(fateWith({ share: 1, costMs: 4000 }), ["failed, 1000 ms"]);
  assertEquals(fateWith({ share: 0 }), ["good, 10 ms"]);
});

Deno.test("Simulation calls late what took longer than it is to take", () => {
  const countsWithin = (withinMs: number) => record(scenarioWith({ withinMs })).simulation.counts;
  assertEquals(countsWithin(10), { calls: 99, inTime: 99, late: 0, failed: 0, refused: 0 });
  assertEquals(countsWithin(9.9), { calls: 99, inTime: 0, late: 99, failed: 0, refused: 0 });
});

Deno.test("Simulation has calls wait for a worker, and turns away those that would wait too long", () => {
  // One host, a call each 100 ms, and each is served for 250 ms.
  const latency = { kind: "constant", ms: 250 } as const;
  const hosts = [{ latency, workers: 1, maxWaitMs: 200 }];
  const { recorders: [{ reports }] } = record(scenarioWith({ seconds: 0.55, hosts }));
  // The calls of 300 ms and 500 ms would wait for 300 ms and 350 ms.
  assertEquals(reports.map(({ nowMs, latencyMs, failed }) => [nowMs, latencyMs, failed]), [
    [301, 1, true],
    [350, 250, false],
    [501, 1, true],
    [600, 400, false],
    [850, 450, false],
  ]);
});

Deno.test("Simulation takes hosts out of the route while they are away", () => {
  const faults: FaultInput[] = [{ kind: "away", hosts: [1], fromSec: 2.05, untilSec: 4.05 }];
  const { simulation, recorders: [{ routes, picks }] } = record(scenarioWith({ faults }));
  assertEquals(routes, [[[0, 1], 0], [[0], 2050], [[0, 1], 4050]]);
  const picked = picks.filter(([host, nowMs]) => host === 1 && nowMs >= 2050 && nowMs < 4050);
  assertEquals([picked, simulation.incidents.all], [[], []]);
});

Deno.test("Simulation counts calls as refused when there is no host", () => {
  const faults: FaultInput[] = [{ kind: "away", fromSec: 2.05, untilSec: 4.05 }];
  const { simulation, recorders: [{ reports }] } = record(scenarioWith({ faults }));
  assertEquals(simulation.counts, { calls: 99, inTime: 79, late: 0, failed: 0, refused: 20 });
  assertEquals(reports.length, 79);
});

/** Keeps host 0 out from the fifth failure on, but calls it all the same. */
class Detector extends Recorder {
  override report(call: FinishedCall, nowMs: number): void {
    super.report(call, nowMs);
    if (this.reports.filter(({ failed }) => failed).length !== 5) return;
    this.out.add(0);
    this.transitions = 1;
  }
}

Deno.test("Simulation counts what an incident cost before and after it was met", () => {
  const faults: FaultInput[] = [{ kind: "refuse", hosts: [0], fromSec: 2.05, untilSec: 4.05 }];
  const { simulation } = record(scenarioWith({ faults }), { create: () => new Detector() });
  const [{ ejectedSec, lostBefore, lostAfter, untilSec }, ...others] = simulation.incidents.all;
  // Host 0 is called at 2.1 s, 2.3 s, … 3.9 s.
  assertEquals([lostBefore, lostAfter, untilSec, others], [5, 5, 4.05, []]);
  assertEquals(ejectedSec, 2.901);
  assertEquals(simulation.incidents.falseEjections, 0);
});

Deno.test("Simulation notes an ejection that comes of calls from before the end of a fault", () => {
  // Host 0 is called at 2.1 s, 2.3 s, … 2.9 s; the fifth failure is known at 3.9 s.
  const faults: FaultInput[] = [{ kind: "dead", hosts: [0], fromSec: 2.05, untilSec: 3.05 }];
  const { simulation } = record(scenarioWith({ faults }), { create: () => new Detector() });
  const { ejections, all: [{ lostBefore, lostAfter }] } = simulation.incidents;
  assertEquals(ejections, [{ agent: 0, host: 0, fromSec: 3.9 }]);
  assertEquals([lostBefore, lostAfter], [5, 0]);
});

Deno.test("Simulation notes at once when a policy lets a host back with a pick", () => {
  /** Keeps host 0 out from its third pick to its sixth. */
  class Changer extends Recorder {
    override choose(nowMs: number): number {
      const host = super.choose(nowMs);
      if (this.picks.length === 3) this.out.add(0);
      if (this.picks.length === 6) this.out.delete(0);
      if (this.picks.length % 3 === 0) this.transitions++;
      return host;
    }
  }
  const { simulation } = record(scenarioWith(), { create: () => new Changer() });
  const { ejections } = simulation.incidents;
  assertEquals(ejections, [{ agent: 0, host: 0, fromSec: 0.3, untilSec: 0.6 }]);
});

Deno.test("Simulation takes a host that is away for kept out, but not by the policy", () => {
  const faults: FaultInput[] = [
    { kind: "away", hosts: [1], fromSec: 2.05, untilSec: 4.05 },
    { kind: "refuse", hosts: [1], fromSec: 3.05, untilSec: 6.05 },
  ];
  const { simulation: { incidents } } = record(scenarioWith({ faults }));
  assertEquals(incidents.all.map(({ host, ejectedSec }) => [host, ejectedSec]), [[1, 3.05]]);
  assertEquals([incidents.ejections, incidents.falseEjections], [[], 0]);
});

Deno.test("Simulation tells when a host has its share of the picks again, by weight", () => {
  const latency = TEN_MS;
  const faults: FaultInput[] = [{ kind: "refuse", hosts: [0], fromSec: 1.05, untilSec: 2.05 }];
  const shareOf = (weight: number) => {
    const hosts = [{ latency, weight }, { latency, weight: 300 }, { latency, weight: 300 }];
    return record(scenarioWith({ hosts, faults })).simulation.incidents.all[0].fullShareSec;
  };
  // It has every third pick, whatever its weight: that is 0.8 of its share while it has some 5 of 12 of all weights.
  assertEquals([300, 400, 500].map(shareOf), [2.5, 2.5, undefined]);
});

Deno.test("Simulation takes it for a false ejection that a host that has nothing gets no picks", () => {
  /** Picks host 1 alone after ten picks. */
  class Shunner extends Recorder {
    override choose(nowMs: number): number {
      return super.choose(nowMs) === 0 && this.picks.length > 10 ? 1 : super.choose(nowMs);
    }
  }
  const { simulation } = record(scenarioWith(), { create: () => new Shunner() });
  assertEquals([simulation.incidents.falseEjections, simulation.incidents.ejections], [1, []]);
});

Deno.test("Simulation has calls come in bursts, as many as without", () => {
  const callers = { perSecond: 10, arrivals: "even", timeoutMs: 1000, burst: 5 } as const;
  const { recorders: [{ picks }] } = record(scenarioWith({ callers }));
  const times = [...new Set(picks.map(([, nowMs]) => nowMs))];
  assertEquals([picks.length, times], [95, times.map((_, i) => 500 * (i + 1))]);
});

Deno.test("Simulation reports no more than the share that callers do", () => {
  const shareOf = (reportedShare: number) => {
    const callers = { perSecond: 1000, timeoutMs: 1000, reportedShare };
    const { recorders: [{ picks, reports }] } = record(scenarioWith({ callers }));
    return reports.length / picks.length;
  };
  assertEquals([0, 1].map(shareOf), [0, 1]);
  assertAlmostEquals(shareOf(0.7), 0.7, 0.02);
});

Deno.test("Simulation has callers use picks in turn that they took ahead", () => {
  const callers = { perSecond: 10, arrivals: "even", timeoutMs: 1000, picksAhead: 3 } as const;
  const faults: FaultInput[] = [{ kind: "away", fromSec: 0.65, untilSec: 9.95 }];
  const { simulation, recorders: [{ picks, reports }] } = record(
    scenarioWith({ callers, faults }),
  );
  // Four are taken at 0.1 s and again at 0.5 s; the last ones are used after all hosts have gone.
  const takenMs = picks.slice(0, 9).map(([, nowMs]) => nowMs);
  assertEquals(takenMs, [100, 100, 100, 100, 500, 500, 500, 500, 900]);
  assertEquals(reports.map(({ nowMs }) => nowMs), [110, 210, 310, 410, 510, 610, 710, 810]);
  assertEquals([simulation.counts.inTime, simulation.counts.refused], [8, 91]);
});

Deno.test("Simulation tells how long calls are refused after an outage, and late after a surge", () => {
  /** Refuses every call from its fifth failure on for 20 picks. */
  class Refuser extends Recorder {
    #rest = 20;
    override choose(nowMs: number): number {
      const failures = this.reports.filter(({ failed }) => failed).length;
      return failures >= 5 && this.#rest-- > 0 ? NO_HOST : super.choose(nowMs);
    }
  }
  const refuse: FaultInput = { kind: "refuse", fromSec: 2.05, untilSec: 3.05 };
  const { simulation: { aftermath } } = record(scenarioWith({ faults: [refuse] }), {
    create: () => new Refuser(),
  });
  // Calls of 2.6 s to 4.5 s.
  assertEquals([aftermath.refusedMs, aftermath.lateMs], [1450, undefined]);
  const surged = record(scenarioWith({
    withinMs: 500,
    callers: {
      perSecond: 10,
      arrivals: "even",
      timeoutMs: 60_000,
      surges: [{ fromSec: 2, untilSec: 3, factor: 5 }],
    },
    hosts: [{ latency: { kind: "constant", ms: 50 }, workers: 1 }],
  }));
  // Fifty calls take 2.5 s, one of which has gone by at the end; from then on the wait gets shorter by half of the time.
  assertAlmostEquals(surged.simulation.aftermath.lateMs!, 2000, 300);
  assertEquals(surged.simulation.aftermath.refusedMs, undefined);
});

Deno.test("Simulation shows the hosts to those policies alone that observe them", () => {
  const views: PoolView[] = [];
  const observer: PolicyKind = {
    name: "observer",
    about: "",
    observe: (pool) => {
      views.push(pool);
      return new Recorder();
    },
  };
  const faults: FaultInput[] = [{ kind: "dead", hosts: [1], agents: [1], fromSec: 1, untilSec: 9 }];
  const simulation = new Simulation(scenarioWith({ agents: 2, faults }), {
    policy: observer,
    seed: 1,
  });
  simulation.runUntil(5000);
  assertEquals(views.map((view) => [0, 1].map((host) => view.faultShare(host))), [[0, 0], [0, 1]]);
});

Deno.test("Simulation tells of lost calls where they were picked", () => {
  const faults: FaultInput[] = [{ kind: "dead", hosts: [1], fromSec: 2.05, untilSec: 4.05 }];
  const { simulation: { timeline } } = record(scenarioWith({ faults }));
  const slicesOf = (fromSec: number, untilSec: number) =>
    timeline.picksOf(1).map((picks, i) => {
      const sec = (i + 0.5) * 10 / SLICES;
      return sec > fromSec && sec < untilSec ? picks : 0;
    });
  assertEquals(timeline.lostOf(1), slicesOf(2.05, 4.05));
  assertEquals(timeline.lostOf(1).reduce((a, b) => a + b), 10);
  assertEquals(timeline.lostOf(0).some((lost) => lost > 0), false);
});

Deno.test("Simulation brings what is under way at the end to its own end", () => {
  const latency = { kind: "constant", ms: 900 } as const;
  const { simulation, recorders: [{ reports }] } = record(scenarioWith({ hosts: [{ latency }] }));
  assertEquals([reports.length, simulation.counts.inTime], [99, 99]);
  assertEquals(reports.at(-1)!.nowMs, 10_800);
});
