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
import { murmur3 } from "./murmur3.ts";

const POINTS_PER_LANE = 2048;

/** Seeds differ so that a point and a module made of the same two numbers do not meet. */
const POINT_SEED = 1;
const MODULE_SEED = 2;

/** Which lane, 0 … lanes - 1, a module belongs to. */
export class ConsistentHash {
  /** Ascending; `#owners` has the lane of each. */
  readonly #points: Uint32Array;
  readonly #owners: Uint32Array;
  readonly #scratch = new Uint8Array(8);
  readonly #scratchView = new DataView(this.#scratch.buffer);

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
    this.#scratchView.setUint32(0, first, true);
    this.#scratchView.setUint32(4, second, true);
    return murmur3(this.#scratch, seed);
  }
}
