/**
 * Random numbers that a failing test can be run again with: it prints its seed.
 *
 * @module
 */

/** A mulberry32 generator of numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws whole numbers and bytes. */
export class Dice {
  readonly #random: () => number;

  /** Starts the sequence that belongs to `seed`. */
  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  /** That many random bytes. */
  bytes(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

/** Runs a test with a new seed, and names the seed when it fails; to run it again, put the seed in here. */
export function withSeed(test: (dice: Dice) => void): void {
  const seed = Math.floor(Math.random() * 2 ** 32);
  try {
    test(new Dice(seed));
  } catch (error) {
    throw new Error(`Failed with seed ${seed}`, { cause: error });
  }
}
