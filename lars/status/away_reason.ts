/**
 * Why an admin port did not answer, for people.
 *
 * @module
 */

/** The reason in an error of `fetch`, which was given so long. */
export function awayReason(error: Error, timeoutMs: number): string {
  if (error.name === "TimeoutError") return `no answer in ${timeoutMs / 1000} s`;
  return innermostReason(error);
}

/** What the system said: fetch wraps it in causes, and each of these begins with where it happened. */
function innermostReason(error: Error): string {
  if (error.cause instanceof Error) return innermostReason(error.cause);
  return error.message.split(": ").at(-1)!;
}
