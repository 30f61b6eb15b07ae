/**
 * An even rate of starts, whether or not what was started has ended: an open loop.
 *
 * @module
 */

/** How far a start may be late before it is left out: a machine that slept must not catch up in a burst. */
const MAX_LAG_MS = 1000;

/** Says how many starts are due; pure, the time is an argument. */
export class Pace {
  readonly #perMs: number;
  #startedUntilMs = 0;

  /** At so many starts a second, counted from time 0. */
  constructor(perSec: number) {
    this.#perMs = perSec / 1000;
  }

  /** How many starts have come due since it was asked last. */
  due(nowMs: number): number {
    this.#startedUntilMs = Math.max(this.#startedUntilMs, nowMs - MAX_LAG_MS);
    const count = Math.floor((nowMs - this.#startedUntilMs) * this.#perMs);
    this.#startedUntilMs += count / this.#perMs;
    return count;
  }
}
