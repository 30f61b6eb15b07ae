/**
 * How much of its fair share a host gets, and why: its **grade**. The share nearly halves with every grade. Failures, silence, latency and load each suggest a grade, and the highest holds.
 *
 * What only looks bad costs seven tenths of a share at most (the grade of a doubt): hosts of which it is certain are
 * ejected, and what is in between is worth no certainty. The exceptions last for less than the time of ten turns, or until
 * the host answers.
 *
 * @module
 */

import type { Flaw, RatedHost } from "./rated_host.ts";
import type { PoolLoad } from "./under_way.ts";
import { logCost, TAIL_CALLS, type Usual } from "./usual.ts";

/** No host that is not ejected has less than the part of this, 0.7 %. */
export const MAX_GRADE = 8;

/** What only looks bad: three tenths of the share. */
const DOUBT_GRADE = 2;

// Failures

/** A suspicion of so much is certain: the host is ejected. */
export const CERTAIN = 11;

/** Suspicions that halve a share, that quarter it, and that are those of a failure where failures are rare. */
const SUSPECTED = 2;
const DOUBTED = 3.5;
const STRIKING = 5;

/** One failure says no more than this. */
const MAX_EVIDENCE = 8;

/** A host that stands out fails so many times as often as the others, and err_rate at least. */
const OUTSTANDING_FACTOR = 5;

/** What is left of a suspicion after a good call, and what goes of it in a second. */
const SUSPICION_KEPT = 0.85;
const SUSPICION_FADING = 0.1;

/** A host that was ejected so lately is suspected twice as much, ms. */
const RELAPSE_MS = 30_000;

/** Where fewer fail, a failing host misses its turns for a while: this grade, … */
const RARE_FAILURES = 1e-3;
const RARE_GRADE = 4;
/** … for so many of its turns, less than in which anybody would notice. */
const RARE_TURNS = 6;
/** Where hardly any fail, it waits for a good part of the usual fault, ms. */
const HARDLY_ANY_FAILURES = 1e-4;
const WAIT_MS = 4000;

// Silence

/** So unlikely must it be that a host is well which does not answer: for a doubt, to pass it over, and to be certain. */
const UNLIKELY = 6e-3;
const VERY_UNLIKELY = 1e-5;
const IMPOSSIBLE = 1e-9;
/** A silence shorter than so many of the slowest usual calls is never certain. */
const CERTAIN_SILENCES = 3;
/** The grade while a host is passed over. */
const SILENT_GRADE = 5;
/** The part of good calls that is slower than the tail. */
const TAIL_PART = 0.01;

// Latency

/** A host is slow that takes 1.3 times as long as the others, or half as much again as they differ by. */
const SLOW = Math.log(1.3);
const SPREAD_FACTOR = 1.5;
/** Grades for each time that it takes twice as long. */
const GRADES_PER_DOUBLING = 3;
/** So slow a host has too little capacity to be missed: it is ejected. */
const HOPELESS_GRADE = 7;
/** That slow is one call, … */
const HOPELESS = SLOW + Math.LN2 * HOPELESS_GRADE / GRADES_PER_DOUBLING;
/** … and this one is slow not by chance. */
const BEYOND_CHANCE = Math.log(30);
/** Until that is certain it has this grade at most, and with so few calls it is no more than a doubt. */
const MAX_SLOW_GRADE = 5;
const CERTAIN_SAMPLES = 6;
/** One call moves a host's latency by this part of what it is off, … */
const COST_GAIN = 0.1;
/** … or by this, where it shows that the host is well again, … */
const RECOVERY_GAIN = 0.35;
/** … and never by more than what a call says that takes 4.5 times as long as usual. */
const MAX_OFF = 1.5;
/** A first call that is slower counts as 7 times as slow as usual. */
const MAX_FIRST = 2;

// Load

/** A host has too much under way with so much more than its part of all, … */
const LOAD_SLACK = 1;
/** … chance aside, by so many standard deviations of what is stuck; … */
const STUCK_DEVIATIONS = 2;
/** … and a grade for each such part of that, or for each call. */
const LOAD_STEP = 0.15;

/** Less of the picks reported on, and what is under way says nothing. */
const LEAST_REPORTED = 0.9;

/** Grades the hosts of one module. */
export class Grader {
  /** What they are held against. */
  readonly #usual: Usual;
  readonly #pool: PoolLoad;
  /** The failure rate that stands out, 0 … 1. */
  errRate: number;
  /** How many hosts are not ejected. */
  hosts = 0;
  /** What their weights are together. */
  weights = 0;
  /** So slow is slow, as {@link logCost} has it; NaN before the first call. */
  #slowFrom = NaN;
  /** The share of picks that are reported on. */
  reportedShare = 1;

