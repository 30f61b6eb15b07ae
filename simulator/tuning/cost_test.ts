import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Comparison, PolicyResult } from "../trials/comparison.ts";
import { costOf, meanCost } from "./cost.ts";

/** A scenario where 200 lost calls are good enough and round robin loses 1000. */
function comparisonOf(result: Partial<PolicyResult> & { lost: number }): Comparison {
  return {
    scenario: "test",
    avoidable: 1000,
    best: { policy: "envoy", lost: 145 },
    mostLost: 200,
    results: [{
      policy: "lars",
      calls: 1e6,
      refused: 0,
      inTimeShare: 1,
      worstInTimeShare: 1,
      p99Ms: 1,
      ejectSec: undefined,
      halfSec: undefined,
      returnSec: undefined,
      falseEjections: 0,
      refusedAfterMs: undefined,
      lateAfterSec: undefined,
      avoidedShare: 1 - result.lost / 1000,
      isGoodEnough: undefined,
      ...result,
    }],
  };
}

function costWith(result: Partial<PolicyResult> & { lost: number }): number {
  return costOf(comparisonOf(result), "lars");
}

Deno.test("costOf() is nothing when nothing is to be mended", () => {
  assertEquals(costWith({ lost: 0 }), 0);
});

Deno.test("costOf() is the share that is not avoided while the policy is good enough", () => {
  assertAlmostEquals(costWith({ lost: 200 }), 0.2);
});

Deno.test("costOf() grows with every factor of lost calls beyond", () => {
  assertAlmostEquals(costWith({ lost: 400 }) - costWith({ lost: 200 }), Math.LN2 + 0.2);
  // All that is worse than round robin is the excess.
  assertAlmostEquals(costWith({ lost: 8000 }) - costWith({ lost: 2000 }), Math.log(4));
});

Deno.test("costOf() counts false ejections, and avoided losses only where there are some", () => {
  assertAlmostEquals(costWith({ lost: 0, falseEjections: 9 }), 0.1 * Math.log(10));
  const few = { ...comparisonOf({ lost: 49, avoidedShare: undefined }), avoidable: 49 };
  assertEquals(costOf(few, "lars"), 0);
});

Deno.test("costOf() refuses a policy that was not tried", () => {
  assertThrows(() => costOf(comparisonOf({ lost: 1 }), "other"), Error, "other");
});

Deno.test("meanCost() is the mean over scenarios", () => {
  const comparisons = [0, 100].map((lost) => comparisonOf({ lost }));
  assertAlmostEquals(meanCost(comparisons, "lars"), 0.05);
});
