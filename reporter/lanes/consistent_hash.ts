/**
 * A ring that gives every module to one of a few lanes, evenly, and leaves nearly all modules where they were when the
 * number of lanes changes. Knows nothing of what a lane is.
 *
 * Every lane stands on the ring of 32-bit hashes at many points (its virtual nodes), at places that depend on nothing but
 * its number; a module belongs to the lane of the first point at or after its own hash. A lane added therefore takes
 * modules from all others and moves none between them. With P points a lane's share of the ring is off by about
 * 1 / sqrt(P) of itself: 2 % with 2,048.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";

const POINTS_PER_LANE = 2048;

/** Seeds differ so that a point and a module made of the same two numbers do not meet. */
const POINT_SEED = 1;
const MODULE_SEED = 2;

/** Which lane, 0 … lanes - 1, a module belongs to. */
export class ConsistentHash {
  /** Ascending; `#owners` has the lane of each. */
  readonly #points: Uint32Array;
  readonly #owners: Uint32Array;
  readonly #key = new Uint32Array(2);

  /** Makes the ring of so many lanes, 1 or more. */
  constructor(lanes: number) {
    const points: { hash: number; lane: number }[] = [];
    for (let lane = 0; lane < lanes; lane++) {
      for (let point = 0; point < POINTS_PER_LANE; point++) {
        points.push({ hash: this.#hash(lane, point, POINT_SEED), lane });
      }
    }
    // Of points that coincide the lowest lane's is found: a lane added takes nothing by it.
    points.sort((a, b) => a.hash - b.hash || a.lane - b.lane);
    this.#points = Uint32Array.from(points, ({ hash }) => hash);
    this.#owners = Uint32Array.from(points, ({ lane }) => lane);
  }

  /** The lane of a module. */
  laneOf({ modid, cmdid }: ModuleName): number {
    const hash = this.#hash(modid, cmdid, MODULE_SEED);
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#points[middle] < hash) low = middle + 1;
      else high = middle;
    }
    return this.#owners[low === this.#points.length ? 0 : low];
  }

  #hash(first: number, second: number, seed: number): number {
    this.#key[0] = first;
    this.#key[1] = second;
    return murmur3(this.#key, seed);
  }
}

/**
 * MurmurHash3 in its x86 32-bit form, of whole words: fast, evenly spread, and the same on every machine. Not for secrets.
 * Source of the algorithm and its constants: Austin Appleby, SMHasher, MurmurHash3_x86_32 (public domain).
 *
 * @returns 0 … 4294967295.
 */
export function murmur3(words: Uint32Array, seed: number): number {
  let hash = seed;
  for (let at = 0; at < words.length; at++) {
    hash ^= Math.imul(rotateLeft(Math.imul(words[at], 0xcc9e2d51), 15), 0x1b873593);
    hash = Math.imul(rotateLeft(hash, 13), 5) + 0xe6546b64 | 0;
  }
  hash ^= words.byteLength;
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}

function rotateLeft(value: number, bits: number): number {
  return value << bits | value >>> (32 - bits);
}
