/**
 * The terminal's ends of a command: a question to its user, a text that is too long for one piece, progress.
 *
 * @module
 */

import { UsageError } from "../../service/mod.ts";
import type { Flag } from "../command.ts";
import { CommandError } from "../command_error.ts";
import { print } from "./output.ts";
import type { ScreenSize } from "./live_screen.ts";
import { Progress } from "./progress.ts";

/** The option that answers {@link confirm} beforehand. */
export const yesFlag: Flag = {
  doc: "Do it without asking; needed where there is no terminal to ask on",
};

/**
 * Shows what is to be done, and goes on when that is wanted.
 *
 * @param options.isWanted Whether it was said beforehand, by --yes.
 * @throws {UsageError} When it was not, and there is nobody to ask.
 * @throws {CommandError} When the answer is no.
 */
export function confirm(
  plan: readonly string[],
  { isWanted, isShown = true }: { isWanted: boolean; isShown?: boolean },
): void {
  if (isShown || !isWanted) writeError(`${plan.join("\n")}\n`);
  if (isWanted) return;
  if (!Deno.stdin.isTerminal()) {
    throw new UsageError(
      "Cannot ask whether to do this as there is no terminal: add --yes. Nothing was changed",
    );
  }
  if (!askYesNo("Do this?")) throw new CommandError("Nothing was changed");
}

/** How much standard output's terminal shows; one that does not know its size, as under `script`, has room for all. */
export function terminalSize(): ScreenSize {
  const { columns, rows } = Deno.consoleSize();
  return { columns: columns || Infinity, rows: rows || Infinity };
}

/** Asks, and waits for a line; anything but `y` or `yes` is a no. */
function askYesNo(question: string): boolean {
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
