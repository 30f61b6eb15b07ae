/**
 * Searches settings of the agent's policy that do well in the simulator, and shows how they do where nothing was searched:
 *
 *     deno task tune errRate=0.05,0.1,0.2 idleTimeoutMs=5000,15000 [--file tune.jsonl] [--rounds 3] [--seeds 3] [--seed 1]
 *                    [--train A,B] [--test C,./mine.json]
 *
 * Settings are named as in agent/balancer/settings.ts, and tried with each of their values in turn
 * (simulator/tuning/coordinate_search.ts); what is lowered is the mean of what is wrong in the scenarios to train on
 * (simulator/tuning/cost.ts). These are every other one that is built in unless named; the test is on the others, with
 * other seeds. Same arguments, same result.
 *
 * Every simulation is written to the file as soon as it is done. A search that was interrupted goes on from there, and so
 * does one with more values. After a change of the code, begin a new file.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { type BalancerSettings, DEFAULT_SETTINGS } from "../agent/balancer/mod.ts";
import { formatTable } from "../lars/terminal/table.ts";
import { showProgress } from "../lars/terminal/progress.ts";
import { ConfigError, UsageError } from "../service/mod.ts";
import { findScenarios } from "../simulator/scenarios/choices.ts";
import { compareOutcomes, type Comparison, standingsOf } from "../simulator/trials/comparison.ts";
import { STANDING_COLUMNS, standingCells } from "../simulator/trials/comparison_table.ts";
import { LIMIT, type PolicyChoice, REFERENCES } from "../simulator/policies/policies.ts";
import type { Scenario } from "../simulator/scenarios/scenario.ts";
import { SCENARIOS } from "../simulator/scenarios/scenarios.ts";
import { TrialPool } from "../simulator/trials/trial_pool.ts";
import { type Point, searchCoordinates } from "../simulator/tuning/coordinate_search.ts";
import { meanCost } from "../simulator/tuning/cost.ts";
import { TrialLog } from "./trial_log.ts";

const USAGE = "Usage: deno task tune SETTING=VALUE,VALUE… [--file tune.jsonl] [--rounds 3] " +
  "[--seeds 3] [--seed 1] [--train A,B] [--test C,./mine.json]";

/** A value of a setting. */
export type Value = number | boolean | string;

/** What everything is held against. */
const OTHERS: readonly PolicyChoice[] = [...REFERENCES, LIMIT].map((name) => ({ name }));

/** How often and where policies are tried. */
interface Trials {
  readonly scenarios: readonly Scenario[];
  readonly seeds: readonly number[];
}

/** What makes trials. */
interface Maker {
  readonly log: TrialLog;
  readonly pool: TrialPool;
}

/**
 * Reads `errRate=0.05,0.1`.
 *
 * @throws {UsageError} When there is no such setting, or a value is of another type than its default.
 */
export function parseValues(word: string): [name: string, values: Value[]] {
  const [name, list = ""] = word.split("=", 2);
  const known: Readonly<Record<string, Value>> = { ...DEFAULT_SETTINGS };
  if (!Object.hasOwn(known, name)) {
    const names = Object.keys(known).join(", ");
    throw new UsageError(`Cannot tune ${name} as there is no such setting: there are ${names}`);
  }
  return [name, list.split(",").map((text) => parseValue(text, { name, like: known[name] }))];
}

