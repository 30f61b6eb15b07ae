/**
 * For tests: waiting for what others bring about, with a deadline that says what never came.
 *
 * @module
 */

/** Longer than anything takes that comes at all, however busy the machine is, ms. */
export const PATIENCE_MS = 120_000;

const POLL_MS = 2;

/**
 * Waits for what no event tells of, such as a number that another thread or process counts: asks until the answer is
 * truthy, and gives it.
 *
 * @param isSo Its source text is what the error says that it waited for.
 */
export async function until<Answer>(
  isSo: () => Answer | Promise<Answer>,
  { patienceMs = PATIENCE_MS }: { patienceMs?: number } = {},
): Promise<Exclude<Answer, undefined | null | false | 0 | "">> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const answer = await isSo();
    if (answer) return answer as Exclude<Answer, undefined | null | false | 0 | "">;
    if (performance.now() >= endMs) throw new Error(`Not within ${patienceMs} ms: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Gives what `work` resolves with, unless that takes too long. */
export async function inTime<Result>(
  what: string,
  work: Promise<Result>,
  { patienceMs = PATIENCE_MS }: { patienceMs?: number } = {},
): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const error = new Error(`Not within ${patienceMs} ms: ${what}`);
  const timer = setTimeout(() => late.reject(error), patienceMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
