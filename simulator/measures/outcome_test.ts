import { assertEquals } from "@std/assert";
import { Aftermath } from "./aftermath.ts";
import { type Incident, Incidents } from "./incidents.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

const NAMES = { scenario: "dead-host", policy: "lars", seed: 7 };
const COUNTS = { calls: 1000, inTime: 900, late: 20, failed: 50, refused: 30 };
const SICK: Incident = { host: 0, agent: 0, fromSec: 10, lostBefore: 0, lostAfter: 0 };

/** The outcome of a simulation that had these. */
function outcomeWith(
  { counts = COUNTS, latenciesMs = [], incidents = [], falseEjections = 0, after = {} }: {
    counts?: typeof COUNTS;
    latenciesMs?: readonly number[];
    incidents?: readonly Incident[];
    falseEjections?: number;
    after?: { refusedMs?: number; lateMs?: number };
  },
): Outcome {
  const latencies = new LatencyHistogram();
  for (const ms of latenciesMs) latencies.add(ms);
  const watched = new Incidents({ agents: 1, hosts: 1 });
  watched.all.push(...incidents);
  watched.falseEjections = falseEjections;
  const aftermath = Object.assign(new Aftermath({ agents: 1, surgeEndsMs: [] }), after);
  return outcomeOf({ counts, latencies, incidents: watched, aftermath }, NAMES);
}

Deno.test("outcomeOf() sums a simulation up", () => {
  const latenciesMs = Array.from({ length: 100 }, (_, i) => (i + 1) / 100);
  const incidents = [
    {
      ...SICK,
      lostBefore: 3,
      lostAfter: 1,
      ejectedSec: 11,
      untilSec: 20,
      halfShareSec: 21.5,
      fullShareSec: 22.5,
    },
    {
      ...SICK,
      lostBefore: 4,
      lostAfter: 2,
      ejectedSec: 12,
      untilSec: 20,
      halfShareSec: 20.25,
      fullShareSec: 20.5,
    },
    {
      ...SICK,
      lostBefore: 5,
      lostAfter: 3,
      ejectedSec: 18,
      untilSec: 20,
      halfShareSec: 20.75,
      fullShareSec: 21,
    },
  ];
  const after = { refusedMs: 99.5, lateMs: 1500 };
  assertEquals(outcomeWith({ latenciesMs, incidents, falseEjections: 2, after }), {
    ...NAMES,
    ...COUNTS,
    inTimeShare: 0.9,
    p50Ms: 0.5,
    p99Ms: 0.99,
    lostBefore: 12,
    lostAfter: 6,
    ejectSec: 2,
    halfSec: 0.75,
    returnSec: 1,
    falseEjections: 2,
    refusedAfterMs: 99.5,
    lateAfterSec: 1.5,
    incidents,
  });
});

Deno.test("outcomeOf() takes the lower one of two incidents in the middle", () => {
  const incidents = [4, 1, 3, 2].map((sec) => ({
    ...SICK,
    ejectedSec: 10 + sec,
    untilSec: 20,
    fullShareSec: 20 + sec * 10,
  }));
  const { ejectSec, returnSec } = outcomeWith({ incidents });
  assertEquals([ejectSec, returnSec], [2, 20]);
});

Deno.test("outcomeOf() says null when most incidents were never met, or never over", () => {
  const met = { ...SICK, ejectedSec: 11, untilSec: 20, fullShareSec: 21 };
  const well = { ...SICK, untilSec: 20 };
  const times = (incidents: Incident[]) => {
    const { ejectSec, returnSec } = outcomeWith({ incidents });
    return [ejectSec, returnSec];
  };
  assertEquals(times([SICK]), [null, null]);
  assertEquals(times([well, SICK, met]), [null, null]);
  assertEquals(times([well, met]), [1, 1]);
});

Deno.test("outcomeOf() says undefined when there was no incident", () => {
  const { ejectSec, returnSec } = outcomeWith({});
  assertEquals([ejectSec, returnSec], [undefined, undefined]);
});

Deno.test("outcomeOf() takes all calls for good when there was none", () => {
  const counts = { calls: 0, inTime: 0, late: 0, failed: 0, refused: 0 };
  const { inTimeShare, p50Ms, p99Ms } = outcomeWith({ counts });
  assertEquals([inTimeShare, p50Ms, p99Ms], [1, 0, 0]);
});

Deno.test("outcomeOf() rounds times to three places, and adds none", () => {
  const incidents = [{ ...SICK, fromSec: 0.1 + 0.2, ejectedSec: 1.00049, readmittedSec: 2.0005 }];
  const outcome = outcomeWith({ incidents });
  assertEquals(outcome.incidents, [
    { ...SICK, fromSec: 0.3, ejectedSec: 1, readmittedSec: 2.001 },
  ]);
  assertEquals(outcome.ejectSec, 0.7);
});
