/**
 * Policies held against each other in one scenario, over several seeds: what each lost, how much of what could be avoided
 * it avoided, and whether it is as good as the best of the references.
 *
 * @module
 */

import type { Outcome } from "../measures/outcome.ts";
import { LIMIT, LOWER_LIMIT, REFERENCES } from "../policies/policies.ts";

/** A policy may lose so many times what the best reference loses, … */
const TOLERANCE = 1.1;

/** … and so many calls besides, over all seeds. */
const TOLERATED_CALLS = 40;

/** With fewer calls to be avoided, over all seeds, how many of them are avoided says nothing. */
const LEAST_AVOIDABLE = 50;

/** How a policy met a scenario, over all seeds. */
export interface PolicyResult {
  /** The policy's name. */
  readonly policy: string;
  /** Calls, over all seeds. */
  readonly calls: number;
  /** Those that were late, failed or refused, over all seeds. */
  readonly lost: number;
  /** Those that were refused, over all seeds. */
  readonly refused: number;
  /** Median of the shares of the calls that were in time, 0 … 1. */
  readonly inTimeShare: number;
  /** The share of the worst seed. */
  readonly worstInTimeShare: number;
  /** Medians of {@link Outcome}'s. */
  readonly p99Ms: number;
  /** Likewise. */
  readonly ejectSec: number | null | undefined;
  /** Likewise. */
  readonly halfSec: number | null | undefined;
  /** Likewise. */
  readonly returnSec: number | null | undefined;
  /** False ejections, over all seeds. */
  readonly falseEjections: number;
  /** The worst seed's; see {@link Outcome}. */
  readonly refusedAfterMs: number | undefined;
  /** Likewise. */
  readonly lateAfterSec: number | undefined;
  /**
   * The share of the avoidable losses that it avoided: 0 is round robin, 1 is the oracle, and it may be below and above.
   * Undefined where nothing is avoidable, or these two were not tried.
   */
  readonly avoidedShare: number | undefined;
  /** Whether it lost no more than {@link Comparison.mostLost}; undefined where that is. */
  readonly isGoodEnough: boolean | undefined;
}

/** How policies met a scenario. */
export interface Comparison {
  /** The scenario's name. */
  readonly scenario: string;
  /** What round robin lost and the oracle did not, over all seeds; undefined when these two were not tried. */
  readonly avoidable: number | undefined;
  /** The reference that lost the fewest calls; undefined when not all references were tried. */
  readonly best: { readonly policy: string; readonly lost: number } | undefined;
  /** 1.1 × what {@link best} lost, and 40: who loses more is not good enough. */
  readonly mostLost: number | undefined;
  /** Each policy. */
  readonly results: readonly PolicyResult[];
}

/** How a policy did in all scenarios. */
export interface Standing {
  /** The policy's name. */
  readonly policy: string;
  /** The mean of what it avoided, in scenarios where some calls could be avoided; undefined where there is none. */
  readonly avoidedShare: number | undefined;
  /** In so many scenarios it was good enough, … */
  readonly goodEnough: number;
  /** … of so many. */
  readonly judged: number;
  /** Lost calls in all. */
  readonly lost: number;
  /** False ejections in all. */
  readonly falseEjections: number;
  /** The scenarios in which it was not good enough, the worst of them first. */
  readonly failedIn: readonly string[];
}

/** Whether enough calls could be avoided in a scenario to tell policies apart by how many of them they avoid. */
export function hasAvoidable({ avoidable = 0 }: Pick<Comparison, "avoidable">): boolean {
  return avoidable >= LEAST_AVOIDABLE;
}

