/**
 * `--seed`, of commands that draw random numbers.
 *
 * @module
 */

import { parseInteger } from "./arguments.ts";
import type { CommandInput, Flag } from "./command.ts";

/** The largest seed. */
export const MAX_SEED = 0xffff_ffff;

/** The option. */
export const seedFlag: Flag = { takes: "N", doc: "Repeat the run that showed this seed" };

/**
 * The seed that was given, if one was.
 *
 * @throws {UsageError} When it is none.
 */
export function seedOf(input: CommandInput): number | undefined {
  const text = input.value("seed");
  if (text === undefined) return undefined;
  return parseInteger(text, { name: "--seed", min: 0, max: MAX_SEED });
}
