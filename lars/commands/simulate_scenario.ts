/**
 * The command `simulate --scenario`, which runs policies in scenarios on a virtual clock.
 *
 * @module
 */

import { agentSchema } from "../../agent/options.ts";
import { helpColumns, loadOptions, wrapColumns } from "../../service/mod.ts";
import { MAX_SEED, parseInteger, parseSeconds, seedOf } from "../cli/arguments.ts";
import { CommandError, type CommandInput, section } from "../cli/command.ts";
import {
  compareOutcomes,
  type Comparison,
  type Standing,
  standingsOf,
} from "../../simulator/trials/comparison.ts";
import {
  describeGoal,
  RESULT_COLUMNS,
  resultCells,
  STANDING_COLUMNS,
  standingCells,
} from "../../simulator/trials/comparison_table.ts";
import type { Outcome } from "../../simulator/measures/outcome.ts";
import { POLICIES, type PolicyChoice, policyOf } from "../../simulator/policies/policies.ts";
import { DEFAULT_SEED, DEFAULT_SEEDS, tryPolicy } from "../../simulator/trials/trial.ts";
import { type TrialJob, TrialPool } from "../../simulator/trials/trial_pool.ts";
import { findPolicies, findScenarios } from "../../simulator/scenarios/choices.ts";
import { type Scenario, withSeconds } from "../../simulator/scenarios/scenario.ts";
import { SCENARIOS } from "../../simulator/scenarios/scenarios.ts";
import { timelineSvg } from "../../simulator/measures/timeline_svg.ts";
import { formatTable } from "../terminal/table.ts";
import { showProgress } from "../terminal/progress.ts";

/** More seeds than this tell no more. */
const MAX_SEEDS = 1000;

/** Shows what can be named. */
export function listChoices(input: CommandInput): Promise<number> {
  if (input.has("json")) {
    const policies = POLICIES.map(({ name, about }) => ({ name, about }));
    console.log(JSON.stringify({ scenarios: SCENARIOS, policies }));
  } else {
    const columns = Deno.stdout.isTerminal() ? helpColumns() - 2 : Infinity;
    const lines = (items: readonly { name: string; about: string }[]) =>
      wrapColumns(items.map(({ name, about }) => [name, about]), columns);
    console.log(section("Scenarios", lines(SCENARIOS)));
    console.log(`\n${section("Policies", lines(POLICIES))}`);
  }
  return Promise.resolve(0);
}

/** Runs every named policy in every named scenario. */
export async function simulateScenarios(input: CommandInput): Promise<number> {
  const scenarios = findScenarios(input.value("scenario")!).map((scenario) => {
    const seconds = input.value("seconds");
    return seconds === undefined ? scenario : withSeconds(scenario, parseSeconds(seconds));
  });
  const policies = policiesOf(input);
  const seeds = seedsOf(input);
  const svg = input.value("svg");
  if (svg !== undefined) await writeFile(svg, ""); // before the work, should it not be possible

  const startedMs = performance.now();
  const jobs = scenarios.flatMap((scenario) =>
    policies.flatMap((policy) => seeds.map((seed) => ({ scenario, policy, seed })))
  );
  const outcomes = await runJobs(jobs);
  const tookSec = (performance.now() - startedMs) / 1000;
  const each = policies.length * seeds.length;
  const comparisons = scenarios.map(({ name }, i) =>
    compareOutcomes(name, outcomes.slice(i * each, (i + 1) * each))
  );
  const standings = standingsOf(comparisons);
  if (input.has("json")) {
    console.log(JSON.stringify({ outcomes, comparisons, standings }));
  } else {
    for (const [i, comparison] of comparisons.entries()) {
      console.log(`${formatComparison(scenarios[i], comparison).join("\n")}\n`);
    }
    if (scenarios.length > 1) console.log(`${formatStandings(standings).join("\n")}\n`);
    const calls = outcomes.reduce((sum, { calls }) => sum + calls, 0);
    console.log(`${calls} calls in ${tookSec.toFixed(2)} s; ${describeSeeds(seeds)}`);
  }
  if (svg === undefined) return 0;
  await writeFile(svg, drawPicks({ scenarios, policies, seed: seeds[0] }));
  if (!input.has("json")) console.log(`Wrote ${svg}`);
  return 0;
}

async function runJobs(jobs: readonly TrialJob[]): Promise<Outcome[]> {
  using progress = showProgress();
  await using pool = await TrialPool.start({
    threads: Math.min(jobs.length, navigator.hardwareConcurrency),
  });
  return await pool.run(jobs, {
    onProgress: (share) =>
      progress.update(`${Math.floor(100 * share)} % of ${jobs.length} simulations`),
  });
}

/** One after the other, from the first. */
function seedsOf(input: CommandInput): number[] {
  const first = seedOf(input) ?? DEFAULT_SEED;
  const count = parseInteger(input.value("seeds") ?? String(DEFAULT_SEEDS), {
    name: "--seeds",
    min: 1,
    max: MAX_SEEDS,
  });
  return Array.from({ length: count }, (_, i) => (first + i) % (MAX_SEED + 1));
}

function describeSeeds(seeds: readonly number[]): string {
  return seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds.at(-1)}`;
}

function formatComparison({ name, about }: Scenario, comparison: Comparison): string[] {
  const goal = describeGoal(comparison);
  return [
    about === "" ? name : `${name}: ${about}`,
    ...(goal === "" ? [] : [goal]),
    ...formatTable(RESULT_COLUMNS, comparison.results.map(resultCells)),
  ];
}

function formatStandings(standings: readonly Standing[]): string[] {
  return ["all of these", ...formatTable(STANDING_COLUMNS, standings.map(standingCells))];
}

function drawPicks(
  { scenarios, policies, seed }: {
    scenarios: readonly Scenario[];
    policies: readonly PolicyChoice[];
    seed: number;
  },
): string {
  const panels = scenarios.flatMap((scenario) =>
    policies.map((policy) => tryPolicy(scenario, { policy: policyOf(policy), seed }).panel)
  );
  return timelineSvg(panels);
}

/** Settings of one's own are a policy beside those that there are. */
function policiesOf(input: CommandInput): PolicyChoice[] {
  const file = input.value("config");
  const set = input.values("set");
  const { loadbalance } = agentSchema;
  const { values, warnings } = loadOptions({ loadbalance }, { file, set, isPart: true });
  for (const warning of warnings) console.error(`lars: ${warning}`);
  const isYours = file !== undefined || set.length > 0;
  const yours: PolicyChoice[] = isYours ? [{ name: "yours", settings: values.loadbalance }] : [];
  const known = [...POLICIES.map(({ name }): PolicyChoice => ({ name })), ...yours];
  const named = findPolicies(known, input.value("policy") ?? "all");
  return [...new Set([...named, ...yours])];
}

async function writeFile(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new CommandError(
      `Cannot write ${path}: ${error.message}; name a file in a folder that there is`,
    );
  }
}
