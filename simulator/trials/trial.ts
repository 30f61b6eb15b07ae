/**
 * One policy in one scenario, from beginning to end: a trial, as the command and the documentation make them.
 *
 * @module
 */

import { type Outcome, outcomeOf } from "../measures/outcome.ts";
import type { PolicyKind } from "../policies/policy.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { Simulation } from "../simulation.ts";
import type { TimelinePanel } from "../measures/timeline_svg.ts";

/** The seed of whoever names none. */
export const DEFAULT_SEED = 1;

/** So many seeds, from that one on, unless told. */
export const DEFAULT_SEEDS = 8;

/** Between two tellings of progress a simulation goes on by so many of its parts. */
const PARTS = 200;

/** What came of a simulation, as numbers and to draw. */
export interface Trial {
  /** The measures. */
  readonly outcome: Outcome;
  /** The picture. */
  readonly panel: TimelinePanel;
}

/** What a run of a scenario is told. */
export interface TrialOptions {
  /** Who decides. */
  policy: PolicyKind;
  /**
   * The random numbers are those of this seed.
   *
   * @default DEFAULT_SEED
   */
  seed?: number;
  /** Takes the share of the simulation that is done, 0 … 1, now and then. */
  onProgress?: (share: number) => void;
}

/** Runs a policy in a scenario. */
export function tryPolicy(
  scenario: Scenario,
  { policy, seed = DEFAULT_SEED, onProgress }: TrialOptions,
): Trial {
  const simulation = new Simulation(scenario, { policy, seed });
  for (let part = 1; part < PARTS; part++) {
    simulation.runUntil(scenario.seconds * 1000 * part / PARTS);
    onProgress?.(part / PARTS);
  }
  simulation.runUntil(Infinity);
  const { timeline, incidents: { all: incidents, ejections } } = simulation;
  const title = `${scenario.name}: ${policy.name}`;
  return {
    outcome: outcomeOf(simulation, { scenario: scenario.name, policy: policy.name, seed }),
    panel: { title, scenario, timeline, incidents, ejections },
  };
}
