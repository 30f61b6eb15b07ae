/**
 * What is wrong with a policy in a scenario, as one number that a search can lower: calls lost beyond what is good enough,
 * avoidable losses that are not avoided, and false ejections.
 *
 * @module
 */

import { type Comparison, hasAvoidable } from "../trials/comparison.ts";

/** A false ejection costs a tenth of what the same factor of lost calls does: it should win no call. */
const EJECTION_WEIGHT = 0.1;

/** 0 is a policy that is good enough, loses no more than the oracle, and ejects nobody in vain. */
export function costOf(comparison: Comparison, policy: string): number {
  const result = comparison.results.find((result) => result.policy === policy);
  if (result === undefined || comparison.mostLost === undefined) {
    throw new Error(`Cannot tell the cost of ${policy} as it or the references were not tried`);
  }
  const excess = Math.log(Math.max(1, result.lost / comparison.mostLost));
  const notAvoided = hasAvoidable(comparison) ? Math.max(0, 1 - result.avoidedShare!) : 0;
  // A policy that loses far more than round robin is no worse for it than the excess says.
  return excess + Math.min(1, notAvoided) + EJECTION_WEIGHT * Math.log1p(result.falseEjections);
}

/** The mean over scenarios. */
export function meanCost(comparisons: readonly Comparison[], policy: string): number {
  const sum = comparisons.reduce((sum, comparison) => sum + costOf(comparison, policy), 0);
  return sum / comparisons.length;
}
