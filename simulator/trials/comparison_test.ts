import { assertAlmostEquals, assertEquals } from "@std/assert";
import { compareOutcomes, hasAvoidable, standingsOf } from "./comparison.ts";
import type { Outcome } from "../measures/outcome.ts";
import { REFERENCES } from "../policies/policies.ts";

const CALLS = 1000;

/** An outcome of a thousand calls, so many of which failed. */
function outcomeOf(policy: string, failed: number, more: Partial<Outcome> = {}): Outcome {
  return {
    scenario: "test",
    policy,
    seed: 1,
    calls: CALLS,
    inTime: CALLS - failed,
    late: 0,
    failed,
    refused: 0,
    inTimeShare: (CALLS - failed) / CALLS,
    p50Ms: 1,
    p99Ms: 10,
    lostBefore: 0,
    lostAfter: 0,
    ejectSec: undefined,
    halfSec: undefined,
    returnSec: undefined,
    falseEjections: 0,
    refusedAfterMs: undefined,
    lateAfterSec: undefined,
    incidents: [],
    ...more,
  };
}

/** Outcomes of all references, which lose alike but for these, and of others. */
function outcomesOf(failed: Record<string, number>, others = 100): Outcome[] {
  const references = REFERENCES.map((policy) => outcomeOf(policy, failed[policy] ?? others));
  const rest = Object.keys(failed).filter((policy) => !REFERENCES.includes(policy));
  return [...references, ...rest.map((policy) => outcomeOf(policy, failed[policy]))];
}

/** What is said of one policy. */
function resultOf(policy: string, outcomes: readonly Outcome[]) {
  return compareOutcomes("test", outcomes).results.find((result) => result.policy === policy)!;
}

Deno.test("compareOutcomes() sums a policy's seeds up, with the median and the worst", () => {
  const outcomes = [
    outcomeOf("lars", 30, { late: 5, refused: 7, falseEjections: 1, ejectSec: 2, p99Ms: 40 }),
    outcomeOf("lars", 10, { returnSec: 9, halfSec: 4, ejectSec: null, p99Ms: 30 }),
    outcomeOf("lars", 20, { falseEjections: 2, refusedAfterMs: 50, lateAfterSec: 1, ejectSec: 1 }),
    outcomeOf("lars", 0, { refusedAfterMs: 70, returnSec: 8, ejectSec: 5, p99Ms: 20 }),
  ];
  assertEquals(compareOutcomes("test", outcomes), {
    scenario: "test",
    avoidable: undefined,
    best: undefined,
    mostLost: undefined,
    results: [{
      policy: "lars",
      calls: 4000,
      lost: 72,
      refused: 7,
      inTimeShare: 0.98,
      worstInTimeShare: 0.97,
      p99Ms: 20,
      ejectSec: 2,
      halfSec: 4,
      returnSec: 8,
      falseEjections: 3,
      refusedAfterMs: 70,
      lateAfterSec: 1,
      avoidedShare: undefined,
      isGoodEnough: undefined,
    }],
  });
});

Deno.test("compareOutcomes() says never when most seeds have it", () => {
  const outcomes = [null, 3, null].map((ejectSec) => outcomeOf("lars", 0, { ejectSec }));
  assertEquals(resultOf("lars", outcomes).ejectSec, null);
});

Deno.test("compareOutcomes() counts what is avoided between round robin and the oracle", () => {
  const outcomes = outcomesOf({ "round-robin": 120, oracle: 20, lars: 45, worse: 130 });
  const { avoidable, results } = compareOutcomes("test", outcomes);
  const shares = Object.fromEntries(
    results.map(({ policy, avoidedShare }) => [policy, avoidedShare]),
  );
  assertEquals([avoidable, shares["round-robin"], shares.oracle], [100, 0, 1]);
  assertAlmostEquals(shares.lars!, 0.75);
  assertAlmostEquals(shares.worse!, -0.1);
});

Deno.test("compareOutcomes() says nothing of what is avoided when nothing can be", () => {
  assertEquals(resultOf("lars", outcomesOf({ oracle: 100, lars: 90 })).avoidedShare, undefined);
});

Deno.test("compareOutcomes() lets a policy lose 1.1 times what the best reference loses, and 40 calls", () => {
  const failed = { "peak-ewma": 50, oracle: 0, prequal: 1, just: 95, more: 96 };
  const { best, mostLost, results } = compareOutcomes("test", outcomesOf(failed));
  assertEquals(best, { policy: "peak-ewma", lost: 50 });
  assertAlmostEquals(mostLost!, 95);
  const good = results.filter(({ isGoodEnough }) => isGoodEnough).map(({ policy }) => policy);
  assertEquals(good, ["peak-ewma", "oracle", "prequal", "just"]);
});

Deno.test("standingsOf() sums scenarios up", () => {
  const comparisons = [
    compareOutcomes("a", outcomesOf({ "round-robin": 150, oracle: 50, lars: 60 })),
    compareOutcomes("b", outcomesOf({ "round-robin": 150, oracle: 100, lars: 151 })),
    compareOutcomes("d", outcomesOf({ "round-robin": 150, oracle: 100, lars: 200 })),
    compareOutcomes("c", outcomesOf({ "round-robin": 149, oracle: 100, lars: 100 })),
  ];
  assertEquals(comparisons.map(hasAvoidable), [true, true, true, false]);
  const { avoidedShare, ...lars } = standingsOf(comparisons).find(({ policy }) =>
    policy === "lars"
  )!;
  assertAlmostEquals(avoidedShare!, (0.9 - 0.02 - 1) / 3);
  assertEquals(lars, {
    policy: "lars",
    goodEnough: 2,
    judged: 4,
    lost: 511,
    falseEjections: 0,
    failedIn: ["d", "b"],
  });
});
