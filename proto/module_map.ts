/**
 * A map keyed by module. The pair has 62 bits, more than a number holds exactly, and a string key would cost an
 * allocation a lookup: so it is a map of maps.
 *
 * @module
 */

import type { ModuleName } from "./module.ts";

/** A map from module to `Value`, in no particular order. */
export class ModuleMap<Value> {
  readonly #byModid = new Map<number, Map<number, Value>>();
  #size = 0;

  /** How many modules it holds. */
  get size(): number {
    return this.#size;
  }

  /** The value of a module, or undefined. */
  get(modid: number, cmdid: number): Value | undefined {
    return this.#byModid.get(modid)?.get(cmdid);
  }

  /** Says whether the module is there. */
  has(modid: number, cmdid: number): boolean {
    return this.#byModid.get(modid)?.has(cmdid) ?? false;
  }

  /** Puts or replaces the value of a module. */
  set(modid: number, cmdid: number, value: Value): void {
    let byCmdid = this.#byModid.get(modid);
    if (byCmdid === undefined) this.#byModid.set(modid, byCmdid = new Map());
    if (!byCmdid.has(cmdid)) this.#size++;
    byCmdid.set(cmdid, value);
  }

  /** Takes a module out; says whether it was there. */
  delete(modid: number, cmdid: number): boolean {
    const byCmdid = this.#byModid.get(modid);
    if (byCmdid === undefined || !byCmdid.delete(cmdid)) return false;
    if (byCmdid.size === 0) this.#byModid.delete(modid);
    this.#size--;
    return true;
  }

  /** Takes everything out. */
  clear(): void {
    this.#byModid.clear();
    this.#size = 0;
  }

  /** Every module with its value. Deleting the entry at hand while iterating is safe. */
  *entries(): Generator<[ModuleName, Value]> {
    for (const [modid, byCmdid] of this.#byModid) {
      for (const [cmdid, value] of byCmdid) yield [{ modid, cmdid }, value];
    }
  }

  /** Every value. */
  *values(): Generator<Value> {
    for (const byCmdid of this.#byModid.values()) yield* byCmdid.values();
  }
}
