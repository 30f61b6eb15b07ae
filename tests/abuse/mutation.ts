/**
 * Makes bad bytes of good ones: the kinds of mistakes that break readers. Pure but for the random numbers.
 *
 * @module
 */

import type { SeededRandom } from "../../testing/seeded_random.ts";

/** No input is longer. */
export const MAX_INPUT_BYTES = 4096;

/** Bytes that readers trip over: the ends of ranges, varints that never end, lengths that are far too long. */
const BAD_BYTES: readonly (readonly number[])[] = [
  [0],
  [0x7f],
  [0x80],
  [0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x0b, 0x0c],
];

const MUTATIONS = [flip, insert, remove, repeat, splice, truncate];

/** Changes an input in one to four ways; `other` is one to take parts of. */
export function mutate(input: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  let bytes = input;
  for (let times = 1 + random.below(4); times > 0; times--) {
    bytes = random.pick(MUTATIONS)(bytes, { other, random });
  }
  return bytes.subarray(0, MAX_INPUT_BYTES);
}

interface Means {
  other: Uint8Array;
  random: SeededRandom;
}

function flip(bytes: Uint8Array, { random }: Means): Uint8Array {
  if (bytes.length === 0) return bytes;
  const changed = bytes.slice();
  changed[random.below(bytes.length)] ^= 1 << random.below(8);
  return changed;
}

function insert(bytes: Uint8Array, { random }: Means): Uint8Array {
  return join(bytes, random.below(bytes.length + 1), Uint8Array.from(random.pick(BAD_BYTES)));
}

function remove(bytes: Uint8Array, { random }: Means): Uint8Array {
  const at = random.below(bytes.length + 1);
  return join(bytes.subarray(0, at), at, bytes.subarray(at + 1 + random.below(8)));
}

function repeat(bytes: Uint8Array, { random }: Means): Uint8Array {
  const at = random.below(bytes.length + 1);
  return join(bytes, at, bytes.subarray(at, at + 1 + random.below(64)));
}

function splice(bytes: Uint8Array, { other, random }: Means): Uint8Array {
  const from = random.below(other.length + 1);
  return join(bytes, random.below(bytes.length + 1), other.subarray(from));
}

function truncate(bytes: Uint8Array, { random }: Means): Uint8Array {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

/** Puts a part into others. */
function join(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const all = new Uint8Array(bytes.length + part.length);
  all.set(bytes.subarray(0, at));
  all.set(part, at);
  all.set(bytes.subarray(at), at + part.length);
  return all;
}
