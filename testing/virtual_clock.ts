/**
 * Time that passes when a test says so.
 *
 * @module
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import { Clock, type Timer } from "../reactor/clock.ts";

/** A call to come, and how long after it the next one is. */
interface Scheduled extends Timer {
  atMs: number;
  readonly callback: () => void;
  readonly intervalMs?: number;
}

/** Begins at 0 ms, and at a Unix time of choice. */
export class VirtualClock extends Clock {
  #nowMs = 0;
  readonly #startSec: number;
  readonly #scheduled = new Set<Scheduled>();

  /** Time stands still at first. */
  constructor({ startSec = 1_700_000_000 } = {}) {
    super();
    this.#startSec = startSec;
  }

  /** How many calls are to come. */
  get timers(): number {
    return this.#scheduled.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  nowSec(): number {
    return this.#startSec + this.#nowMs / 1000;
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#schedule(delayMs, { callback });
  }

  every(intervalMs: number, callback: () => void): Timer {
    return this.#schedule(intervalMs, { callback, intervalMs });
  }

  /** Lets time pass: what is due is called at its time, in order, and what follows from it happens before the next. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await nextTurn();
    for (let next = this.#next(); next && next.atMs <= untilMs; next = this.#next()) {
      this.#nowMs = next.atMs;
      this.#scheduled.delete(next);
      if (next.intervalMs !== undefined) {
        next.atMs += next.intervalMs;
        this.#scheduled.add(next);
      }
      next.callback();
      await nextTurn();
    }
    this.#nowMs = untilMs;
  }

  /** Has it be that time at once, and calls nobody: for what only asks what time it is. */
  skipTo(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  #schedule(delayMs: number, how: Pick<Scheduled, "callback" | "intervalMs">): Timer {
    const cancel = () => void this.#scheduled.delete(scheduled);
    const scheduled = { ...how, atMs: this.#nowMs + Math.max(0, delayMs), cancel };
    this.#scheduled.add(scheduled);
    return scheduled;
  }

  /** The first that is due, and of several the one that was scheduled first. */
  #next(): Scheduled | undefined {
    let first: Scheduled | undefined;
    for (const each of this.#scheduled) {
      if (first === undefined || each.atMs < first.atMs) first = each;
    }
    return first;
  }
}
