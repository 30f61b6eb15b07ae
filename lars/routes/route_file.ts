/**
 * Routes in a file, and the names of their ids: CSV with a column for each of {@link FILE_COLUMNS}, or a JSON array of
 * objects with these keys. Owns the two formats, and finds every mistake in a text; what the rows are to do in the database
 * is not its business.
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
import type { NameChange, RouteNames } from "../../sql/mod.ts";
import { type CsvRecord, formatCell, readCsv } from "./csv.ts";

/** The columns, in the order that they have without a heading; from the weight on they may be absent. */
export const FILE_COLUMNS = [
  "modid",
  "cmdid",
  "ip",
  "port",
  "weight",
  "modidName",
  "cmdidName",
] as const;

/** One of {@link FILE_COLUMNS}. */
type Column = typeof FILE_COLUMNS[number];

/** Without these there is no route. */
const REQUIRED: readonly Column[] = ["modid", "cmdid", "ip", "port"];

const NAME_COLUMNS: readonly Column[] = ["modidName", "cmdidName"];

/** What else the columns are called, by us or by others; case, blanks, `-` and `_` do not matter. */
const ALIASES: Readonly<Record<string, Column>> = {
  ...Object.fromEntries(FILE_COLUMNS.map((column) => [column.toLowerCase(), column])),
  hostname: "ip",
  host: "ip",
  address: "ip",
  modname: "modidName",
  cmdname: "cmdidName",
};

/** Columns of our lists that say nothing new. */
const IGNORED = ["id", "drained"];

/** The database's column for names takes so many. */
const MAX_NAME_LENGTH = 255;

/** How routes stand in a text. */
export type RouteFormat = "csv" | "json";

/** A host of a module, as a file has it. */
export interface FileRoute extends ModuleName, HostAddress {
  /** Relative share of the picks, where the file gives one; 0 is drained. */
  weight?: number;
}

/** What a text holds. */
export interface RouteFile {
  /** Its good rows, in order. */
  routes: FileRoute[];
  /** The names that it gives, each id once; undefined where it has no place for names. */
  names: NameChange[] | undefined;
  /** What is wrong with the other rows, a line each: `12: port must be …`. */
  mistakes: string[];
}

/** The text holds no routes in any of the formats. The message says why. */
export class RouteFormatError extends Error {
  /** Always "RouteFormatError". */
  override readonly name = "RouteFormatError";
}

/** The values of a row as they stand there. */
type Values = Partial<Record<Column, unknown>>;

/** A row before it is looked at, or why it cannot be. */
type RawRow = { line: number } & ({ values: Values } | { mistake: string });

/** Rows, and whether there is a place for names. */
interface RawFile {
  rows: Iterable<RawRow>;
  hasNames: boolean;
}

/**
 * Reads routes.
 *
 * @throws {RouteFormatError} When it is not a text of that format at all.
 */
