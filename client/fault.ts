/**
 * Whose fault it is when a call to a host throws: only what may be the host's is reported.
 *
 * @module
 */

import { LarsError } from "./lars_error.ts";

/**
 * Whether a call failed by its caller's own doing, and so says nothing of the host:
 * - the caller aborted it, with `signal` if there is one. A signal that timed out is no such abort: the call was slow.
 * - it threw a {@link LarsError}: what it met is its caller's client, or another module.
 */
export function isCallersDoing(error: unknown, signal?: AbortSignal): boolean {
  if (error instanceof LarsError) return true;
  if (signal?.aborted) return nameOf(signal.reason) !== "TimeoutError";
  // Node wraps a signal's reason in an AbortError, and a time-out is one.
  const { cause } = Object(error) as { cause?: unknown };
  return nameOf(error) === "AbortError" && nameOf(cause) !== "TimeoutError";
}

/** What a promise gives, unless a signal is aborted before. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    function onAbort(): void {
      reject(signal.reason);
    }
    promise
      .finally(() => signal.removeEventListener("abort", onAbort))
      .then(resolve, reject);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function nameOf(error: unknown): unknown {
  return (Object(error) as { name?: unknown }).name;
}