function parseValue(text: string, { name, like }: { name: string; like: Value }): Value {
  if (typeof like === "string") return text;
  if (typeof like === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  if (typeof like === "number" && text !== "" && Number.isFinite(Number(text))) return Number(text);
  throw new UsageError(
    `Cannot tune ${name} as it must be a ${typeof like}: current value is ${text}`,
  );
}

/** Every other scenario, from the first or from the second on. */
export function everyOther(first: 0 | 1): Scenario[] {
  return SCENARIOS.filter((_, i) => i % 2 === first);
}

/** The policy with these settings, named by what is not default. */
export function choiceOf(point: Point<Value>): PolicyChoice {
  const settings = { ...DEFAULT_SETTINGS, ...point } as BalancerSettings;
  const defaults: Readonly<Record<string, Value>> = { ...DEFAULT_SETTINGS };
  const changed = Object.entries(point).filter(([name, value]) => value !== defaults[name]);
  const name = changed.map(([name, value]) => `${name}=${value}`).join(" ") || "defaults";
  return { name, settings };
}

/** Holds points and all references against each other. */
async function compare(
  points: readonly Point<Value>[],
  { scenarios, seeds }: Trials,
  { log, pool }: Maker,
): Promise<Comparison[]> {
  const policies = [...OTHERS, ...points.map(choiceOf)];
  const jobs = scenarios.flatMap((scenario) =>
    policies.flatMap((policy) => seeds.map((seed) => ({ scenario, policy, seed })))
  );
  using progress = showProgress();
  const outcomes = await log.run(jobs, {
    pool,
    onProgress: (share) => progress.update(`${Math.floor(100 * share)} %`),
  });
  const each = policies.length * seeds.length;
  return scenarios.map(({ name }, i) =>
    compareOutcomes(name, outcomes.slice(i * each, (i + 1) * each))
  );
}

async function tune(
  { values, rounds, train, test }: {
    values: Readonly<Record<string, readonly Value[]>>;
    rounds: number;
    train: Trials;
    test: Trials;
  },
  maker: Maker,
): Promise<void> {
  const all: Readonly<Record<string, Value>> = { ...DEFAULT_SETTINGS };
  const start = Object.fromEntries(Object.keys(values).map((name) => [name, all[name]]));
  const found = await searchCoordinates({
    start,
    values,
    rounds,
    evaluate: async (points) => {
      const comparisons = await compare(points, train, maker);
      return points.map((point) => meanCost(comparisons, choiceOf(point).name));
    },
    onStep({ name, costs, best, cost }) {
      const list = costs.map(({ value, cost }) => `${value}: ${cost.toFixed(4)}`).join("  ");
      console.log(`${name}  ${list}\n  best ${choiceOf(best).name}: ${cost.toFixed(4)}`);
    },
  });
  for (const [title, trials] of Object.entries({ train, test })) {
    const comparisons = await compare([start, found], trials, maker);
    const rows = standingsOf(comparisons).map((standing) => [
      ...standingCells(standing),
      meanCost(comparisons, standing.policy).toFixed(4),
    ]);
    const columns = [...STANDING_COLUMNS, { heading: "cost", isNumber: true }];
    console.log(`\n${title}: ${trials.scenarios.map(({ name }) => name).join(", ")}`);
    console.log(formatTable(columns, rows).join("\n"));
  }
}

function countOf(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new UsageError(`Cannot take --${name} as it must be 1 or more: current value is ${text}`);
}

function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** Test seeds are none of those that were trained on. */
const TEST_SEEDS_LATER = 1_000_000;

async function main(args: readonly string[]): Promise<void> {
  const { _: words, help, file, rounds, seeds, seed, train, test, ...others } = parseArgs(
    [...args],
    {
      string: ["file", "rounds", "seeds", "seed", "train", "test"],
      boolean: ["help"],
      default: { file: "tune.jsonl", rounds: "3", seeds: "3", seed: "1" },
    },
  );
  if (help || words.length === 0 || Object.keys(others).length > 0) {
    console.log(USAGE);
    if (!help) Deno.exitCode = 2;
    return;
  }
  const values = Object.fromEntries(words.map((word) => parseValues(String(word))));
  const [count, first] = [countOf("seeds", seeds), countOf("seed", seed)];
  using log = new TrialLog(file);
  await using pool = await TrialPool.start();
  await tune({
    values,
    rounds: countOf("rounds", rounds),
    train: {
      scenarios: train === undefined ? everyOther(0) : findScenarios(train),
      seeds: seedsFrom(first, count),
    },
    test: {
      scenarios: test === undefined ? everyOther(1) : findScenarios(test),
      seeds: seedsFrom(first + TEST_SEEDS_LATER, count),
    },
  }, { log, pool });
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    console.error(error.message);
    Deno.exitCode = 2;
  }
}
