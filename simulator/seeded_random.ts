/**
 * Random numbers that a seed repeats.
 *
 * @module
 */

/**
 * A stream of numbers 0 ≤ x < 1, always the same of one seed. The algorithm is SplitMix32: a Weyl sequence whose terms are
 * mixed by the finalizer of MurmurHash3. Good enough for draws and simulations, and nothing else.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000;
  };
}
