/**
 * What the policy `lars` knows of one host beside its counts: how suspicious its failures make it, what its calls take, what
 * is under way, and what share of its picks that leaves it.
 *
 * @module
 */

import type { Host } from "../../../proto/mod.ts";
import { HostState } from "../host/host_state.ts";
import { Place } from "../host/queue.ts";
import type { ShareClass } from "./share_picker.ts";
import { type PoolLoad, UnderWay } from "./under_way.ts";

/** Why a host has less than its fair share: it fails, does not answer, is slow, has more under way, is new. */
export type Flaw = "failures" | "silence" | "latency" | "load" | "starting";

/** What a grade leaves of the share: so that at grade 2 a host still has a pick in any ten turns of others. */
const GRADE_PART = 0.54;

/** By grade. */
const FITNESS = Array.from({ length: 9 }, (_, grade) => GRADE_PART ** grade);

/** One host of a module. */
export class RatedHost extends HostState {
  /** How much more likely it is by its outcomes that it fails more often than others: a logarithm, 0 or more. */
  suspicion = 0;
  /** When that was so, by the clock of {@link Usual.clockMs}. */
  suspectedMs = 0;
  /** When a failure first made it suspicious, by the same clock, … */
  failedMs = 0;
  /** … and by the picks of the module. */
  failedPick = 0;
  /** What its calls take, as {@link logCost} says it: a moving average; NaN before the first. */
  cost = NaN;
  /** How many calls that is of. */
  samples = 0;
  /** What it has under way. */
  readonly underWay: UnderWay;
  /** How much its silence says: see silenceGrade(). */
  silence = 0;
  /** Good calls that it still owes, one at a time, before it has a share: it is new, or was ejected. */
  proofs = 0;
  /** Slow calls among them. */
  slowProofs = 0;
  /** When it was last tried after its ejection, or ejected, by {@link Usual.clockMs}. */
  triedMs = 0;
  /** When it was ejected last, by {@link Usual.clockMs}; -Infinity is never. */
  ejectedMs = -Infinity;
  /** Its fitness falls with it: 1, 0.54, 0.29 … */
  grade = 0;
  /** Why it is not 0. */
  flaw: Flaw | undefined = undefined;
  /** Why it was ejected last. */
  ejectedFor: Flaw | undefined = undefined;
  /** Those of its share. */
  shareClass: ShareClass | undefined = undefined;
  /** Place among those with less than their fair share. */
  readonly flawPlace: Place<RatedHost> = new Place<RatedHost>(this);
  /** Place among those that owe proofs. */
  readonly proofPlace: Place<RatedHost> = new Place<RatedHost>(this);

  /** A host as the route has it, whose calls count for `pool`. */
  constructor(host: Host, pool: PoolLoad) {
    super(host);
    this.underWay = new UnderWay(pool);
  }

  /** What it has of its fair share, 0 … 1: 0 is ejected. */
  get fitness(): number {
    return this.overloaded ? 0 : FITNESS[this.grade];
  }
}
