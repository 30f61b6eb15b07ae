/**
 * Draws the faults of a run from a seed: every kind in turn, in an order that is drawn anew when all have had theirs, each
 * on a target that is drawn, for a time that is drawn. Pure.
 *
 * @module
 */

import { SeededRandom } from "../../testing/seeded_random.ts";
import { areRivals, type Fault, type FaultKind, type Target } from "./fault.ts";

/** What can be broken how. */
export type Possible = Partial<Record<FaultKind, readonly Target[]>>;

/** From the beginning of a fault to that of the next, ms. */
const GAP_MS = { least: 500, most: 2_000 };

/** How many faults there are at a time. */
const MAX_AT_ONCE = 2;

/** How long a fault lasts, ms. */
const LENGTH_MS = { least: 300, most: 4_000 };

/** What happens at once is over at once. */
const MOMENTARY: ReadonlySet<FaultKind> = new Set(["throw", "exit"]);

/** A target is left alone after a fault, ms, so that it can be seen to recover. */
const REST_MS = 3_000;

/** The faults of `seed`, by their times; all are over after `forMs`. */
export function drawFaults(
  seed: number,
  { possible, forMs }: { possible: Possible; forMs: number },
): Fault[] {
  const random = new SeededRandom(seed);
  const kinds = (Object.keys(possible) as FaultKind[]).filter((kind) => possible[kind]!.length > 0);
  const faults: Fault[] = [];
  let deck: FaultKind[] = [];
  for (let atMs = between(random, GAP_MS); atMs < forMs; atMs += between(random, GAP_MS)) {
    if (deck.length === 0) deck = shuffle(kinds, random);
    const kind = deck.pop();
    if (kind === undefined) return [];
    const target = random.pick(possible[kind]!);
    const lengthMs = MOMENTARY.has(kind) ? 0 : between(random, LENGTH_MS);
    const fault = { kind, target, atMs, forMs: Math.min(lengthMs, forMs - atMs) };
    const isFree = (other: Fault) =>
      !areRivals(other.target, target) || endOf(other) + REST_MS < atMs;
    const underWay = faults.filter((other) => endOf(other) > atMs).length;
    if (underWay < MAX_AT_ONCE && faults.every(isFree)) faults.push(fault);
    else deck.unshift(kind); // its turn comes again
  }
  return faults;
}

function endOf({ atMs, forMs }: Fault): number {
  return atMs + forMs;
}

function between(random: SeededRandom, { least, most }: { least: number; most: number }): number {
  return least + random.below(most - least);
}

function shuffle<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]);
}
