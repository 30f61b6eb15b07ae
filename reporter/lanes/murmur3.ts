/**
 * MurmurHash3, the x86 32-bit form: a fast hash that spreads well and is the same on every machine. Not for secrets.
 *
 * Source of the algorithm and its constants: Austin Appleby, SMHasher, MurmurHash3_x86_32 (public domain).
 *
 * @module
 */

const BLOCK_BYTES = 4;

/**
 * Hashes bytes.
 *
 * @param bytes What to hash.
 * @param seed Gives another, unrelated hash of the same bytes.
 * @returns 0 … 4294967295.
 */
export function murmur3(bytes: Uint8Array, seed = 0): number {
  const tailAt = bytes.length - bytes.length % BLOCK_BYTES;
  let hash = seed;
  for (let at = 0; at < tailAt; at += BLOCK_BYTES) {
    const block = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
    hash ^= scramble(block);
    hash = Math.imul(rotateLeft(hash, 13), 5) + 0xe6546b64 | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= tailAt; at--) tail = tail << 8 | bytes[at];
  hash ^= scramble(tail); // a tail of no bytes scrambles to 0 and changes nothing
  return avalanche(hash ^ bytes.length);
}

function scramble(block: number): number {
  return Math.imul(rotateLeft(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

/** Lets every bit of the input reach every bit of the result. */
function avalanche(hash: number): number {
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}

function rotateLeft(value: number, bits: number): number {
  return value << bits | value >>> (32 - bits);
}
