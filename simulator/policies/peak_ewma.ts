/**
 * Peak EWMA, as Finagle has it: of two hosts drawn at random, the one with the lower latency × (calls under way + 1). The
 * latency is an exponentially weighted moving average that a worse sample replaces at once, and that decays towards better
 * ones and while there are none.
 *
 * It is about latency alone, as a balancer beside Finagle's failure accrual: a failure counts as a sample like any other,
 * so that a host that fails fast looks like a fast one.
 *
 * Source: Finagle, `com.twitter.finagle.loadbalancer.PeakEwma`: decay 10 s, and a penalty for hosts that were never
 * measured and are being called.
 *
 * @module
 */

import { type FinishedCall, NO_HOST, type Policy, type RouteHost } from "./policy.ts";
import { Outstanding } from "./outstanding.ts";

const DECAY_MS = 10_000;

/** The cost, ms, of a host that was never measured and is being called. */
const PENALTY_MS = 1e9;

/** What is known of one host. */
interface Measured {
  ewmaMs: number;
  atMs: number;
}

/** The better of two hosts drawn at random. */
export class PeakEwma implements Policy {
  readonly transitions = 0;
  readonly #random: () => number;
  #hosts: readonly number[] = [];
  readonly #measured: Measured[] = [];
  readonly #outstanding = new Outstanding();

  /** Draws with `random`. */
  constructor(random: () => number) {
    this.#random = random;
  }

  isOut(): boolean {
    return false;
  }

  update(route: readonly RouteHost[], nowMs: number): void {
    this.#hosts = route.map(({ host }) => host);
    for (const host of this.#hosts) {
      while (this.#measured.length <= host) this.#measured.push({ ewmaMs: 0, atMs: nowMs });
    }
  }

  choose(nowMs: number): number {
    const count = this.#hosts.length;
    if (count === 0) return NO_HOST;
    const first = Math.floor(this.#random() * count);
    // Another one than the first, each as likely.
    const other = count === 1 ? 0 : Math.floor(this.#random() * (count - 1));
    const second = other + Number(count > 1 && other >= first);
    const [a, b] = [this.#hosts[first], this.#hosts[second]];
    const host = this.#cost(b, nowMs) < this.#cost(a, nowMs) ? b : a;
    this.#outstanding.began(host);
    return host;
  }

  report({ host, latencyMs }: FinishedCall, nowMs: number): void {
    this.#outstanding.ended(host);
    this.#observe(host, latencyMs, nowMs);
  }

  #cost(host: number, nowMs: number): number {
    this.#observe(host, 0, nowMs);
    const { ewmaMs } = this.#measured[host];
    const outstanding = this.#outstanding.of(host);
    if (ewmaMs === 0 && outstanding > 0) return PENALTY_MS + outstanding;
    return ewmaMs * (outstanding + 1);
  }

  #observe(host: number, latencyMs: number, nowMs: number): void {
    const measured = this.#measured[host];
    const weight = Math.exp(-(nowMs - measured.atMs) / DECAY_MS);
    measured.ewmaMs = latencyMs > measured.ewmaMs
      ? latencyMs
      : measured.ewmaMs * weight + latencyMs * (1 - weight);
    measured.atMs = nowMs;
  }
}
