/**
 * Writes the tables of metrics in docs/operations.md: `deno task metrics`. It starts each role for a moment and takes
 * from it what metrics there are and what they mean. What to do about them is written by hand, into the last column, and
 * stays.
 *
 * @module
 */

import { ROLES } from "../lars/up/role_task.ts";
import { Role } from "../testing/role.ts";
import { findTable, formatTable } from "./markdown_table.ts";

/** A metric as its role describes it. */
export interface MetricHelp {
  /** Its whole name. */
  name: string;
  /** What it means. */
  help: string;
}

/** What each table holds. */
export type MetricTables = ReadonlyMap<string, readonly MetricHelp[]>;

/** The table of what several roles have. */
const SHARED = "all";

const HEADING = ["metric", "what it is", "what to do about it"];

/** The document that has the tables. */
export const DOCUMENT: URL = new URL("../docs/operations.md", import.meta.url);

/** Reads which metrics there are from what GET /metrics gave. */
export function readHelp(metrics: string): MetricHelp[] {
  return [...metrics.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => ({ name, help }));
}

/**
 * Deals metrics out to the tables: a role's own to its table; what has the same meaning in several roles, such as the
 * numbers that the reactor keeps, to a table for all, in one row.
 */
export function arrangeMetrics(byRole: MetricTables): MetricTables {
  const namesOf = Map.groupBy([...byRole.values()].flat(), ({ help }) => help);
  const rolesOf = (help: string) =>
    [...byRole.values()].filter((metrics) => metrics.some((metric) => metric.help === help)).length;
  const shared = [...namesOf].filter(([help]) => rolesOf(help) > 1);
  const tables = new Map<string, readonly MetricHelp[]>([[
    SHARED,
    shared.map(([help, metrics]) => ({ name: joinNames(metrics.map(({ name }) => name)), help })),
  ]]);
  for (const [role, metrics] of byRole) {
    tables.set(role, metrics.filter(({ help }) => rolesOf(help) === 1));
  }
  return tables;
}

/** Writes names that differ in the middle as the shell does: `lars_{dns,agent}_requests_total`. */
export function joinNames(names: readonly string[]): string {
  const different = [...new Set(names)].map((name) => name.split("_"));
  const [first, ...others] = different;
  if (others.length === 0) return names[0];
  const isShared = (at: number) => others.every((words) => words.at(at) === first.at(at));
  let [before, after] = [0, 0];
  while (isShared(before)) before++;
  while (isShared(-1 - after)) after++;
  const middles = different.map((words) => words.slice(before, words.length - after).join("_"));
  return [...first.slice(0, before), `{${middles.join(",")}}`, ...first.slice(-after)].join("_");
}

/** The names that {@link joinNames} made one of. */
export function splitNames(joined: string): string[] {
  const [, before, middles, after] = /^(\w*)\{(.*)\}(\w*)$/.exec(joined) ?? [];
  if (middles === undefined) return [joined];
  return middles.split(",").map((middle) => before + middle + after);
}

/** The document with its tables as they should be. What it says to do about a metric stays; of a new one it is empty. */
export function rewriteTables(document: string, tables: MetricTables): string {
  const advice = new Map<string, string>();
  for (const mark of tables.keys()) {
    const { table: [, ...rows] } = findTable(document, markOf(mark));
    for (const [name, , what] of rows) advice.set(name, what);
  }
  for (const [mark, metrics] of tables) {
    const { start, end, table } = findTable(document, markOf(mark));
    const rows = metrics.map(({ name, help }) => {
      const cell = `\`${name}\``;
      return [cell, help, advice.get(cell) ?? ""];
    });
    const lines = formatTable([HEADING, ...rows]) + (table.length === 0 ? "\n" : "");
    document = document.slice(0, start) + lines + document.slice(end);
  }
  return document;
}

/** The mark of a table: `<!-- metrics: dns -->`. */
export function markOf(table: string): string {
  return `metrics: ${table}`;
}

/** Starts every role for a moment, on free ports and a database of its own, and asks which metrics it has. */
export async function scrapeRoles(): Promise<MetricTables> {
  const folder = await Deno.makeTempDir({ prefix: "lars-metrics-" });
  try {
    const store = `store.path=${folder}/lars.db`;
    const entries = ROLES.map(async (name) => {
      await using role = await Role.start(name, name === "agent" ? [] : [store]);
      return [name, readHelp((await role.get("/metrics")).text)] as const;
    });
    return new Map(await Promise.all(entries));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const tables = arrangeMetrics(await scrapeRoles());
  const document = await Deno.readTextFile(DOCUMENT);
  await Deno.writeTextFile(DOCUMENT, rewriteTables(document, tables));
}
