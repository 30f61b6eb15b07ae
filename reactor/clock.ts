/**
 * Time as the parts of Lars know it: they are handed a clock, so that tests and simulations can have time of their own.
 *
 * @module
 */

/** Something that is to happen at a time. */
export interface Timer {
  /** Has it not happen, or not again. */
  cancel(): void;
}

/** How a sleep ends. */
export interface SleepOptions {
  /** Ends it early; at once if it is aborted already. */
  signal?: AbortSignal;
}

/** Tells the time, and calls back when some of it has passed. */
export abstract class Clock {
  /** Now, ms since any fixed moment. It never goes back. */
  abstract nowMs(): number;

  /** Now, Unix time in seconds with a fraction. It goes back when somebody sets it. */
  abstract nowSec(): number;

  /** Calls back once, after `delayMs`. */
  abstract after(delayMs: number, callback: () => void): Timer;

  /** Calls back every `intervalMs`. */
  abstract every(intervalMs: number, callback: () => void): Timer;

  /** Resolves after `ms`, or when the signal is aborted: it does not reject. */
  async sleep(ms: number, { signal }: SleepOptions = {}): Promise<void> {
    if (signal?.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.after(ms, end);
    signal?.addEventListener("abort", end);
    await promise;

    function end(): void {
      timer.cancel();
      signal?.removeEventListener("abort", end); // it may outlive very many waits
      resolve();
    }
  }
}

class RealClock extends Clock {
  nowMs(): number {
    return performance.now();
  }

  nowSec(): number {
    return Date.now() / 1000;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  }

  every(intervalMs: number, callback: () => void): Timer {
    const timer = setInterval(callback, intervalMs);
    return { cancel: () => clearInterval(timer) };
  }
}

/** The time of the system. */
export const realClock: Clock = new RealClock();
