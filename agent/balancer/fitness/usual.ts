/**
 * What is usual in a module: how long its calls take, how many of them fail, and whether callers report on their picks.
 * Hosts are judged against it, so that what strikes all of them alike takes picks from none.
 *
 * @module
 */

/** Costs beyond are nothing that a host could be judged by, ms: one absurd report is worth no more. */
const MAX_COST_MS = 600_000;

/** Calls after which a failure counts for a third: the failures of late, … */
const FAST_CALLS = 20;
/** … and those that there always are. */
const SLOW_CALLS = 2000;
/** Before anything is known, one call in so many is taken to fail: in 200 calls there was a tenth of a failure. */
const PRIOR_CALLS = 200;
const PRIOR_FAILURES = 0.1;

/** Picks after which one counts for a third, where it matters how many are reported on. */
const REPORTED_PICKS = 512;
const REPORTED_EVERY = 8;

/** The slowest of so many calls is the tail. */
export const TAIL_CALLS = 100;
/** By how much the tail rises with a slower call, at most: it falls by a hundredth of it with others. */
const TAIL_STEP = 0.25;

/** How far a host moves the middle of all, once a few are known, and by how much it may count. */
const MIDDLE_GAIN = 0.05;
const SPREAD_GAIN = 0.02;

/** Time counts as evidence no faster than this for each pick, ms: a second in ten picks, … */
const PICK_MS = 100;
/** … and of longer gaps the fiftieth part. */
const GAP_PART = 1 / 50;

/**
 * A cost as a logarithm, in which twice as long is as much more everywhere; NaN where it was not measured. One millisecond
 * is added, as callers' clocks say no more.
 */
export function logCost(costMs: number): number {
  return costMs > 0 ? Math.log(1 + Math.min(costMs, MAX_COST_MS)) : NaN;
}

/** The other way round, ms. */
export function costOf(logCost: number): number {
  return Math.exp(logCost) - 1;
}

/** A host as far as it matters here. */
export interface UsualHost {
  /** What its calls take, see {@link logCost}. */
  readonly cost: number;
  /** Its fitness: what the suspicious do is not usual. 0 is ejected. */
  readonly fitness: number;
}

/** The usual in one module. */
export class Usual {
  /** What calls to the host in the middle take, see {@link logCost}; NaN before the first. */
  cost = NaN;
  /** By how much hosts differ from that, on an average. */
  spread = 0;
  /** One good call in a hundred takes longer, ms; 0 before the first. */
  tailMs = 0;
  /** How many good calls were measured. */
  samples = 0;
  /** All picks so far. */
  picks = 0;
  /** Time as it counts for evidence, ms: no more than a second in ten picks, or a little more in very few. */
  clockMs = 0;
  /** The share of the calls to hosts that are not ejected that failed of late, whoever failed them. */
  struggle = 0;
  #fastFailures = 0;
  #fastCalls = 0;
  #slowFailures = 0;
  #slowCalls = 0;
  #lastFailing: UsualHost | undefined = undefined;
  #lastFitness = 0;
  #recentPicks = 0;
  #recentReports = 0;
  #pickedMs = NaN;
  #gapMs = NaN;
  #reportedShare = 1;

  /** Counts a pick. */
  picked(nowMs: number): void {
    this.picks++;
    this.#recentPicks = this.#recentPicks * (1 - 1 / REPORTED_PICKS) + 1;
    this.#recentReports *= 1 - 1 / REPORTED_PICKS;
    const gapMs = nowMs - this.#pickedMs;
    this.#pickedMs = nowMs;
    if (!(gapMs >= 0)) return; // the first
    this.clockMs += Math.min(gapMs, PICK_MS + gapMs * GAP_PART);
    this.#gapMs = this.#gapMs >= 0 ? this.#gapMs + 0.05 * (gapMs - this.#gapMs) : gapMs;
  }

  /** The share of picks that are reported on, where `underWay` are still to be: as many of them as is plausible. */
  reportedShare(underWay: number): number {
    // It hardly changes from one pick to the next.
    if (this.picks % REPORTED_EVERY === 1) {
      const plausible = this.cost >= 0 ? 10 + 3 * Math.exp(this.cost) / this.#gapMs : 20;
      const reports = this.#recentReports + Math.min(underWay, plausible);
      this.#reportedShare = Math.min(1, reports / this.#recentPicks);
    }
    return this.#reportedShare;
  }

  /** The share of calls that fail: of late or always, whichever is more. Never 0. */
  get failureShare(): number {
    const fast = this.#fastFailures / (this.#fastCalls + 2);
    const slow = (this.#slowFailures + PRIOR_FAILURES) / (this.#slowCalls + PRIOR_CALLS);
    return Math.max(fast, slow);
  }

  /** Learns of a call that went well, and took what {@link logCost} gives, and `costMs`; NaN where that was not measured. */
  succeeded(host: UsualHost, cost: number, costMs: number): void {
    this.#count(host.fitness, 0);
    if (!(cost >= 0)) return;
    if (this.tailMs >= costMs) this.tailMs *= 1 - TAIL_STEP / TAIL_CALLS;
    else this.tailMs = this.tailMs === 0 ? costMs : Math.min(costMs, this.tailMs * (1 + TAIL_STEP));
    if (!(this.cost >= 0)) this.cost = host.cost;
    // Bounded, so that few hosts that are far off move the middle no more than any do.
    const off = Math.max(-1, Math.min(1, host.cost - this.cost));
    this.samples++;
    this.cost += Math.max(MIDDLE_GAIN, 1 / this.samples) * off;
    this.spread += SPREAD_GAIN * (Math.abs(off) - this.spread);
  }

  /** Learns of a call that failed. */
  failed(host: UsualHost): void {
    this.#count(host.fitness, this.#alsoFailing(host));
    if (host.fitness > 0) this.struggle += 1 / FAST_CALLS;
  }

  #count(calls: number, failures: number): void {
    this.#recentReports++;
    if (calls > 0) this.struggle *= 1 - 1 / FAST_CALLS;
    this.#fastFailures = this.#fastFailures * (1 - 1 / FAST_CALLS) + failures;
    this.#fastCalls = this.#fastCalls * (1 - 1 / FAST_CALLS) + calls;
    this.#slowFailures = this.#slowFailures * (1 - 1 / SLOW_CALLS) + failures;
    this.#slowCalls = this.#slowCalls * (1 - 1 / SLOW_CALLS) + calls;
  }

  /** What one host fails alone says nothing of the others: it counts when another one fails, too. */
  #alsoFailing(host: UsualHost): number {
    if (this.#lastFailing === host) return 0;
    const counted = this.#lastFitness;
    this.#lastFailing = host;
    this.#lastFitness = host.fitness;
    return counted;
  }
}