export function parseRouteFile(text: string, format: RouteFormat): RouteFile {
  const { rows, hasNames } = format === "csv" ? csvFile(text) : jsonFile(text);
  const routes: FileRoute[] = [];
  const mistakes: string[] = [];
  const lines = new ModuleMap<Map<string, number>>();
  const names = { modid: new Map<number, Named>(), cmdid: new Map<number, Named>() };
  for (const row of rows) {
    const why = "mistake" in row ? [row.mistake] : take(row.values, row.line);
    if (why.length > 0) mistakes.push(`${row.line}: ${why.join("; ")}`);
  }
  const changes = [
    ...Array.from(names.modid, ([modid, { name }]) => ({ modid, name })),
    ...Array.from(names.cmdid, ([cmdid, { name }]) => ({ cmdid, name })),
  ];
  return { routes, names: hasNames ? changes : undefined, mistakes };

  /** Takes a row, or says what is wrong with it. */
  function take(values: Values, line: number): string[] {
    const { modidName, cmdidName } = values;
    const why = [
      ...takeName("modid", { id: values.modid, name: modidName, line }),
      ...takeName("cmdid", { id: values.cmdid, name: cmdidName, line }),
    ];
    const isNameAlone = (modidName ?? cmdidName) !== undefined &&
      (values.ip ?? values.port) === undefined;
    if (isNameAlone) return why;
    const route = toRoute(values);
    if (Array.isArray(route)) return [...route, ...why];
    why.push(...whyRepeated(route, line));
    if (why.length === 0) routes.push(route);
    return why;
  }

  function takeName(
    kind: "modid" | "cmdid",
    { id: idValue, name, line }: { id: unknown; name: unknown; line: number },
  ): string[] {
    if (name === undefined) return [];
    const id = toInteger(idValue);
    const wrongId = whyNoInteger(kind, id, { min: 0, max: MAX_MODULE_ID });
    // Where there is a host as well, the id is looked at with it.
    if (wrongId.length > 0) return idValue === undefined ? wrongId : [];
    if (typeof name !== "string" || [...name].length > MAX_NAME_LENGTH) {
      return [mistake(`${kind}Name`, `a text of at most ${MAX_NAME_LENGTH} characters`, name)];
    }
    const known = names[kind].get(id as number);
    if (known !== undefined && known.name !== name) {
      return [`${kind} ${id} is called ${known.name} in line ${known.line} already: it is ${name}`];
    }
    if (known === undefined) names[kind].set(id as number, { name, line });
    return [];
  }

  function whyRepeated({ modid, cmdid, ip, port }: FileRoute, line: number): string[] {
    let hosts = lines.get(modid, cmdid);
    if (hosts === undefined) lines.set(modid, cmdid, hosts = new Map());
    const host = `${formatIpv4(ip)}:${port}`;
    const first = hosts.get(host);
    if (first !== undefined) {
      return [`module (${modid}, ${cmdid}) has ${host} in line ${first} already`];
    }
    hosts.set(host, line);
    return [];
  }
}

/** A name, and where it was given first. */
interface Named {
  name: string;
  line: number;
}

