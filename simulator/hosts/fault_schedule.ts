/**
 * When which fault begins and ends at which host, in order, and what a host is like for the calls of an agent while
 * several faults hold.
 *
 * @module
 */

import { Latency } from "./latency.ts";
import { type Fault, type HostGroup, hostsOf, type Scenario } from "../scenarios/scenario.ts";

/** A fault begins or ends at a host. */
export interface Edge {
  /** When, ms. */
  readonly atMs: number;
  /** The number of the fault in the scenario. */
  readonly fault: number;
  /** The host. */
  readonly host: number;
  /** Whether it begins. */
  readonly begins: boolean;
}

/** Every beginning and end of a fault, in order of time; of one time ends come first. */
export function edgesOf({ faults }: Scenario, hosts: readonly HostGroup[]): Edge[] {
  const edges = faults.flatMap((fault, index) =>
    hostsOf(fault, hosts).flatMap((host, place) => edgesAt(fault, { index, host, place }))
  );
  return edges.sort((a, b) => a.atMs - b.atMs || Number(a.begins) - Number(b.begins));
}

function edgesAt(
  { fromSec, untilSec, everySec, times, staggerSec }: Fault,
  { index, host, place }: { index: number; host: number; place: number },
): Edge[] {
  return Array.from({ length: times }, (_, time) => {
    const laterSec = place * staggerSec + time * everySec;
    const edge = { fault: index, host };
    return [
      { ...edge, atMs: toMs(fromSec + laterSec), begins: true },
      { ...edge, atMs: toMs(untilSec + laterSec), begins: false },
    ];
  }).flat();
}

/** To whole microseconds, so that one time ends just when the next begins. */
function toMs(sec: number): number {
  return Math.round(sec * 1e6) / 1e3;
}

/** What a call of an agent meets at a host. */
export interface Condition {
  /** It never answers. */
  readonly dead: boolean;
  /** It refuses the connection. */
  readonly refuses: boolean;
  /** The share of its calls that fail. */
  readonly errorShare: number;
  /** What these take, ms; undefined is what they would have taken. */
  readonly errorCostMs: number | undefined;
  /** How long its calls take. */
  readonly latency: Latency;
}

/** Whether a host that has this fault is sick: one that has left the route is not. */
export function isSickness(fault: Fault): boolean {
  return fault.kind !== "away";
}

/** Whether an agent sees a fault. */
export function isSeenBy(fault: Fault, agent: number): boolean {
  return !("agents" in fault) || (fault.agents?.includes(agent) ?? true);
}

/** Makes conditions; each latency's table is made once. */
export class Conditions {
  readonly #tables = new Map<string, Latency>();

  /** What a host is like with these faults, the later of two counting where both say the same. */
  combine({ latency }: HostGroup, faults: readonly Fault[]): Condition {
    const condition = {
      dead: false,
      refuses: false,
      errorShare: 0,
      errorCostMs: undefined as number | undefined,
      latency: this.#tableOf(latency),
    };
    for (const fault of faults) {
      switch (fault.kind) {
        case "dead":
          condition.dead = true;
          break;
        case "refuse":
          condition.refuses = true;
          break;
        case "slow":
          condition.latency = this.#tableOf(fault.latency);
          break;
        case "errors":
          condition.errorShare = fault.share;
          condition.errorCostMs = fault.costMs;
          break;
        case "away":
      }
    }
    return condition;
  }

  #tableOf(spec: HostGroup["latency"]): Latency {
    const key = JSON.stringify(spec);
    let table = this.#tables.get(key);
    if (table === undefined) this.#tables.set(key, table = new Latency(spec));
    return table;
  }
}
