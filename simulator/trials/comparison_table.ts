/**
 * Comparisons as tables for people: cells, and what stands above them.
 *
 * @module
 */

import type { Comparison, PolicyResult, Standing } from "./comparison.ts";

/** So many scenarios are named in a cell. */
const MOST_NAMES = 3;

/** What stands above a column. */
export interface Heading {
  /** Its text. */
  readonly heading: string;
  /** Whether what stands below are numbers. */
  readonly isNumber?: boolean;
}

/** The columns of {@link resultCells}. */
export const RESULT_COLUMNS: readonly Heading[] = [
  { heading: "policy" },
  ...numbers("lost", "avoided %", "in time %", "worst %", "refused", "p99 ms", "out s"),
  ...numbers("half s", "back s", "false", "refusing ms", "late s"),
  { heading: "goal" },
];

/** A policy's result in a scenario as cells. */
export function resultCells(result: PolicyResult): string[] {
  return [
    result.policy,
    String(result.lost),
    formatShare(result.avoidedShare),
    formatInTime(result.inTimeShare),
    formatInTime(result.worstInTimeShare),
    String(result.refused),
    formatMs(result.p99Ms),
    formatSec(result.ejectSec),
    formatSec(result.halfSec),
    formatSec(result.returnSec),
    String(result.falseEjections),
    result.refusedAfterMs === undefined ? "-" : formatMs(result.refusedAfterMs),
    formatSec(result.lateAfterSec),
    formatGoal(result.isGoodEnough),
  ];
}

/** The columns of {@link standingCells}. */
export const STANDING_COLUMNS: readonly Heading[] = [
  { heading: "policy" },
  ...numbers("lost", "avoided %", "false", "goal met"),
  { heading: "not met worst in" },
];

/** How a policy did in all scenarios as cells. */
export function standingCells(standing: Standing): string[] {
  const { policy, lost, avoidedShare, falseEjections, goodEnough, judged, failedIn } = standing;
  return [
    policy,
    String(lost),
    formatShare(avoidedShare),
    String(falseEjections),
    judged === 0 ? "-" : `${goodEnough}/${judged}`,
    formatNames(failedIn),
  ];
}

/** The first of them, and how many more there are. */
function formatNames(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(", ");
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

/** What could be avoided in a scenario, and what is good enough, in a line; empty when that is not known. */
export function describeGoal({ avoidable, best, mostLost }: Comparison): string {
  const parts: string[] = [];
  if (avoidable !== undefined) parts.push(`${avoidable} avoidable`);
  if (best !== undefined) {
    parts.push(`goal: at most ${Math.floor(mostLost!)} lost, as ${best.policy} lost ${best.lost}`);
  }
  return parts.join("; ");
}

/** In percent, to one place. */
export function formatShare(share: number | undefined): string {
  return share === undefined ? "-" : (100 * share).toFixed(1);
}

/** In percent, rounded down: 100 % is all calls. Before, to more places, so that a share that is 29 % does not fall short of it. */
export function formatInTime(share: number): string {
  return (Math.floor(Number((1e5 * share).toFixed(4))) / 1000).toFixed(3);
}

function formatMs(ms: number): string {
  return ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}

function formatSec(sec: number | null | undefined): string {
  if (sec === undefined) return "-";
  return sec === null ? "never" : sec.toFixed(1);
}

function formatGoal(isGoodEnough: boolean | undefined): string {
  if (isGoodEnough === undefined) return "-";
  return isGoodEnough ? "met" : "NOT MET";
}

function numbers(...headings: readonly string[]): Heading[] {
  return headings.map((heading) => ({ heading, isNumber: true }));
}
