/**
 * Waiting that ends when the benchmarks are stopped.
 *
 * @module
 */

/** Lets time pass. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    }, ms);
    function giveUp() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener("abort", giveUp, { once: true });
  });
}

/** What is waited for. */
export interface WaitOptions {
  /** What is said when it does not come. */
  what: string;
  /** Between two polls, ms. */
  everyMs: number;
  /** How long at most, s. */
  deadlineSec: number;
  /** Ends the waiting. */
  signal: AbortSignal;
}

/**
 * Polls until something holds.
 *
 * @throws {Error} When it does not in time.
 */
export async function until(
  holds: () => Promise<boolean>,
  { what, everyMs, deadlineSec, signal }: WaitOptions,
): Promise<void> {
  const deadlineMs = performance.now() + deadlineSec * 1000;
  while (!await holds()) {
    if (performance.now() > deadlineMs) throw new Error(`Not within ${deadlineSec} s: ${what}`);
    await pause(everyMs, signal);
  }
}
