/**
 * Writes what docs/balancing.md says with numbers and pictures: `deno task balancing`. It runs the simulator for every
 * mark in the document, so that what stands there is what the balancer does:
 *
 *     <!-- overview -->                              a table: scenarios by policies
 *     <!-- simulation: A, B; policies: X, Y -->      a table: how policies met scenarios
 *     <!-- picture: A; policies: X, Y -->            the picture balancing/A.svg, which the text shows
 *
 * Without policies it is all of them.
 *
 * @module
 */

import { OUTCOME_COLUMNS, outcomeCells } from "../simulator/outcome.ts";
import { POLICIES } from "../simulator/policies.ts";
import type { PolicyKind } from "../simulator/policy.ts";
import type { Scenario } from "../simulator/scenario.ts";
import { SCENARIOS } from "../simulator/scenarios.ts";
import { timelineSvg } from "../simulator/timeline_svg.ts";
import { type Trial, tryPolicy } from "../simulator/trial.ts";
import { findTable, formatTable, type Table } from "./markdown_table.ts";

/** The document. */
export const DOCUMENT: URL = new URL("../docs/balancing.md", import.meta.url);

/** Where its pictures are. */
export const PICTURES: URL = new URL("../docs/balancing/", import.meta.url);

const MARK = /<!-- ((overview|simulation|picture)(?:: ([^;]+?))?(?:; policies: (.+?))?) -->/g;

/** What the simulator makes of a document. */
export interface BalancingDocument {
  /** The text with its tables as they are now. */
  text: string;
  /** The pictures by their files' names. */
  pictures: ReadonlyMap<string, string>;
}

/** What is not to be simulated. */
export interface DocumentOptions {
  /** Scenarios whose rows in tables stay as they are, where there are such rows. @default none */
  keeps?: readonly string[];
}

/**
 * Makes the tables and pictures that a text asks for.
 *
 * @throws {Error} When it asks for what there is not, or shows no picture where it asks for one.
 */
export function documentBalancing(
  text: string,
  { keeps = [] }: DocumentOptions = {},
): BalancingDocument {
  const trials = new Trials();
  const pictures = new Map<string, string>();
  for (const [, mark, kind, names, policyNames] of [...text.matchAll(MARK)]) {
    const policies = findNamed(POLICIES, policyNames);
    if (kind === "overview") {
      text = replaceTable(text, { mark, table: overview(trials, policies) });
    } else if (kind === "simulation") {
      const scenarios = findNamed(SCENARIOS, names);
      const kept = findTable(text, mark).table.filter(([name]) => keeps.includes(name));
      const table = outcomesOf(trials, { scenarios, policies, kept });
      text = replaceTable(text, { mark, table });
    } else {
      const [scenario] = findNamed(SCENARIOS, names);
      const file = `${scenario.name}.svg`;
      if (!text.includes(`](balancing/${file})`)) {
        throw new Error(
          `Cannot place a picture as nothing shows it: write ![…](balancing/${file})`,
        );
      }
      const panels = policies.map((policy) => trials.of(scenario, policy).panel);
      pictures.set(file, timelineSvg(panels));
    }
  }
  return { text, pictures };
}

/** Trials, each made once. */
class Trials {
  readonly #made = new Map<string, Trial>();

  of(scenario: Scenario, policy: PolicyKind): Trial {
    const key = `${scenario.name} ${policy.name}`;
    let trial = this.#made.get(key);
    if (trial === undefined) this.#made.set(key, trial = tryPolicy(scenario, { policy }));
    return trial;
  }
}

/** Shares of calls in time, %, the best of each scenario in bold; those that nothing befalls are left out. */
function overview(trials: Trials, policies: readonly PolicyKind[]): Table {
  const scenarios = SCENARIOS.filter(({ background }) => background === undefined);
  return [
    ["in time %", ...policies.map(({ name }) => name)],
    ...scenarios.map((scenario) => {
      const shares = policies.map((policy) =>
        formatShare(trials.of(scenario, policy).outcome.inTimeShare)
      );
      const best = shares.reduce((best, share) => Number(share) > Number(best) ? share : best);
      return [scenario.name, ...shares.map((share) => share === best ? `**${share}**` : share)];
    }),
  ];
}

/** Rounded down: 100 % is all of them. */
function formatShare(share: number): string {
  return (Math.floor(share * 10_000) / 100).toFixed(2);
}

/** As the command prints it, with a column for the scenario where there are several. */
function outcomesOf(
  trials: Trials,
  { scenarios, policies, kept }: {
    scenarios: readonly Scenario[];
    policies: readonly PolicyKind[];
    kept: Table;
  },
): Table {
  const several = scenarios.length > 1;
  const headings = OUTCOME_COLUMNS.map(({ heading }) => heading);
  return [
    several ? ["scenario", ...headings] : headings,
    ...scenarios.flatMap((scenario) =>
      policies.map((policy) => {
        const row = kept.find(([scenarioName, policyName]) =>
          several && scenarioName === scenario.name && policyName === policy.name
        );
        if (row !== undefined) return row;
        const cells = outcomeCells(trials.of(scenario, policy).outcome);
        return several ? [scenario.name, ...cells] : cells;
      })
    ),
  ];
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
  const { text, pictures } = documentBalancing(await Deno.readTextFile(DOCUMENT));
  await Deno.writeTextFile(DOCUMENT, text);
  for (const [file, svg] of pictures) await Deno.writeTextFile(new URL(file, PICTURES), svg);
  console.log(`Wrote docs/balancing.md and ${pictures.size} pictures`);
}
