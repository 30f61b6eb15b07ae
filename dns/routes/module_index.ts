/**
 * A hash index from module to two numbers in one plain array, so that it can lie in shared memory and costs no object
 * per module. Open addressing with linear probing: a module stands in the first free slot from where its hash points.
 * Nothing is ever taken out; who wants a module gone builds a new index.
 *
 * A slot is four words: modid, cmdid, and two that are the index owner's. The last one is not 0 in a slot in use. An
 * index has at least twice as many slots as modules, which keeps the runs short that a search walks.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";

/** Words of a slot. */
export const SLOT_WORDS = 4;

/** How many words an index of so many modules takes: slots are a power of two. */
export function indexWords(modules: number): number {
  let slots = 8;
  while (slots < modules * 2) slots *= 2;
  return slots * SLOT_WORDS;
}

/** Where a module's slot begins in `index`, or the free slot where it belongs. */
export function findSlot(index: Uint32Array, { modid, cmdid }: ModuleName): number {
  const mask = index.length - 1;
  let at = (hashOf(modid, cmdid) * SLOT_WORDS) & mask;
  while (index[at + 3] !== 0 && (index[at] !== modid || index[at + 1] !== cmdid)) {
    at = (at + SLOT_WORDS) & mask;
  }
  return at;
}

/** Copies every slot in use into a new index of twice the size. */
export function doubleIndex(index: Uint32Array): Uint32Array {
  const larger = new Uint32Array(index.length * 2);
  for (let at = 0; at < index.length; at += SLOT_WORDS) {
    if (index[at + 3] === 0) continue;
    const slot = index.subarray(at, at + SLOT_WORDS);
    larger.set(slot, findSlot(larger, { modid: slot[0], cmdid: slot[1] }));
  }
  return larger;
}

/** Two odd multipliers and the finalizer of murmur3: ids that run in sequence, as ids do, spread evenly. */
function hashOf(modid: number, cmdid: number): number {
  let hash = Math.imul(modid, 0x9e3779b1) ^ Math.imul(cmdid, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
