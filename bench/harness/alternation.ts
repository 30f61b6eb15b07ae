/**
 * Measures a reference and its contenders alternately, several times: the machine's speed drifts from minute to minute, and
 * figures taken seconds apart still compare.
 *
 * @module
 */

import type { Figure, Target } from "../suite.ts";
import { median } from "./statistics.ts";

/** Measures once. */
export type Measure = () => Promise<number> | number;

/** Something that is measured beside a reference. */
export interface Contender {
  /** The figure's name. */
  name: string;
  /** Measures it once. */
  measure: Measure;
  /** Where the figure should be. */
  target?: Target;
}

/** What is measured. */
export interface AlternationOptions {
  /** How often. */
  rounds: number;
  /** Of all figures. */
  unit: string;
  /** What all are compared with; measured first in each round. */
  reference: { name: string; measure: Measure };
  /** What is compared. */
  contenders: readonly Contender[];
}

/** Measures in rounds; gives a figure for each contender. */
export async function measureAlternating(
  { rounds, unit, reference, contenders }: AlternationOptions,
): Promise<Figure[]> {
  const references: number[] = [];
  const values: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    references.push(await reference.measure());
    for (const [index, { measure }] of contenders.entries()) values[index].push(await measure());
  }
  return contenders.map(({ name, target }, index) => ({
    name,
    unit,
    value: median(values[index]),
    reference: {
      name: reference.name,
      value: median(references),
      ratio: median(values[index].map((value, round) => value / references[round])),
    },
    target,
  }));
}
