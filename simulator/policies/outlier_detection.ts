/**
 * Outlier detection as Envoy has it by default: a host is ejected after 5 failures in a row, or when its success rate
 * stands out from the others', for 30 s the first time, for longer every further time, and at most a tenth of the hosts at
 * once. Who picks among the others is no part of it.
 *
 * Left out: the jitter of the return, gateway failures as a kind of their own, active health checks.
 *
 * Source: Envoy's documentation, "Outlier detection" and "Panic threshold".
 *
 * @module
 */

import type { FinishedCall, RouteHost } from "./policy.ts";

const CONSECUTIVE_FAILURES = 5;
const SWEEP_MS = 10_000;
const BASE_EJECTION_MS = 30_000;
const MAX_EJECTION_MS = 300_000;
const MAX_EJECTED_SHARE = 0.1;
const PANIC_SHARE = 0.5;

const SUCCESS_RATE_HOSTS = 5;
const SUCCESS_RATE_CALLS = 100;
const SUCCESS_RATE_DEVIATIONS = 1.9;

/** What is known of one host. */
class Monitor {
  failuresInRow = 0;
  /** Since the last sweep. */
  succeeded = 0;
  calls = 0;
  ejected = false;
  ejectedAtMs = 0;
  /** How often it was ejected; one less for each sweep that it then stays in. */
  ejections = 0;

  constructor(readonly host: number) {}
}

/** Watches the hosts of a route. Times never go back. */
export class OutlierDetection {
  #monitors = new Map<number, Monitor>();
  #route: Monitor[] = [];
  #ejected = 0;
  #nextSweepMs = -1;
  #transitions = 0;

  /** Rises whenever a host is ejected or let back. */
  get transitions(): number {
    return this.#transitions;
  }

  /** Whether a host is ejected. */
  isOut(host: number): boolean {
    return this.#monitors.get(host)?.ejected ?? false;
  }

  /** Whether so many are ejected that calls go to all of them. */
  get isPanic(): boolean {
    const count = this.#route.length;
    return (count - this.#ejected) / count < PANIC_SHARE;
  }

  /** Takes a new route. */
  update(route: readonly RouteHost[], nowMs: number): void {
    if (this.#nextSweepMs < 0) this.#nextSweepMs = nowMs + SWEEP_MS;
    this.#route = route.map(({ host }) => this.#monitors.get(host) ?? new Monitor(host));
    this.#monitors = new Map(this.#route.map((monitor) => [monitor.host, monitor]));
    this.#ejected = this.#route.filter(({ ejected }) => ejected).length;
  }

  /** Learns how a call went. */
  report({ host, failed }: FinishedCall, nowMs: number): void {
    this.sweepWhenDue(nowMs);
    const monitor = this.#monitors.get(host);
    if (monitor === undefined) return;
    monitor.calls++;
    if (failed) {
      if (++monitor.failuresInRow === CONSECUTIVE_FAILURES) this.#eject(monitor, nowMs);
    } else {
      monitor.succeeded++;
      monitor.failuresInRow = 0;
    }
  }

  /** Before every pick: sweeps are made at their own times, however long after them the next call comes. */
  sweepWhenDue(nowMs: number): void {
    for (; this.#nextSweepMs <= nowMs; this.#nextSweepMs += SWEEP_MS) {
      this.#sweep(this.#nextSweepMs);
    }
  }

  #eject(monitor: Monitor, nowMs: number): void {
    if (monitor.ejected) return;
    // At the limit or over it none is ejected; the first one always may be.
    if (this.#ejected / this.#route.length >= MAX_EJECTED_SHARE) {
      // Or it would have to succeed once before it could be ejected after all.
      monitor.failuresInRow = 0;
      return;
    }
    monitor.ejected = true;
    monitor.ejectedAtMs = nowMs;
    monitor.ejections++;
    this.#ejected++;
    this.#transitions++;
  }

  #sweep(nowMs: number): void {
    for (const monitor of this.#route) this.#endEjection(monitor, nowMs);
    this.#ejectBySuccessRate(nowMs);
    for (const monitor of this.#route) monitor.calls = monitor.succeeded = 0;
  }

  #endEjection(monitor: Monitor, nowMs: number): void {
    if (!monitor.ejected) {
      if (monitor.ejections > 0) monitor.ejections--;
      return;
    }
    const lastsMs = Math.min(BASE_EJECTION_MS * monitor.ejections, MAX_EJECTION_MS);
    if (nowMs - monitor.ejectedAtMs < lastsMs) return;
    monitor.ejected = false;
    monitor.failuresInRow = 0;
    this.#ejected--;
    this.#transitions++;
  }

  #ejectBySuccessRate(nowMs: number): void {
    const judged = this.#route.filter(({ calls }) => calls >= SUCCESS_RATE_CALLS);
    if (judged.length < SUCCESS_RATE_HOSTS) return;
    const rates = judged.map(({ succeeded, calls }) => succeeded / calls);
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
    const least = mean - SUCCESS_RATE_DEVIATIONS * Math.sqrt(variance);
    for (const [i, monitor] of judged.entries()) {
      if (rates[i] < least) this.#eject(monitor, nowMs);
    }
  }
}
