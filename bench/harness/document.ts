/**
 * docs/benchmarks.md: the tables in it are written here, out of a result, and never by hand.
 *
 * @module
 */

import { findTable, formatTable } from "../../tools/markdown_table.ts";
import { type BenchResult, COLUMNS, formatMachine, reportRows } from "./report.ts";

/** The document. */
export const DOCUMENT: URL = new URL("../../docs/benchmarks.md", import.meta.url);

/** Writes a result into the document. */
export async function writeDocument(result: BenchResult): Promise<void> {
  const text = await Deno.readTextFile(DOCUMENT);
  await Deno.writeTextFile(DOCUMENT, putResult(text, result));
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
