/**
 * Random numbers that a seed repeats, for fuzz and property tests. A test that fails prints its seed.
 *
 * @module
 */

import { seededRandom } from "../simulator/seeded_random.ts";

/** A stream of random numbers. Good enough for tests and nothing else. */
export class SeededRandom {
  /** A number 0 ≤ x < 1. */
  readonly next: () => number;

  /** Starts the stream of `seed`. */
  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  /** An integer 0 … 4294967295. */
  uint32(): number {
    return this.below(0x1_0000_0000);
  }

  /** An integer 0 … `limit` − 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of `items`. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }

  /** `length` random bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.uint32() & 255);
  }
}

/** A seed for a test that draws other numbers each time, and names their seed when it fails. */
export function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

/** Runs `test` on the stream of `seed`, and names the seed when it fails. */
export function withSeed(seed: number, test: (random: SeededRandom) => void): void {
  try {
    test(new SeededRandom(seed));
  } catch (cause) {
    throw new Error(`failed with seed ${seed}`, { cause });
  }
}
