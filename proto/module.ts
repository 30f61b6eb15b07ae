/**
 * A module: the pair (modid, cmdid) that names a remote service, and what every part needs to know of it.
 *
 * @module
 */

/** Largest modid and cmdid: both are non-negative int32. */
export const MAX_MODULE_ID = 0x7fff_ffff;

/** Number of UDP shards an agent runs, on consecutive ports. */
export const SHARD_COUNT = 3;

/** The name of a remote service. */
export interface ModuleName {
  /** Business area, 0 … 2147483647. */
  modid: number;
  /** One operation in it, 0 … 2147483647. */
  cmdid: number;
}

/** Says whether both ids are integers in 0 … {@link MAX_MODULE_ID}. */
export function isModuleName({ modid, cmdid }: ModuleName): boolean {
  return isModuleId(modid) && isModuleId(cmdid);
}

function isModuleId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= MAX_MODULE_ID;
}

/**
 * The shard, 0 … 2, that a module belongs to: `(modid + cmdid) % 3` in exact arithmetic. Client and agent must agree
 * on it, and 32-bit arithmetic would wrap for large ids; a double holds the sum exactly.
 */
export function shardOf({ modid, cmdid }: ModuleName): number {
  return (modid + cmdid) % SHARD_COUNT;
}
