/**
 * The command `simulate --scenario`, which runs policies in scenarios on a virtual clock.
 *
 * @module
 */

import { agentSchema } from "../../agent/options.ts";
import {
  ConfigError,
  helpColumns,
  loadOptions,
  UsageError,
  wrapColumns,
} from "../../service/mod.ts";
import { parseSeconds, seedOf } from "../cli/arguments.ts";
import { CommandError, type CommandInput, section } from "../cli/command.ts";
import { DEFAULT_SEED, tryPolicy } from "../../simulator/trial.ts";
import { type Outcome, OUTCOME_COLUMNS, outcomeCells } from "../../simulator/outcome.ts";
import { POLICIES, policyWith } from "../../simulator/policies.ts";
import type { PolicyKind } from "../../simulator/policy.ts";
import { parseScenarioText, type Scenario, withSeconds } from "../../simulator/scenario.ts";
import { SCENARIOS } from "../../simulator/scenarios.ts";
import { type TimelinePanel, timelineSvg } from "../../simulator/timeline_svg.ts";
import { formatTable } from "../terminal/table.ts";
import { showProgress } from "../terminal/progress.ts";

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
  const scenarios = namesIn(input.value("scenario")!).flatMap(findScenarios).map((scenario) => {
    const seconds = input.value("seconds");
    return seconds === undefined ? scenario : withSeconds(scenario, parseSeconds(seconds));
  });
  const policies = policiesOf(input);
  const seed = seedOf(input) ?? DEFAULT_SEED;
  const svg = input.value("svg");
  if (svg !== undefined) await writeFile(svg, ""); // before the work, should it not be possible

  const startedMs = performance.now();
  const outcomes: Outcome[] = [];
  const panels: TimelinePanel[] = [];
  for (const scenario of scenarios) {
    const ofScenario: Outcome[] = [];
    for (const policy of policies) {
      using progress = showProgress();
      const { outcome, panel } = tryPolicy(scenario, {
        policy,
        seed,
        onProgress: (share) =>
          progress.update(`${scenario.name}, ${policy.name}: ${Math.floor(100 * share)} %`),
      });
      ofScenario.push(outcome);
      panels.push(panel);
    }
    if (!input.has("json")) console.log(`${formatOutcomes(scenario, ofScenario).join("\n")}\n`);
    outcomes.push(...ofScenario);
  }
  const calls = outcomes.reduce((sum, { calls }) => sum + calls, 0);
  const tookSec = (performance.now() - startedMs) / 1000;
  if (input.has("json")) console.log(JSON.stringify(outcomes));
  else console.log(`${calls} calls in ${tookSec.toFixed(2)} s; seed ${seed}`);
  if (svg === undefined) return 0;
  await writeFile(svg, timelineSvg(panels));
  if (!input.has("json")) console.log(`Wrote ${svg}`);
  return 0;
}

function formatOutcomes({ name, about }: Scenario, outcomes: readonly Outcome[]): string[] {
  const heading = about === "" ? name : `${name}: ${about}`;
  return [heading, ...formatTable(OUTCOME_COLUMNS, outcomes.map(outcomeCells))];
}

function namesIn(list: string): string[] {
  return list.split(",").map((name) => name.trim());
}

/** Settings of one's own are a policy beside those that there are. */
function policiesOf(input: CommandInput): PolicyKind[] {
  const file = input.value("config");
  const set = input.values("set");
  const { loadbalance } = agentSchema;
  const { values, warnings } = loadOptions({ loadbalance }, { file, set, isPart: true });
  for (const warning of warnings) console.error(`lars: ${warning}`);
  const isYours = file !== undefined || set.length > 0;
  const yours = isYours ? [policyWith(values.loadbalance)] : [];
  const known = [...POLICIES, ...yours];
  const named = namesIn(input.value("policy") ?? "all").flatMap((name) =>
    name === "all" ? known : [findNamed(known, { name, what: "policy" })]
  );
  return [...new Set([...named, ...yours])];
}

/** What looks like a path is one: names have neither dot nor slash. */
function findScenarios(name: string): readonly Scenario[] {
  if (name === "all") return SCENARIOS;
  if (/[./\\]/.test(name)) return [parseScenarioText(readFile(name), name)];
  return [findNamed(SCENARIOS, { name, what: "scenario" })];
}

function findNamed<Item extends { name: string }>(
  items: readonly Item[],
  { name, what }: { name: string; what: string },
): Item {
  const found = items.find((item) => item.name === name);
  if (found !== undefined) return found;
  const names = items.map(({ name }) => name).join(", ");
  const file = what === "scenario" ? "; a file is named like ./mine.json" : "";
  throw new UsageError(
    `Cannot simulate ${name} as there is no such ${what}: there are ${names}, all${file}`,
  );
}

function readFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new ConfigError([`${path}: must be a scenario's file: there is none of that name`]);
    }
    if (error instanceof Error) {
      throw new ConfigError([`${path}: cannot be read: ${error.message}`]);
    }
    throw error;
  }
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