  /** No hosts yet. */
  constructor({ usual, pool, errRate }: { usual: Usual; pool: PoolLoad; errRate: number }) {
    this.#usual = usual;
    this.#pool = pool;
    this.errRate = errRate;
  }

  /** Whether what is under way can be relied on. */
  get knowsUnderWay(): boolean {
    return this.reportedShare >= LEAST_REPORTED;
  }

  /** Whether nothing is wrong with a host, so that it needs no grade: most are so most of the time. */
  isFlawless({ suspicion, cost, silence, underWay }: RatedHost): boolean {
    return suspicion < SUSPECTED && silence === 0 && !(cost > this.#slowFrom) &&
      underWay.young + underWay.stuck <= LOAD_SLACK;
  }

  /** Sets a host's grade and why it has it. */
  grade(host: RatedHost, startingGrade: number): void {
    host.grade = 0;
    host.flaw = undefined;
    if (startingGrade > 0) raise(host, "starting", startingGrade);
    const most = host.samples < CERTAIN_SAMPLES ? DOUBT_GRADE : MAX_SLOW_GRADE;
    raise(host, "latency", Math.min(most, this.#latencyGrade(host)));
    if (host.suspicion >= SUSPECTED) raise(host, "failures", this.#failureGrade(host));
    if (!this.knowsUnderWay) return;
    raise(host, "silence", host.silence);
    raise(host, "load", this.#loadGrade(host));
  }

  /** Says why a host is to be ejected after a call that took `costMs`, or undefined. */
  certainFlaw(host: RatedHost, costMs: number): "failures" | "latency" | undefined {
    if (host.suspicion >= CERTAIN) return "failures";
    // What is usual may have changed: a host that was slow as all were gets the chance to be as quick.
    const isHopeless = host.samples >= CERTAIN_SAMPLES &&
      this.#latencyGrade(host) >= HOPELESS_GRADE;
    return isHopeless && this.slowness(costMs) > 0 ? "latency" : undefined;
  }

  /** Learns of a call that failed: it says the more, the fewer of the other hosts' do. */
  failed(host: RatedHost): void {
    this.#fade(host);
    if (host.suspicion < SUSPECTED) {
      host.failedMs = this.#usual.clockMs;
      host.failedPick = this.#usual.picks;
    }
    const usual = this.#usual.failureShare;
    const evidence = Math.min(MAX_EVIDENCE, Math.log(this.#outstandingShare(usual) / usual));
    const isRelapse = this.#usual.clockMs - host.ejectedMs < RELAPSE_MS;
    // Without a bound, the way back of a host that failed for long would be long, too.
    host.suspicion = Math.min(
      1.5 * CERTAIN,
      host.suspicion + (isRelapse ? 2 : 1) * Math.max(0, evidence),
    );
  }

  /** Learns of a call that went well, and cost what {@link logCost} gives. */
  succeeded(host: RatedHost, cost: number): void {
    this.#learnUsual();
    if (cost >= 0) this.#learnCost(host, cost);
    if (host.suspicion === 0) return;
    this.#fade(host);
    const usual = this.#usual.failureShare;
    const evidence = Math.log((1 - usual) / (1 - this.#outstandingShare(usual)));
    host.suspicion = Math.max(
      0,
      Math.min(host.suspicion * SUSPICION_KEPT, host.suspicion - evidence),
    );
  }

  /** What silence says of a host that has not answered its last picks: 0, or the grade for it; Infinity is certain. */
  silenceGrade({ underWay }: RatedHost, nowMs: number): number {
    if (underWay.unanswered === 0) return 0;
    const { tailMs } = this.#usual;
    const silenceMs = nowMs - underWay.unansweredFromMs;
    if (tailMs === 0 || silenceMs <= tailMs || !this.knowsUnderWay) return 0;
    // The last one may not have had the time; and others of the module may have been out for as long.
    const isYoung = nowMs - underWay.pickedMs < tailMs;
    const picks = underWay.unanswered - Number(isYoung) - this.#stuckElsewhere(underWay.stuck);
    const failures = this.#usual.failureShare;
    const missing = failures + 1 - this.reportedShare + TAIL_PART * (tailMs / silenceMs) ** 2;
    const odds = missing ** Math.max(0, picks);
    const isKnownTail = this.#usual.samples >= TAIL_CALLS;
    if (isKnownTail && odds < IMPOSSIBLE && silenceMs > CERTAIN_SILENCES * tailMs) return Infinity;
    if (odds < (failures < HARDLY_ANY_FAILURES ? UNLIKELY : VERY_UNLIKELY)) return SILENT_GRADE;
    return odds < UNLIKELY ? DOUBT_GRADE : 0;
  }

  /** Whether a call was so slow that its host is hopeless, were it not for chance: 1; 3 where that is hardly chance. */
  slowness(costMs: number): number {
    const slower = logCost(costMs) - this.#usual.cost;
    return slower > BEYOND_CHANCE ? 3 : slower > HOPELESS ? 1 : 0;
  }

  /** Has a host that proved itself begin with half of its share. */
  pardon(host: RatedHost): void {
    host.suspicion = (SUSPECTED + DOUBTED) / 2;
    host.suspectedMs = this.#usual.clockMs;
    if (host.cost > this.#slowFrom) host.cost = this.#slowFrom;
  }

  #failureGrade({ suspicion, failedMs, failedPick, underWay }: RatedHost): number {
    if (suspicion < DOUBTED) return 1;
    if (suspicion < STRIKING || this.#stuckElsewhere(underWay.stuck) > 0) return DOUBT_GRADE;
    const { failureShare, clockMs, picks } = this.#usual;
    if (failureShare < HARDLY_ANY_FAILURES && clockMs - failedMs < WAIT_MS) return MAX_GRADE;
    if (failureShare >= RARE_FAILURES) return DOUBT_GRADE;
    const turns = (picks - failedPick) / this.hosts;
    // A turn comes before anybody would call it an ejection.
    return turns < RARE_TURNS ? RARE_GRADE : turns < 2 * RARE_TURNS ? 1 : DOUBT_GRADE;
  }

  #latencyGrade({ cost }: RatedHost): number {
    const slower = cost - this.#slowFrom;
    return slower > 0 ? Math.floor(GRADES_PER_DOUBLING * slower / Math.LN2) : 0;
  }

  /** Calls at a slow host count for as many as it is slower, unless they are as stuck elsewhere. */
  #loadGrade({ underWay, cost, weight }: RatedHost): number {
    const slower = cost - this.#usual.cost;
    const times = slower > SLOW ? Math.exp(slower) : 1;
    if ((underWay.young + underWay.stuck) * times <= LOAD_SLACK) return 0;
    const isStuckAlone = this.#stuckElsewhere(underWay.stuck) === 0;
    const load = underWay.young * times + underWay.stuck * (isStuckAlone ? times : 1);
    const part = weight / Math.max(weight, this.weights);
    const stuck = this.#pool.stuck * part;
    const fair = this.#pool.young * part + stuck;
    const over = load - fair - LOAD_SLACK - STUCK_DEVIATIONS * Math.sqrt(stuck);
    return over > 0 ? Math.ceil(over / Math.max(1, LOAD_STEP * fair)) : 0;
  }

  /** Takes note of what is usual now. */
  #learnUsual(): void {
    this.#slowFrom = this.#usual.cost + Math.max(SLOW, SPREAD_FACTOR * this.#usual.spread);
  }

  #learnCost(host: RatedHost, cost: number): void {
    const usual = this.#usual.cost;
    if (host.samples === 0) host.cost = usual >= 0 ? Math.min(cost, usual + MAX_FIRST) : cost;
    host.samples++;
    const isRecovery = cost < this.#slowFrom && this.#latencyGrade(host) > DOUBT_GRADE;
    const gain = Math.max(isRecovery ? RECOVERY_GAIN : COST_GAIN, 1 / host.samples);
    host.cost += gain * Math.max(-MAX_OFF, Math.min(MAX_OFF, cost - host.cost));
  }

  #fade(host: RatedHost): void {
    const { clockMs } = this.#usual;
    const faded = SUSPICION_FADING * (clockMs - host.suspectedMs) / 1000;
    host.suspicion = Math.max(0, host.suspicion - faded);
    host.suspectedMs = clockMs;
  }

  #outstandingShare(usual: number): number {
    return Math.max(this.errRate, Math.min(0.99, OUTSTANDING_FACTOR * usual));
  }

  /** How many calls are stuck at each of the other hosts, those that are there by chance aside. */
  #stuckElsewhere(stuckHere: number): number {
    const others = Math.max(1, this.hosts - 1);
    return Math.max(0, Math.ceil((this.#pool.stuck - stuckHere) / others - 0.25));
  }
}

function raise(host: RatedHost, flaw: Flaw, grade: number): void {
  if (grade <= host.grade) return;
  host.grade = Math.min(MAX_GRADE, grade);
  host.flaw = flaw;
}
