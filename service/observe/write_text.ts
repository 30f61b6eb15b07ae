/**
 * Printing, for what may wait for its reader: a command's output, a role's --help.
 *
 * @module
 */

/** After this what is busy is tried again, ms. */
const BUSY_WAIT_MS = 10;

/** Why a text could not be printed. */
export interface WriteFailure {
  /** What the system said. */
  readonly error: Error;
  /** Whether the reader has ended, which is no fault of anybody's. */
  readonly isReaderGone: boolean;
}

/** Writes all of a text, waiting for its reader; says so when it cannot be written, and why. */
export function writeText(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): WriteFailure | undefined {
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(stream.writeSync(rest));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error instanceof Deno.errors.WouldBlock) wait(BUSY_WAIT_MS);
      else return { error, isReaderGone: error instanceof Deno.errors.BrokenPipe };
    }
  }
}

function wait(delayMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
}
