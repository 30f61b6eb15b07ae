/**
 * A list of modules in shared memory: telling several threads what changed is then handing over one pointer each, however
 * much that is.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";

/** Modid and cmdid in alternation. */
export type ModuleList = Uint32Array<SharedArrayBuffer>;

/** Packs a list. */
export function packModules(modules: readonly ModuleName[]): ModuleList {
  const list = new Uint32Array(new SharedArrayBuffer(modules.length * 8));
  for (const [i, { modid, cmdid }] of modules.entries()) {
    list[i * 2] = modid;
    list[i * 2 + 1] = cmdid;
  }
  return list;
}

/** Reads a list. */
export function* unpackModules(list: ModuleList): Generator<ModuleName> {
  for (let i = 0; i < list.length; i += 2) yield { modid: list[i], cmdid: list[i + 1] };
}
