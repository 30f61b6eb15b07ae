/**
 * A list of modules as plain numbers: telling several threads what changed costs no object for each module.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";

/** Modid and cmdid in alternation. */
export type ModuleList = Uint32Array;

/** Packs a list. */
export function packModules(modules: readonly ModuleName[]): ModuleList {
  return Uint32Array.from(modules.flatMap(({ modid, cmdid }) => [modid, cmdid]));
}

/** Reads a list. */
export function* unpackModules(list: ModuleList): Generator<ModuleName> {
  for (let i = 0; i < list.length; i += 2) yield { modid: list[i], cmdid: list[i + 1] };
}
