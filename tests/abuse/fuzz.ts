/**
 * Feeds a decoder bad input: the corpus as it is, then what comes of it by mutation.
 *
 * @module
 */

import { SeededRandom } from "../../testing/seeded_random.ts";
import { type Decoder, isRefusal } from "./decoders.ts";
import { mutate } from "./mutation.ts";

/** New inputs are mutated too, up to so many. */
const MAX_GROWN = 1_000;

/** How a decoder is tried. */
export interface FuzzOptions {
  /** What is drawn. */
  readonly seed: number;
  /** How many inputs. */
  readonly inputs: number;
  /** What to begin with. */
  readonly corpus: readonly Uint8Array[];
}

/** What came of it. */
export interface FuzzResult {
  /** How many inputs were refused. */
  readonly refused: number;
  /** How many were taken. */
  readonly taken: number;
  /** The first input for each way in which one was refused that none of the corpus was. */
  readonly found: readonly Uint8Array[];
}

/** An input with which a decoder does what it may not. */
export class FuzzError extends Error {
  /** Names the error. */
  override readonly name = "FuzzError";
}

/**
 * Tries a decoder.
 *
 * @throws {FuzzError} When it throws anything but a refusal, or refuses what it took before.
 */
export function fuzz(
  { name, decode }: Decoder,
  { seed, inputs, corpus }: FuzzOptions,
): FuzzResult {
  const random = new SeededRandom(seed);
  const pool = [...corpus];
  const ways = new Set<string>();
  const found: Uint8Array[] = [];
  let refused = 0;
  for (const input of corpus) {
    const way = tryDecoder(input);
    if (way !== undefined) ways.add(way);
  }
  const good = corpus.filter((input) => tryDecoder(input) === undefined);
  for (let i = 0; i < inputs; i++) {
    const input = mutate(random.pick(pool), random.pick(pool), random);
    const way = tryDecoder(input);
    if (way === undefined) continue;
    refused++;
    if (ways.has(way)) continue;
    ways.add(way);
    found.push(input.slice());
    if (pool.length < corpus.length + MAX_GROWN) pool.push(input.slice());
    // What was bad leaves nothing behind: the same objects read what is good.
    for (const each of good) {
      if (tryDecoder(each) !== undefined) throw failure(each, "it refused what it took before");
    }
  }
  return { refused, taken: inputs - refused, found };

  /** Why it was refused, but for the numbers in it; undefined where it was taken. */
  function tryDecoder(input: Uint8Array): string | undefined {
    try {
      decode(input);
    } catch (error) {
      if (!isRefusal(error)) throw failure(input, String(error), error);
      return (error as Error).message.replaceAll(/-?\d+/g, "#");
    }
  }

  function failure(input: Uint8Array, why: string, cause?: unknown): FuzzError {
    return new FuzzError(`${name}, seed ${seed}, input ${input.toHex()}: ${why}`, { cause });
  }
}
