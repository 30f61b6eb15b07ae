/**
 * How long the agent goes on with threads that hang and cannot be ended, each of which holds a core and a socket until the
 * process ends.
 *
 * @module
 */

import { type Clock, realClock, type Timer } from "../../reactor/mod.ts";

/** What a {@link StuckLimit} is made of. */
export interface StuckLimitOptions {
  /** Is called when the process is to be restarted. */
  onExceeded: () => void;
  /**
   * For how long one thread may be stuck, ms.
   * @default 30000
   */
  limitMs?: number;
  /**
   * For how long {@link MANY} threads may be, ms: those that come out of their loops have a moment to do so.
   * @default 2000
   */
  manyLimitMs?: number;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** So many stuck threads at a time are too many. */
const MANY = 2;

/** Says when there are too many, or for too long. */
export class StuckLimit {
  readonly #options: StuckLimitOptions;
  readonly #clock: Clock;
  /** Runs while a thread is stuck. */
  #timer?: Timer;
  /** Runs while {@link MANY} are. */
  #manyTimer?: Timer;

  /** Begins with none. */
  constructor(options: StuckLimitOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
  }

  /** So many threads are stuck now: one more, or one fewer. */
  update(stuck: number): void {
    const { onExceeded, limitMs = 30_000, manyLimitMs = 2000 } = this.#options;
    this.#manyTimer?.cancel();
    if (stuck >= MANY) this.#manyTimer = this.#clock.after(manyLimitMs, onExceeded);
    if (stuck > 0) {
      this.#timer ??= this.#clock.after(limitMs, onExceeded);
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Ends its timers. */
  stop(): void {
    this.#timer?.cancel();
    this.#manyTimer?.cancel();
  }
}