/** Compares policies by their outcomes in a scenario, which come in any order; the policies keep theirs. */
export function compareOutcomes(scenario: string, outcomes: readonly Outcome[]): Comparison {
  const policies = Map.groupBy(outcomes, ({ policy }) => policy);
  const lost = new Map(Array.from(policies, ([policy, of]) => [policy, sumOf(of, lostIn)]));
  const [lowest, limit] = [LOWER_LIMIT, LIMIT].map((policy) => lost.get(policy));
  const avoidable = lowest === undefined || limit === undefined ? undefined : lowest - limit;
  const best = bestReference(lost);
  const mostLost = best && TOLERANCE * best.lost + TOLERATED_CALLS;
  const results = Array.from(policies, ([policy, outcomes]) => ({
    policy,
    ...summarise(outcomes),
    avoidedShare: avoidable! > 0 ? (lowest! - lost.get(policy)!) / avoidable! : undefined,
    isGoodEnough: mostLost === undefined ? undefined : lost.get(policy)! <= mostLost,
  }));
  return { scenario, avoidable, best, mostLost, results };
}

/** Sums comparisons up for each policy. */
export function standingsOf(comparisons: readonly Comparison[]): Standing[] {
  const all = comparisons.flatMap(({ scenario, avoidable, mostLost, results }) =>
    results.map((result) => ({ scenario, avoidable, excess: result.lost / mostLost!, ...result }))
  );
  return Array.from(Map.groupBy(all, ({ policy }) => policy), ([policy, results]) => {
    const shares = results.filter(hasAvoidable).map(({ avoidedShare }) => avoidedShare!);
    const judged = results.filter(({ isGoodEnough }) => isGoodEnough !== undefined);
    const failedIn = judged.filter(({ isGoodEnough }) => !isGoodEnough)
      .sort((a, b) => b.excess - a.excess);
    return {
      policy,
      avoidedShare: shares.length === 0 ? undefined : sumOf(shares, Number) / shares.length,
      goodEnough: judged.length - failedIn.length,
      judged: judged.length,
      lost: sumOf(results, ({ lost }) => lost),
      falseEjections: sumOf(results, ({ falseEjections }) => falseEjections),
      failedIn: failedIn.map(({ scenario }) => scenario),
    };
  });
}

function summarise(outcomes: readonly Outcome[]) {
  const shares = outcomes.map(({ inTimeShare }) => inTimeShare);
  return {
    calls: sumOf(outcomes, ({ calls }) => calls),
    lost: sumOf(outcomes, lostIn),
    refused: sumOf(outcomes, ({ refused }) => refused),
    inTimeShare: medianOf(shares)!,
    worstInTimeShare: Math.min(...shares),
    p99Ms: medianOf(outcomes.map(({ p99Ms }) => p99Ms))!,
    ejectSec: medianOf(outcomes.map(({ ejectSec }) => ejectSec)),
    halfSec: medianOf(outcomes.map(({ halfSec }) => halfSec)),
    returnSec: medianOf(outcomes.map(({ returnSec }) => returnSec)),
    falseEjections: sumOf(outcomes, ({ falseEjections }) => falseEjections),
    refusedAfterMs: worstOf(outcomes.map(({ refusedAfterMs }) => refusedAfterMs)),
    lateAfterSec: worstOf(outcomes.map(({ lateAfterSec }) => lateAfterSec)),
  };
}

function bestReference(lost: ReadonlyMap<string, number>): Comparison["best"] {
  let best: Comparison["best"];
  for (const policy of REFERENCES) {
    const theirs = lost.get(policy);
    if (theirs === undefined) return undefined;
    if (best === undefined || theirs < best.lost) best = { policy, lost: theirs };
  }
  return best;
}

function lostIn({ late, failed, refused }: Outcome): number {
  return late + failed + refused;
}

function sumOf<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0);
}

/** The lower one of two in the middle; null, which is never, comes after all others. Undefined where there is none. */
function medianOf<Value extends number | null | undefined>(values: readonly Value[]): Value {
  const sorted = values.filter((value) => value !== undefined)
    .sort((a, b) => (a ?? Infinity) < (b ?? Infinity) ? -1 : 1);
  return sorted[(sorted.length - 1) >> 1];
}

function worstOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
