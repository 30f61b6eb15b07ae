/**
 * Waiting that ends when the benchmarks are stopped.
 *
 * @module
 */

import { realClock } from "../../reactor/mod.ts";

/** Lets time pass; rejects when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await realClock.sleep(ms, { signal });
  signal.throwIfAborted();
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
