/**
 * The question that a command asks before it changes what others may rely on.
 *
 * @module
 */

import { UsageError } from "../../service/mod.ts";
import { print } from "../terminal/output.ts";
import { CommandError, type Flag } from "./command.ts";

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
  if (isShown || !isWanted) print(`${plan.join("\n")}\n`, "stderr");
  if (isWanted) return;
  if (!Deno.stdin.isTerminal()) {
    throw new UsageError(
      "Cannot ask whether to do this as there is no terminal: add --yes. Nothing was changed",
    );
  }
  if (!askYesNo("Do this?")) throw new CommandError("Nothing was changed");
}

/** Asks, and waits for a line; anything but `y` or `yes` is a no. */
function askYesNo(question: string): boolean {
  print(`${question} [y/N] `, "stderr");
  const buffer = new Uint8Array(256);
  const bytes = Deno.stdin.readSync(buffer) ?? 0;
  return /^y(es)?\s*$/i.test(new TextDecoder().decode(buffer.subarray(0, bytes)));
}
