/**
 * What a suite of benchmarks is, and what it measures: the words that suites, runner and reports share.
 *
 * @module
 */

import type { Native } from "./harness/native.ts";

/** Where a figure should be. */
export type Target =
  /** The figure itself: not below. */
  | { atLeast: number }
  /** The figure itself: not above. */
  | { atMost: number }
  /** Its share of the reference: not below. */
  | { ratioAtLeast: number };

/** What a figure was measured beside, in the same rounds. */
export interface Reference {
  /** What it is: `C UDP echo`. */
  name: string;
  /** Median of its rounds, in the figure's unit. */
  value: number;
  /** Median of figure / reference, each of one round. */
  ratio: number;
}

/** Something measured. */
export interface Figure {
  /** What it is, without the suite's name; no two of a suite are alike. */
  name: string;
  /** `/s`, `ms`, `MiB` … */
  unit: string;
  /** Median of the rounds. */
  value: number;
  /** What it is compared with, where there is something. */
  reference?: Reference;
  /** Where it should be, where that was said. */
  target?: Target;
}

/** What a suite is run with. */
export interface SuiteInput {
  /** How often everything is measured. */
  rounds: number;
  /** How long one measurement of a rate lasts, s. */
  seconds: number;
  /** The reference servers and load generators. */
  native: Native;
  /** An empty folder of the suite's own, which is removed after it. */
  folder: string;
  /** Aborted at Ctrl-C: whoever waits is to throw its reason. */
  signal: AbortSignal;
}

/** Figures that belong together. */
export interface Suite {
  /** The word of the command line. */
  name: string;
  /** One line on what is measured and how. */
  summary: string;
  /**
   * Whether it is run only when it is named.
   *
   * @default false
   */
  isExtra?: boolean;
  /** Measures. */
  run(input: SuiteInput): Promise<Figure[]>;
}
