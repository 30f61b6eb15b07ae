/**
 * Writes what docs/balancing.md says with numbers and pictures: `deno task balancing`. It runs the simulator for every
 * mark in the document, with as many seeds as the command, so that what stands there is what the balancer does:
 *
 *     <!-- overview -->                              a table: what each policy avoids of each scenario's avoidable losses
 *     <!-- standings -->                             a table: how policies did in all scenarios
 *     <!-- simulation: A, B; policies: X, Y -->      a table: how policies met scenarios
 *     <!-- picture: A; policies: X, Y -->            the picture balancing/A.svg, of one seed, which the text shows
 *
 * Without policies it is all of them.
 *
 * @module
 */

import {
  compareOutcomes,
  type Comparison,
  hasAvoidable,
  standingsOf,
} from "../simulator/trials/comparison.ts";
import {
  formatShare,
  type Heading,
  RESULT_COLUMNS,
  resultCells,
  STANDING_COLUMNS,
  standingCells,
} from "../simulator/trials/comparison_table.ts";
import { POLICIES } from "../simulator/policies/policies.ts";
import type { PolicyKind } from "../simulator/policies/policy.ts";
import type { Scenario } from "../simulator/scenarios/scenario.ts";
import { SCENARIOS } from "../simulator/scenarios/scenarios.ts";
import { timelineSvg } from "../simulator/measures/timeline_svg.ts";
import { DEFAULT_SEED, DEFAULT_SEEDS, tryPolicy } from "../simulator/trials/trial.ts";
import { TrialPool } from "../simulator/trials/trial_pool.ts";
import { findTable, formatTable, type Table } from "./markdown_table.ts";

/** The document. */
export const DOCUMENT: URL = new URL("../docs/balancing.md", import.meta.url);

/** Where its pictures are. */
export const PICTURES: URL = new URL("../docs/balancing/", import.meta.url);

const MARK =
  /<!-- ((overview|standings|simulation|picture)(?:: ([^;]+?))?(?:; policies: (.+?))?) -->/g;

/** What the simulator makes of a document. */
export interface BalancingDocument {
  /** The text with its tables as they are now. */
  text: string;
  /** The pictures by their files' names. */
  pictures: ReadonlyMap<string, string>;
}

/** What is to be simulated. */
export interface DocumentOptions {
  /**
   * The names of the scenarios. Rows and pictures of others stay as they are, and what is said of all of them.
   *
   * @default all
   */
  only?: readonly string[];
  /** Takes the share of the work that is done, 0 … 1, now and then. */
  onProgress?: (share: number) => void;
}

/** A mark in the text. */
interface Mark {
  readonly mark: string;
  readonly kind: string;
  readonly scenarios: readonly Scenario[];
  readonly policies: readonly PolicyKind[];
}

/**
 * Makes the tables and pictures that a text asks for.
 *
 * @throws {Error} When it asks for what there is not, or shows no picture where it asks for one.
 */
export async function documentBalancing(
  text: string,
  { only, onProgress }: DocumentOptions = {},
): Promise<BalancingDocument> {
  const marks = marksIn(text);
  const isMeant = ({ name }: Scenario) => only?.includes(name) ?? true;
  const tables = marks.filter(({ kind }) => kind !== "picture");
  for (const { mark } of tables) findTable(text, mark); // before the work, should there be none
  const pictures = picturesOf(text, { marks, isMeant });
  const compared = new Set(tables.flatMap(({ scenarios }) => scenarios).filter(isMeant));
  const comparisons = await compare([...compared], { onProgress });
  for (const mark of tables) {
    const table = tableOf(mark, { comparisons, old: findTable(text, mark.mark).table });
    text = replaceTable(text, { mark: mark.mark, table });
  }
  return { text, pictures };
}

function marksIn(text: string): Mark[] {
  return Array.from(text.matchAll(MARK), ([, mark, kind, names, policyNames]) => ({
    mark,
    kind,
    scenarios: findNamed(SCENARIOS, names),
    policies: findNamed(POLICIES, policyNames),
  }));
}

/** Draws one seed of each. */
function picturesOf(
  text: string,
  { marks, isMeant }: { marks: readonly Mark[]; isMeant: (scenario: Scenario) => boolean },
): Map<string, string> {
  const pictures = new Map<string, string>();
  for (const { kind, scenarios: [scenario], policies } of marks) {
    if (kind !== "picture") continue;
    const file = `${scenario.name}.svg`;
    if (!text.includes(`](balancing/${file})`)) {
      throw new Error(`Cannot place a picture as nothing shows it: write ![…](balancing/${file})`);
    }
    if (!isMeant(scenario)) continue;
    const panels = policies.map((policy) => tryPolicy(scenario, { policy }).panel);
    pictures.set(file, timelineSvg(panels));
  }
  return pictures;
}

