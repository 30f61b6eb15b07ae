/**
 * Prequal: hosts are asked how busy they are, ahead of the calls that use the answers. Each pick sends a few probes to hosts
 * drawn at random; their answers, the calls in hand and the latency that they see, go into a pool. A pick takes from the
 * pool by the hot-cold lexicographic rule: of the hosts that are not among the busiest (cold) the quickest, and when all
 * are (hot) the one with the fewest calls in hand.
 *
 * It needs hosts that answer probes, so it is no balancer for those that know nothing of it; here it is a limit, of what
 * asking makes possible. A host that fails its calls quickly looks idle and quick.
 *
 * Left out: probes while there are no calls, and error aversion, of which the paper says little.
 *
 * Source: Wydrowski et al., "Load is not what you should balance: Introducing Prequal", NSDI 2024, section 4.
 *
 * @module
 */

import { NO_HOST, type Policy, type PoolView, type RouteHost } from "./policy.ts";

const POOL_SIZE = 16;
const PROBES_PER_PICK = 3;
const REMOVED_PER_PICK = 1;
const MAX_AGE_MS = 1_000;
/** Hosts with more calls in hand than this share of the answers say are hot. */
const HOT_QUANTILE = 0.84;
/** How much more often answers may be used than keeps the pool as large as it is: δ. */
const REUSE_MARGIN = 1;
/** With fewer answers a host is drawn at random. */
const FEWEST_ANSWERS = 2;
/** What a probe takes to the host and back. */
const ROUND_TRIP_MS = 1;
/** The last answers of which the quantile is taken. */
const SEEN_ANSWERS = 128;

/** What a host answered. */
interface Answer {
  readonly host: number;
  /** Calls in hand there, with those that were sent there since. */
  inFlight: number;
  readonly latencyMs: number;
  readonly atMs: number;
  uses: number;
}

/** Picks by what hosts answer to probes. */
export class Prequal implements Policy {
  readonly transitions = 0;
  readonly #pool: PoolView;
  readonly #random: () => number;
  #hosts: number[] = [];
  /** Answers on their way, in the order in which they come. */
  #coming: Answer[] = [];
  /** Answers that may be used, the oldest first; one of each host. */
  #answers: Answer[] = [];
  /** Calls in hand by the last answers: a ring, and how often each number is in it. */
  readonly #seen: number[] = [];
  readonly #seenCounts: number[] = [];
  #nextSeen = 0;
  /** With more calls in hand than this a host is hot now. */
  #hot = 0;
  #removesWorst = false;

  /** Probes this, and draws with `random`. */
  constructor(pool: PoolView, random: () => number) {
    this.#pool = pool;
    this.#random = random;
  }

  isOut(): boolean {
    return false;
  }

  update(route: readonly RouteHost[]): void {
    this.#hosts = route.map(({ host }) => host);
    const isKnown = ({ host }: Answer) => this.#hosts.includes(host);
    this.#coming = this.#coming.filter(isKnown);
    this.#answers = this.#answers.filter(isKnown);
  }

  choose(nowMs: number): number {
    if (this.#hosts.length === 0) return NO_HOST;
    this.#receive(nowMs);
    this.#hot = this.#hotInFlight();
    const host = this.#pick();
    for (let i = 0; i < REMOVED_PER_PICK; i++) this.#removeOne();
    this.#sendProbes(nowMs);
    return host;
  }

  report(): void {}

  #pick(): number {
    if (this.#answers.length < FEWEST_ANSWERS) {
      return this.#hosts[Math.floor(this.#random() * this.#hosts.length)];
    }
    let at = 0;
    for (let i = 1; i < this.#answers.length; i++) if (this.#isBetter(i, at)) at = i;
    const best = this.#answers[at];
    best.inFlight++;
    if (++best.uses >= this.#maxUses()) this.#answers.splice(at, 1);
    return best.host;
  }

  /** A pool that holds answers of all hosts would be used up by no number of uses. */
  #maxUses(): number {
    const fresh = (1 - POOL_SIZE / this.#hosts.length) * PROBES_PER_PICK - REMOVED_PER_PICK;
    return fresh > 0 ? Math.max(1, (1 + REUSE_MARGIN) / fresh) : Infinity;
  }

  /** So many calls in hand are not yet hot. */
  #hotInFlight(): number {
    let rest = Math.ceil(HOT_QUANTILE * this.#seen.length);
    for (let inFlight = 0; inFlight < this.#seenCounts.length; inFlight++) {
      rest -= this.#seenCounts[inFlight] ?? 0;
      if (rest <= 0) return inFlight;
    }
    return Infinity;
  }

  /** The oldest and the worst answers go in turn, so that none stays that is out of date or never used. */
  #removeOne(): void {
    if (this.#answers.length === 0) return;
    this.#removesWorst = !this.#removesWorst;
    let at = 0;
    for (let i = 1; this.#removesWorst && i < this.#answers.length; i++) {
      if (this.#isBetter(at, i)) at = i;
    }
    this.#answers.splice(at, 1);
  }

  #receive(nowMs: number): void {
    while (this.#coming.length > 0 && this.#coming[0].atMs <= nowMs) {
      const answer = this.#coming.shift()!;
      this.#see(answer.inFlight);
      this.#removeOf(answer.host);
      if (this.#answers.length === POOL_SIZE) this.#answers.shift();
      this.#answers.push(answer);
    }
    while (this.#answers.length > 0 && nowMs - this.#answers[0].atMs > MAX_AGE_MS) {
      this.#answers.shift();
    }
  }

  #removeOf(host: number): void {
    for (let i = 0; i < this.#answers.length; i++) {
      if (this.#answers[i].host === host) return void this.#answers.splice(i, 1);
    }
  }

  #see(inFlight: number): void {
    const at = this.#nextSeen++ % SEEN_ANSWERS;
    if (this.#seen.length === SEEN_ANSWERS) this.#seenCounts[this.#seen[at]]--;
    this.#seen[at] = inFlight;
    while (this.#seenCounts.length <= inFlight) this.#seenCounts.push(0);
    this.#seenCounts[inFlight]++;
  }

  /** To different hosts: they are drawn to the front of the list, whose order says nothing. */
  #sendProbes(nowMs: number): void {
    const hosts = this.#hosts;
    const count = Math.min(PROBES_PER_PICK, hosts.length);
    for (let i = 0; i < count; i++) {
      const drawn = i + Math.floor(this.#random() * (hosts.length - i));
      const host = hosts[drawn];
      hosts[drawn] = hosts[i];
      hosts[i] = host;
      const report = this.#pool.probe(host, nowMs);
      if (report === undefined) continue;
      const { inFlight, latencyMs } = report;
      this.#coming.push({ host, inFlight, latencyMs, atMs: nowMs + ROUND_TRIP_MS, uses: 0 });
    }
  }
  /** The hot-cold lexicographic rule: cold before hot, of the cold the quickest, of the hot the least busy. */
  #isBetter(at: number, than: number): boolean {
    const [a, b] = [this.#answers[at], this.#answers[than]];
    const isHot = a.inFlight > this.#hot;
    if (isHot !== b.inFlight > this.#hot) return !isHot;
    return isHot ? a.inFlight < b.inFlight : a.latencyMs < b.latencyMs;
  }
}