/** The format of a file: by the end of its name, or else by how its text begins. */
export function formatOf(path: string, text: string): RouteFormat {
  if (/\.csv$/i.test(path)) return "csv";
  if (/\.json$/i.test(path)) return "json";
  return /^\s*[[{]/.test(text) ? "json" : "csv";
}

/** Writes routes and names, in pieces: a text of all of them may be large. An id without a route has a row for its name. */
export function* formatRoutes(
  routes: readonly Required<FileRoute>[],
  { format, names }: { format: RouteFormat; names: RouteNames },
): Generator<string> {
  const modids = new Set(routes.map(({ modid }) => modid));
  const cmdids = new Set(routes.map(({ cmdid }) => cmdid));
  const rows = function* (): Generator<Values> {
    for (const { modid, cmdid, ip, port, weight } of routes) {
      const [modidName, cmdidName] = [names.modids.get(modid), names.cmdids.get(cmdid)];
      yield { modid, cmdid, ip: formatIpv4(ip), port, weight, modidName, cmdidName };
    }
    for (const [modid, modidName] of names.modids) {
      if (!modids.has(modid)) yield { modid, modidName };
    }
    for (const [cmdid, cmdidName] of names.cmdids) {
      if (!cmdids.has(cmdid)) yield { cmdid, cmdidName };
    }
  };
  yield* format === "csv" ? csvText(rows()) : jsonText(rows());
}

function* csvText(rows: Iterable<Values>): Generator<string> {
  yield `${FILE_COLUMNS.join(",")}\n`;
  for (const row of rows) {
    yield `${FILE_COLUMNS.map((column) => formatCell(String(row[column] ?? ""))).join(",")}\n`;
  }
}

function* jsonText(rows: Iterable<Values>): Generator<string> {
  let separator = "[";
  for (const row of rows) {
    const { modidName = null, cmdidName = null } = row;
    yield `${separator}\n  ${JSON.stringify({ ...row, modidName, cmdidName })}`;
    separator = ",";
  }
  yield separator === "[" ? "[]\n" : "\n]\n";
}

/** A column that a file has, by its heading or its place; undefined for one that says nothing. */
type FileColumn = Column | undefined;

function csvFile(text: string): RawFile {
  const records = readCsv(text);
  if (records.length === 0) throw new RouteFormatError("it is empty");
  const [{ cells: first = [] }] = records;
  // A line of routes has a number first, or nothing but a name.
  const hasHeading = first.some((cell) => toColumn(cell) !== undefined) ||
    !/^\d*$/.test(first[0]?.trim() ?? "");
  const columns: readonly FileColumn[] = hasHeading ? readHeading(first) : FILE_COLUMNS;
  if (!hasHeading && first.length < REQUIRED.length) throw noHeading(REQUIRED);
  return {
    rows: csvRows(hasHeading ? records.slice(1) : records, columns),
    hasNames: hasHeading
      ? NAME_COLUMNS.some((column) => columns.includes(column))
      : records.some(({ cells }) => cells !== undefined && cells.length > 5),
  };
}

function* csvRows(
  records: readonly CsvRecord[],
  columns: readonly FileColumn[],
): Generator<RawRow> {
  for (const { line, cells } of records) {
    if (cells === undefined) {
      yield { line, mistake: "a quote is not closed, or text follows it" };
      continue;
    }
    const extra = cells.findIndex((cell, i) => i >= columns.length && cell.trim() !== "");
    if (extra >= 0) {
      const value = JSON.stringify(cells[extra]);
      yield {
        line,
        mistake: `must have ${columns.length} cells at most: cell ${extra + 1} is ${value}`,
      };
      continue;
    }
    const values: Values = {};
    for (const [i, column] of columns.entries()) {
      if (column === undefined) continue;
      // A name is taken as it stands.
      const cell = NAME_COLUMNS.includes(column) ? cells[i] : cells[i]?.trim();
      if (cell) values[column] = cell;
    }
    yield { line, values };
  }
}

/**
 * The columns that a heading names.
 *
 * @throws {RouteFormatError} When one is unknown or there twice, or one that is needed is not there.
 */
function readHeading(cells: readonly string[]): FileColumn[] {
  const columns = cells.map((cell, i) => {
    if (cell.trim() === "" || IGNORED.includes(plainOf(cell))) return undefined;
    const column = toColumn(cell);
    if (column !== undefined) return column;
    throw new RouteFormatError(
      `its column ${i + 1} has the heading ${JSON.stringify(cell)}: known are ${
        FILE_COLUMNS.join(", ")
      }`,
    );
  });
  const twice = columns.find((column, i) => column !== undefined && columns.indexOf(column) < i);
  if (twice !== undefined) throw new RouteFormatError(`its heading has ${twice} twice`);
  const missing = REQUIRED.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw noHeading(missing);
  return columns;
}

function noHeading(missing: readonly Column[]): RouteFormatError {
  return new RouteFormatError(
    `its first line has no ${
      missing.join(", ")
    }: it must be CSV with the heading ${FILE_COLUMNS.join()}, of ` +
      "which the last three may be left out, or JSON",
  );
}

function toColumn(heading: string): FileColumn {
  return Object.hasOwn(ALIASES, plainOf(heading)) ? ALIASES[plainOf(heading)] : undefined;
}

function plainOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[\s_-]/g, "");
}

function jsonFile(text: string): RawFile {
  const items = parseJson(text);
  if (!Array.isArray(items)) {
    throw new RouteFormatError("it must be a JSON array of objects");
  }
  const rows = jsonRows(items, lineStarts(text));
  // An export of nothing has no names either.
  const hasNames = items.length === 0 ||
    items.some((item) => Object.keys(item ?? {}).some((key) => toColumn(key)?.endsWith("Name")));
  return { rows, hasNames };
}