/** Holds all policies against each other, by the scenarios' names. */
async function compare(
  scenarios: readonly Scenario[],
  { onProgress }: Pick<DocumentOptions, "onProgress">,
): Promise<Map<string, Comparison>> {
  const seeds = Array.from({ length: DEFAULT_SEEDS }, (_, i) => DEFAULT_SEED + i);
  const jobs = scenarios.flatMap((scenario) =>
    POLICIES.flatMap(({ name }) => seeds.map((seed) => ({ scenario, policy: { name }, seed })))
  );
  await using pool = await TrialPool.start();
  const outcomes = await pool.run(jobs, { onProgress });
  const each = POLICIES.length * seeds.length;
  return new Map(scenarios.map(({ name }, i) => [
    name,
    compareOutcomes(name, outcomes.slice(i * each, (i + 1) * each)),
  ]));
}

function tableOf(
  { kind, scenarios, policies }: Mark,
  { comparisons, old }: { comparisons: ReadonlyMap<string, Comparison>; old: Table },
): Table {
  const isWhole = scenarios.every(({ name }) => comparisons.has(name));
  switch (kind) {
    case "overview":
      return overview({ scenarios, policies, comparisons, old });
    case "standings": {
      if (!isWhole && old.length > 0) return old;
      const named = (policy: string) => policies.some(({ name }) => name === policy);
      const standings = standingsOf([...comparisons.values()]);
      const rows = standings.filter(({ policy }) => named(policy)).map(standingCells);
      return [headingsOf(STANDING_COLUMNS), ...rows];
    }
    default:
      return resultsOf({ scenarios, policies, comparisons, old });
  }
}

/** What a table is made of. */
interface TableParts {
  readonly scenarios: readonly Scenario[];
  readonly policies: readonly PolicyKind[];
  readonly comparisons: ReadonlyMap<string, Comparison>;
  readonly old: Table;
}

/** Shares of the avoidable losses that policies avoid, %, the best but the oracle's in bold; where there are some. */
function overview({ scenarios, policies, comparisons, old }: TableParts): Table {
  const heading = ["avoided %", ...policies.map(({ name }) => name)];
  const rows = scenarios.flatMap(({ name }) => {
    const comparison = comparisons.get(name);
    if (comparison === undefined) return old.filter(([first]) => first === name);
    if (!hasAvoidable(comparison)) return [];
    const shares = policies.map((policy) =>
      comparison.results.find((result) => result.policy === policy.name)!.avoidedShare
    );
    return [[name, ...boldBest(shares.map(formatShare), policies)]];
  });
  if (rows.length === 0 || scenarios.some(({ name }) => !comparisons.has(name))) {
    return [heading, ...rows, ...old.filter(([first]) => first === "mean")];
  }
  const standings = standingsOf(scenarios.map(({ name }) => comparisons.get(name)!));
  const means = policies.map(({ name }) =>
    formatShare(standings.find(({ policy }) => policy === name)!.avoidedShare)
  );
  return [heading, ...rows, ["mean", ...boldBest(means, policies)]];
}

function boldBest(cells: readonly string[], policies: readonly PolicyKind[]): string[] {
  const own = cells.filter((_, i) => !("observe" in policies[i])).map(Number);
  const best = Math.max(...own);
  return cells.map((cell, i) =>
    Number(cell) === best && !("observe" in policies[i]) ? `**${cell}**` : cell
  );
}

/** As the command prints it, with a column for the scenario where there are several. */
function resultsOf({ scenarios, policies, comparisons, old }: TableParts): Table {
  const several = scenarios.length > 1;
  const headings = headingsOf(RESULT_COLUMNS);
  const rows = scenarios.flatMap(({ name }) => {
    const comparison = comparisons.get(name);
    if (comparison === undefined) {
      return several ? old.filter(([first]) => first === name) : old.slice(1);
    }
    return policies.map((policy) => {
      const result = comparison.results.find((result) => result.policy === policy.name)!;
      return several ? [name, ...resultCells(result)] : resultCells(result);
    });
  });
  return [several ? ["scenario", ...headings] : headings, ...rows];
}

function headingsOf(columns: readonly Heading[]): string[] {
  return columns.map(({ heading }) => heading);
}

function replaceTable(
  text: string,
  { mark, table }: { mark: string; table: Table },
): string {
  const { start, end } = findTable(text, mark);
  const after = text.slice(end);
  // Where there was no table yet, the text goes on at once.
  const gap = after === "" || after.startsWith("\n") ? "" : "\n";
  return text.slice(0, start) + formatTable(table) + gap + after;
}

function findNamed<Item extends { name: string }>(
  items: readonly Item[],
  names: string | undefined,
): readonly Item[] {
  if (names === undefined) return items;
  return names.split(",").map((name) => {
    const found = items.find((item) => item.name === name.trim());
    if (found === undefined) throw new Error(`Cannot simulate ${name} as there is no such name`);
    return found;
  });
}

if (import.meta.main) {
  const { text, pictures } = await documentBalancing(await Deno.readTextFile(DOCUMENT));
  await Deno.writeTextFile(DOCUMENT, text);
  for (const [file, svg] of pictures) await Deno.writeTextFile(new URL(file, PICTURES), svg);
  console.log(`Wrote docs/balancing.md and ${pictures.size} pictures`);
}
