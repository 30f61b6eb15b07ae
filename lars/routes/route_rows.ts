/**
 * The rows of a file of routes, in either of its formats: CSV with a column for each of {@link FILE_COLUMNS}, or a JSON
 * array of objects with these keys. What the values in a row mean is route_file.ts's business.
 *
 * @module
 */

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

/** How routes stand in a text. */
export type RouteFormat = "csv" | "json";

/** The text holds no routes in any of the formats. The message says why. */
export class RouteFormatError extends Error {
  /** Always "RouteFormatError". */
  override readonly name = "RouteFormatError";
}

/** The values of a row as they stand there. */
export type Values = Partial<Record<Column, unknown>>;

/** A row before it is looked at, or why it cannot be. */
export type RawRow = { line: number } & ({ values: Values } | { mistake: string });

/** Rows, and whether there is a place for names. */
export interface RawFile {
  rows: Iterable<RawRow>;
  hasNames: boolean;
}

/** The format of a file: by the end of its name, or else by how its text begins. */
export function formatOf(path: string, text: string): RouteFormat {
  if (/\.csv$/i.test(path)) return "csv";
  if (/\.json$/i.test(path)) return "json";
  return /^\s*[[{]/.test(text) ? "json" : "csv";
}

/** Writes rows as CSV, in pieces. */
export function* csvText(rows: Iterable<Values>): Generator<string> {
  yield `${FILE_COLUMNS.join(",")}\n`;
  for (const row of rows) {
    yield `${FILE_COLUMNS.map((column) => formatCell(String(row[column] ?? ""))).join(",")}\n`;
  }
}

/** Writes rows as JSON, in pieces. */
export function* jsonText(rows: Iterable<Values>): Generator<string> {
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

/**
 * Reads CSV.
 *
 * @throws {RouteFormatError} When it holds no routes at all.
 */
export function csvFile(text: string): RawFile {
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

/**
 * Reads JSON.
 *
 * @throws {RouteFormatError} When it holds no routes at all.
 */
export function jsonFile(text: string): RawFile {
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