function* jsonRows(items: readonly unknown[], lines: readonly number[]): Generator<RawRow> {
  for (const [i, item] of items.entries()) {
    const line = lines[i];
    if (typeof item !== "object" || item === null || Array.isArray(item)) {
      yield { line, mistake: `must be an object with ${FILE_COLUMNS.join(", ")}` };
      continue;
    }
    const values: Values = {};
    const unknown: string[] = [];
    for (const [key, value] of Object.entries(item)) {
      const column = toColumn(key);
      if (column !== undefined) values[column] = value === "" ? undefined : value ?? undefined;
      else if (!IGNORED.includes(plainOf(key))) unknown.push(key);
    }
    if (unknown.length === 0) yield { line, values };
    else {
      const known = FILE_COLUMNS.join(", ");
      yield { line, mistake: `${unknown.join(", ")} is not known: known are ${known}` };
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

/** A row's values as a route, or what is wrong with them. */
function toRoute(values: Values): FileRoute | string[] {
  const address = typeof values.ip === "string" ? parseIpv4(values.ip) : undefined;
  const [modid, cmdid, port] = [values.modid, values.cmdid, values.port].map(toInteger);
  const weight = values.weight === undefined ? undefined : toInteger(values.weight);
  const mistakes = [
    ...whyNoInteger("modid", modid, { min: 0, max: MAX_MODULE_ID }),
    ...whyNoInteger("cmdid", cmdid, { min: 0, max: MAX_MODULE_ID }),
    ...address === undefined ? [mistake("ip", "an IPv4 address such as 10.0.0.5", values.ip)] : [],
    ...whyNoInteger("port", port, { min: 1, max: 65_535 }),
    ...weight === undefined ? [] : whyNoInteger("weight", weight, { min: 0, max: 0xffff_ffff }),
  ];
  if (mistakes.length > 0) return mistakes;
  const route = { modid, cmdid, ip: address, port } as FileRoute;
  return weight === undefined ? route : { ...route, weight: weight as number };
}

/** A number as a spreadsheet writes it, `1000` or `1000.0`, as an integer; what may be meant in two ways stays a text. */
function toInteger(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const [, digits] = /^(\d{1,15})(?:[.,](?:0{1,2}|0{4,}))?$/.exec(value) ?? [];
  return digits === undefined ? value : Number(digits);
}

function whyNoInteger(
  name: string,
  value: unknown,
  { min, max }: { min: number; max: number },
): string[] {
  const isGood = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  return isGood ? [] : [mistake(name, `an integer ${min} … ${max}`, value) + adviceOn(value)];
}

/** How to mend a number that was formatted for people. */
function adviceOn(value: unknown): string {
  if (typeof value !== "string") return "";
  return /^\d{1,3}([.,'’\s]\d{3})+([.,]\d+)?$|^\d+([.,]\d+)?e[+-]?\d+$/i.test(value)
    ? ", formatted for people: have the spreadsheet show plain numbers"
    : "";
}

function mistake(name: string, must: string, value: unknown): string {
  const current = value === undefined ? "it is missing" : `it is ${JSON.stringify(value)}`;
  return `${name} must be ${must}: ${current}`;
}

/** What matters of a JSON text: line breaks, strings as a whole, brackets, commas, and other values. */
const TOKEN = /\n|"(?:[^"\\]|\\.)*"|[[\]{},]|[^\s"[\]{},]+/g;

/**
 * The line, from 1, on which each item of an array begins, which JSON.parse does not tell.
 *
 * @param text An array that JSON.parse takes.
 */
export function lineStarts(text: string): number[] {
  const starts: number[] = [];
  let line = 1;
  let depth = 0;
  let isItemNext = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "\n") {
      line++;
      continue;
    }
    const isEnd = token === "]" || token === "}";
    if (isItemNext && !isEnd) starts.push(line);
    if (isEnd) depth--;
    else if (token === "[" || token === "{") depth++;
    isItemNext = depth === 1 && (token === "," || (token === "[" && starts.length === 0));
  }
  return starts;
}
