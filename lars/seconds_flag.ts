/**
 * `--seconds`, of commands that run until they are told to stop.
 *
 * @module
 */

import { parseSeconds } from "./arguments.ts";
import type { CommandInput, Flag } from "./command.ts";

/** The option. */
export const secondsFlag: Flag = {
  takes: "S",
  doc: "Stop after so long (until Ctrl-C unless given)",
};

/**
 * How long the command is to run, s; Infinity unless it is said.
 *
 * @throws {UsageError} When it is no time.
 */
export function secondsOf(input: CommandInput): number {
  const text = input.value("seconds");
  return text === undefined ? Infinity : parseSeconds(text);
}
