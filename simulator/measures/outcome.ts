/**
 * What came of a simulation: the measures by which policies are held against each other.
 *
 * @module
 */

import type { Incident } from "./incidents.ts";
import type { CallCounts, Simulation } from "../simulation.ts";

/** How a policy met a scenario. Shares are 0 … 1. */
export interface Outcome extends CallCounts {
  /** The scenario's name. */
  scenario: string;
  /** The policy's name. */
  policy: string;
  /** The random numbers were those of this seed. */
  seed: number;
  /** Share of all calls that went well and in time; refused ones did not. */
  inTimeShare: number;
  /** What a call in the middle took, ms; of those that got a host, failed ones included. */
  p50Ms: number;
  /** What one call in a hundred took longer than, ms; likewise. */
  p99Ms: number;
  /** Calls to sick hosts that failed or were late, from picks before their ejection. */
  lostBefore: number;
  /** Calls to sick hosts that failed or were late, from picks after it. */
  lostAfter: number;
  /** Median over the incidents, from falling sick to being ejected; null is never. Undefined where none is. */
  ejectSec: number | null | undefined;
  /** Median over the incidents, from being well to half of the share of the picks; null is never. */
  halfSec: number | null | undefined;
  /** The same to a full share. */
  returnSec: number | null | undefined;
  /** How often a host that had nothing was left next to no picks; see incidents.ts. */
  falseEjections: number;
  /** For how long calls were refused after a host answered again when none did, ms, at worst; undefined where one did. */
  refusedAfterMs: number | undefined;
  /** For how long calls were late after a surge, s, at worst; undefined where there was none. */
  lateAfterSec: number | undefined;
  /** One for each sick host and agent that saw it. */
  incidents: readonly Incident[];
}

/** Reads a simulation that has come to its end. */
export function outcomeOf(
  { counts, latencies, incidents, aftermath }: Pick<
    Simulation,
    "counts" | "latencies" | "incidents" | "aftermath"
  >,
  { scenario, policy, seed }: { scenario: string; policy: string; seed: number },
): Outcome {
  const { all, falseEjections } = incidents;
  return {
    scenario,
    policy,
    seed,
    ...counts,
    inTimeShare: counts.calls === 0 ? 1 : counts.inTime / counts.calls,
    p50Ms: rounded(latencies.percentile(0.5)),
    p99Ms: rounded(latencies.percentile(0.99)),
    lostBefore: all.reduce((sum, { lostBefore }) => sum + lostBefore, 0),
    lostAfter: all.reduce((sum, { lostAfter }) => sum + lostAfter, 0),
    ejectSec: median(all.map(({ fromSec, ejectedSec = Infinity }) => ejectedSec - fromSec)),
    halfSec: median(all.map((incident) => secondsUntil(incident, "halfShareSec"))),
    returnSec: median(all.map((incident) => secondsUntil(incident, "fullShareSec"))),
    falseEjections,
    refusedAfterMs: aftermath.refusedMs === undefined ? undefined : rounded(aftermath.refusedMs),
    lateAfterSec: aftermath.lateMs === undefined ? undefined : rounded(aftermath.lateMs / 1000),
    incidents: all.map(roundedIncident),
  };
}

/** From being well to a share of the picks; Infinity where one of these did not come. */
function secondsUntil(incident: Incident, share: "halfShareSec" | "fullShareSec"): number {
  const { untilSec = Infinity, [share]: shareSec = Infinity } = incident;
  return untilSec === Infinity ? Infinity : shareSec - untilSec;
}

/** The lower one of two in the middle; null where that is infinite, undefined where there is none. */
function median(values: readonly number[]): number | null | undefined {
  if (values.length === 0) return undefined;
  const value = values.toSorted((a, b) => a - b)[(values.length - 1) >> 1];
  return value === Infinity ? null : rounded(value);
}

/** To three places: more would differ from one machine's arithmetic to the next. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Its times rounded, which JSON leaves out where there is none. */
function roundedIncident(incident: Incident): Incident {
  const times = ([
    "fromSec",
    "untilSec",
    "ejectedSec",
    "readmittedSec",
    "halfShareSec",
    "fullShareSec",
  ] as const)
    .filter((name) => incident[name] !== undefined)
    .map((name) => [name, rounded(incident[name]!)]);
  return { ...incident, ...Object.fromEntries(times) };
}
