/**
 * Modules by the words of a command line: ids, or the names that people have given to ids, which are looked up in the
 * database. A word that is a number is an id, whatever is called so.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import { UsageError } from "../../service/mod.ts";
import { LevelError, NoDatabaseError, type RouteNames, StoreError } from "../../sql/mod.ts";
import { parseId } from "../cli/arguments.ts";
import { CommandError, type CommandInput } from "../cli/command.ts";
import { readRouteStore } from "./route_access.ts";

/** What the words are, in their order. */
const KINDS = ["modid", "cmdid"] as const;

/** A note for the help of commands that take a module. */
export const NAMES_NOTE =
  "MODID and CMDID may be names that the database has for them; --config and --set say which database.";

/**
 * The module that a command's first two words name.
 *
 * @throws {UsageError} When one is no id, or nothing or several things are called so.
 * @throws {CommandError} When it is a name, and there is no database to look it up in.
 */
export async function moduleOf(input: CommandInput): Promise<ModuleName> {
  const [modid, cmdid] = await idsOf(input, input.words.slice(0, 2));
  return { modid, cmdid };
}

/**
 * The ids that words name: a modid and, where there are two, a cmdid.
 *
 * @throws {UsageError} When one is no id, or nothing or several things are called so.
 * @throws {CommandError} When one is a name, and there is no database to look it up in.
 */
export async function idsOf(input: CommandInput, words: readonly string[]): Promise<number[]> {
  const name = words.find((word) => !isNumber(word));
  const names = name === undefined ? undefined : await readNames(input, name);
  return words.map((word, i) =>
    isNumber(word)
      ? parseId(KINDS[i].toUpperCase(), word)
      : idCalled(word, { kind: KINDS[i], names: names! })
  );
}

/** Says whether a word is taken as an id rather than a name. */
export function isNumber(word: string): boolean {
  return /^-?\d+$/.test(word);
}

/**
 * The one id that has a name.
 *
 * @throws {UsageError} When there is none, or several.
 */
export function idCalled(
  name: string,
  { kind, names }: { kind: "modid" | "cmdid"; names: RouteNames },
): number {
  const ids = [...names[`${kind}s`]].filter(([, called]) => called === name).map(([id]) => id);
  if (ids.length === 1) return ids[0];
  throw new UsageError(
    ids.length === 0
      ? `Cannot find a ${kind} called ${name}: give its number, or name it by \`lars routes name\``
      : `Cannot tell which ${kind} is meant as ${ids.length} are called ${name}: give one of ${
        ids.sort((a, b) => a - b).join(", ")
      }`,
  );
}

async function readNames(input: CommandInput, name: string): Promise<RouteNames> {
  try {
    return await readRouteStore(input, (store) => store.readNames());
  } catch (error) {
    const isAway = error instanceof NoDatabaseError || error instanceof StoreError ||
      error instanceof LevelError;
    if (!isAway) throw error;
    throw new CommandError(
      `Cannot look up the name ${name}: give a number instead, or mend this. ${error.message}`,
    );
  }
}
