/**
 * docs/benchmarks.md, and the few figures that the README shows: their tables are written here, out of a result, and never
 * by hand.
 *
 * @module
 */

import { findTable, formatTable } from "../../tools/markdown_table.ts";
import {
  type BenchResult,
  COLUMNS,
  formatMachine,
  formatNumber,
  formatValue,
  reportRows,
} from "./report.ts";

/** The document. */
export const DOCUMENT: URL = new URL("../../docs/benchmarks.md", import.meta.url);

/** What a newcomer sees first. */
export const README: URL = new URL("../../README.md", import.meta.url);

/** The figures that the README shows, in its words. */
export const HIGHLIGHTS: readonly Highlight[] = [
  {
    says: "an agent's picks for ten programs at once, one shard",
    suite: "agent",
    figure: "10 callers, picks, drain",
  },
  {
    says: "picks with reports by one program with the client library",
    suite: "client",
    figure: "1,000 callers, picks + reports",
  },
  { says: "routes that dns answers", suite: "dns", figure: "answers, 16 × 32" },
  {
    says: "results that reporter stores in MariaDB",
    suite: "reporter",
    figure: "results into MariaDB, rows rewritten 10 times",
  },
  {
    says: "from a change by `lars routes` to an agent's new route, p99",
    suite: "push",
    figure: "change with our tools, p99",
  },
  {
    says: "CPU of an agent at rest, of one core",
    suite: "rest",
    figure: "CPU of agent, of one core",
  },
];

/** A figure that the README shows. */
export interface Highlight {
  /** What it is, in words that need no explanation. */
  says: string;
  /** The suite that measures it. */
  suite: string;
  /** Its name there. */
  figure: string;
}

/** Writes a result into the documents. */
export async function writeDocuments(result: BenchResult): Promise<void> {
  await Deno.writeTextFile(DOCUMENT, putResult(await Deno.readTextFile(DOCUMENT), result));
  await Deno.writeTextFile(README, putHighlights(await Deno.readTextFile(README), result));
}

/**
 * Puts the figures that a newcomer wants into the README's table.
 *
 * @throws {Error} When there is no place for them, or the result lacks one.
 */
export function putHighlights(readme: string, { figures }: BenchResult): string {
  const rows = HIGHLIGHTS.map(({ says, suite, figure }) => {
    const found = figures.find((each) => each.suite === suite && each.name === figure);
    if (found === undefined) {
      throw new Error(`Cannot show "${figure}" as the result must have it: run the suite ${suite}`);
    }
    const { value, unit, reference } = found;
    const beside = reference && `${formatNumber(reference.ratio)} × ${reference.name}`;
    return [says, formatValue(value, unit), beside ?? ""];
  });
  return putTable(readme, "speed", [["what", "measured", "beside, in the same run"], ...rows]);
}

/**
 * Puts a result's machine and figures into the document's two tables.
 *
 * @throws {Error} When there is no place for them.
 */
export function putResult(document: string, result: BenchResult): string {
  const lines = formatMachine(result);
  const figures = [COLUMNS.map(({ heading }) => heading), ...reportRows(result.figures)];
  const withMachine = putTable(document, "machine", [
    ["measured on"],
    ...lines.map((line) => [line]),
  ]);
  return putTable(withMachine, "figures", figures);
}

function putTable(document: string, mark: string, table: string[][]): string {
  const { start, end } = findTable(document, mark);
  const rest = document.slice(end);
  const gap = rest === "" || rest.startsWith("\n") ? "" : "\n"; // or the table would go on
  return document.slice(0, start) + formatTable(table) + gap + rest;
}
