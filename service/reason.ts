/**
 * Why something failed, in words.
 *
 * @module
 */

/** What was thrown, as the end of a sentence: an error's message, or the thing itself. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
