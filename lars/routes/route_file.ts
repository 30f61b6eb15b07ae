/**
 * Routes in a file: CSV with the header `modid,cmdid,ip,port,weight`, or a JSON array of objects with these keys. Owns the
 * two formats, and finds every mistake in a text; what the rows are to do in the database is not its business.
 *
 * @module
 */

import {
  formatIpv4,
  type HostAddress,
  MAX_MODULE_ID,
  ModuleMap,
  type ModuleName,
  parseIpv4,
} from "../../proto/mod.ts";
import { readCsv } from "./csv.ts";
import { lineStarts } from "./json_lines.ts";

/** The columns, in their order; the last may be absent. */
export const ROUTE_COLUMNS = ["modid", "cmdid", "ip", "port", "weight"] as const;

/** How routes stand in a text. */
export type RouteFormat = "csv" | "json";

/** A host of a module, as a file has it. */
export interface FileRoute extends ModuleName, HostAddress {
  /** Relative share of the picks, where the file gives one. */
  weight?: number;
}

/** What a text holds. */
export interface RouteFile {
  /** Its good rows, in order. */
  routes: FileRoute[];
  /** What is wrong with the others, a line each: `12: port must be …`. */
  mistakes: string[];
}

/** The text holds no routes in any of the formats. The message says why. */
export class RouteFormatError extends Error {
  /** Always "RouteFormatError". */
  override readonly name = "RouteFormatError";
}

/** A row before it is looked at: its values in the order of {@link ROUTE_COLUMNS}, or why there are none. */
type RawRow = { line: number } & ({ values: readonly unknown[] } | { mistake: string });

/**
 * Reads routes.
 *
 * @throws {RouteFormatError} When it is not a text of that format at all.
 */
export function parseRouteFile(text: string, format: RouteFormat): RouteFile {
  const file: RouteFile = { routes: [], mistakes: [] };
  const lines = new ModuleMap<Map<string, number>>();
  for (const row of format === "csv" ? csvRows(text) : jsonRows(text)) {
    const result = "mistake" in row ? row.mistake : toRoute(row.values);
    const mistake = typeof result === "string" ? result : whyRepeated(result, row.line);
    if (mistake === undefined) file.routes.push(result as FileRoute);
    else file.mistakes.push(`${row.line}: ${mistake}`);
  }
  return file;

  function whyRepeated({ modid, cmdid, ip, port }: FileRoute, line: number): string | undefined {
    let hosts = lines.get(modid, cmdid);
    if (hosts === undefined) lines.set(modid, cmdid, hosts = new Map());
    const host = `${formatIpv4(ip)}:${port}`;
    const first = hosts.get(host);
    if (first !== undefined) {
      return `module (${modid}, ${cmdid}) has ${host} in line ${first} already`;
    }
    hosts.set(host, line);
  }
}

/** The format of a file: by the end of its name, or else by how its text begins. */
export function formatOf(path: string, text: string): RouteFormat {
  if (/\.csv$/i.test(path)) return "csv";
  if (/\.json$/i.test(path)) return "json";
  return /^\s*[[{]/.test(text) ? "json" : "csv";
}

/** Writes routes, in pieces: a text of all of them may be large. */
export function* formatRoutes(
  routes: Iterable<Required<FileRoute>>,
  format: RouteFormat,
): Generator<string> {
  if (format === "csv") {
    yield `${ROUTE_COLUMNS.join(",")}\n`;
    for (const { modid, cmdid, ip, port, weight } of routes) {
      yield `${modid},${cmdid},${formatIpv4(ip)},${port},${weight}\n`;
    }
    return;
  }
  let separator = "[";
  for (const { modid, cmdid, ip, port, weight } of routes) {
    yield `${separator}\n  ${JSON.stringify({ modid, cmdid, ip: formatIpv4(ip), port, weight })}`;
    separator = ",";
  }
  yield separator === "[" ? "[]\n" : "\n]\n";
}

function* csvRows(text: string): Generator<RawRow> {
  const [header, ...records] = readCsv(text);
  const names = header?.cells?.map((name) => name.toLowerCase()).join() ?? "";
  if (names !== ROUTE_COLUMNS.join() && names !== ROUTE_COLUMNS.slice(0, -1).join()) {
    throw new RouteFormatError(
      `it must be CSV whose first line is ${ROUTE_COLUMNS.join()}, or JSON`,
    );
  }
  for (const { line, cells } of records) {
    if (cells === undefined) yield { line, mistake: "a quote is not closed, or text follows it" };
    else if (cells.length > ROUTE_COLUMNS.length) {
      yield {
        line,
        mistake: `must have ${ROUTE_COLUMNS.length} cells at most: it has ${cells.length}`,
      };
    } else {
      const values = cells.map((cell) =>
        /^\d{1,15}$/.test(cell) ? Number(cell) : cell || undefined
      );
      yield { line, values };
    }
  }
}

function* jsonRows(text: string): Generator<RawRow> {
  const items = parseJson(text);
  if (!Array.isArray(items)) {
    throw new RouteFormatError("it must be a JSON array of objects");
  }
  const lines = lineStarts(text);
  for (const [i, item] of items.entries()) {
    const line = lines[i];
    if (typeof item !== "object" || item === null || Array.isArray(item)) {
      yield { line, mistake: `must be an object with ${ROUTE_COLUMNS.join(", ")}` };
      continue;
    }
    const unknown = Object.keys(item).filter((key) => !isColumn(key));
    if (unknown.length > 0) {
      const known = ROUTE_COLUMNS.join(", ");
      yield { line, mistake: `${unknown.join(", ")} is not known: known are ${known}` };
    } else {
      yield { line, values: ROUTE_COLUMNS.map((name) => item[name] ?? undefined) };
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RouteFormatError(`it is no JSON: ${(error as SyntaxError).message}`);
  }
}

function isColumn(key: string): boolean {
  return (ROUTE_COLUMNS as readonly string[]).includes(key);
}

/** A row's values as a route, or what is wrong with them. */
function toRoute([modid, cmdid, ip, port, weight]: readonly unknown[]): FileRoute | string {
  const address = typeof ip === "string" ? parseIpv4(ip) : undefined;
  const mistakes = [
    ...whyNoInteger("modid", modid, { min: 0, max: MAX_MODULE_ID }),
    ...whyNoInteger("cmdid", cmdid, { min: 0, max: MAX_MODULE_ID }),
    ...address === undefined ? [mistake("ip", "an IPv4 address such as 10.0.0.5", ip)] : [],
    ...whyNoInteger("port", port, { min: 1, max: 65_535 }),
    ...weight === undefined ? [] : whyNoInteger("weight", weight, { min: 1, max: 0xffff_ffff }),
  ];
  if (mistakes.length > 0) return mistakes.join("; ");
  const route = { modid, cmdid, ip: address, port } as FileRoute;
  return weight === undefined ? route : { ...route, weight: weight as number };
}

function whyNoInteger(
  name: string,
  value: unknown,
  { min, max }: { min: number; max: number },
): string[] {
  const isGood = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  return isGood ? [] : [mistake(name, `an integer ${min} … ${max}`, value)];
}

function mistake(name: string, must: string, value: unknown): string {
  const current = value === undefined ? "it is missing" : `it is ${JSON.stringify(value)}`;
  return `${name} must be ${must}: ${current}`;
}
