/**
 * For tests: time that passes when it is told to.
 *
 * @module
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { LaneClock } from "../../reporter/lanes/lane.ts";

/** Time that passes when it is told to, with everything done that is due. */
export class FakeClock implements LaneClock {
  #nowMs = 0;
  readonly #timers = new Set<{ atMs: number; callback: () => void }>();

  /** Now, ms since the clock was made. */
  nowMs(): number {
    return this.#nowMs;
  }

  /** Calls back once. */
  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many calls are to come. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass, and what is due happen, one after the other. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await nextTurn();
    for (let next = this.#next(); next && next.atMs <= untilMs; next = this.#next()) {
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.callback();
      await nextTurn();
    }
    this.#nowMs = untilMs;
  }

  #next() {
    return [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0];
  }
}
