/**
 * The terminal's ends of a command: a question to its user, a text that is too long for one piece, progress.
 *
 * @module
 */

import { print } from "./output.ts";
import { Progress } from "./progress.ts";

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return Deno.stdin.isTerminal();
}

/** Asks, and waits for a line; anything but `y` or `yes` is a no. */
export function askYesNo(question: string): boolean {
  writeError(`${question} [y/N] `);
  const buffer = new Uint8Array(256);
  const bytes = Deno.stdin.readSync(buffer) ?? 0;
  return /^y(es)?\s*$/i.test(new TextDecoder().decode(buffer.subarray(0, bytes)));
}

/** Tells the user how far a thing is. */
export function showProgress(): Progress {
  return new Progress({ write: writeError, isTerminal: Deno.stderr.isTerminal() });
}

/** Writes a text in pieces to standard output, as fast as its reader takes it. */
export function printPieces(pieces: Iterable<string>): void {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < 65_536) continue;
    print(text);
    text = "";
  }
  print(text);
}

function writeError(text: string): void {
  print(text, "stderr");
}
