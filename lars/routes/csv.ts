/**
 * CSV as people and spreadsheets make it. A quoted value may have line breaks in it; a quote that is left open spoils no
 * more than its own line.
 *
 * @module
 */

import { CsvError, parse } from "csv-parse/sync";

/** A record that is not empty: a line, or some where a quoted value has line breaks. */
export interface CsvRecord {
  /** The number of its first line, from 1. */
  line: number;
  /** Its values, without the quotes and the blanks around them; undefined where the quotes do not match. */
  cells: string[] | undefined;
}

/** A record of more characters has a quote left open. */
const MAX_RECORD_CHARS = 10_000;

/** What may stand between values. Of those that part a first line equally often the first counts. */
const DELIMITERS = [",", ";", "\t", "|"];

const LINE_BREAK = 10;

/**
 * The records of a text, its header among them; those without any value are left out. What parts the values is what a first
 * line such as `sep=;` says, or else what parts the first record into most of them.
 */
export function readCsv(text: string): CsvRecord[] {
  const plain = text.replaceAll(/\r\n?/g, "\n");
  const [said = "", delimiter = findDelimiter(plain)] = /^"?sep=([,;|\t])"?(?:\n|$)/i.exec(plain) ??
    [];
  const bytes = new TextEncoder().encode(plain.slice(said.length));
  const records: CsvRecord[] = [];
  let [at, line] = [0, said === "" ? 1 : 2];
  for (;;) {
    const [start, firstLine] = [at, line];
    try {
      parseRecords(bytes.subarray(start), delimiter, (cells, end) => {
        if (cells.some((cell) => cell.trim() !== "")) records.push({ line, cells });
        [at, line] = [start + end.bytes, firstLine + end.lines];
      });
      return records;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      records.push({ line, cells: undefined });
      const end = bytes.indexOf(LINE_BREAK, at);
      if (end < 0) return records;
      [at, line] = [end + 1, line + 1];
    }
  }
}

/**
 * Hands records over one by one, and where each ends.
 *
 * @throws {CsvError} At the first whose quotes do not match.
 */
function parseRecords(
  csv: string | Uint8Array,
  delimiter: string,
  take: (cells: string[], end: { lines: number; bytes: number }) => void,
): void {
  parse(csv, {
    delimiter,
    record_delimiter: "\n",
    relax_column_count: true,
    max_record_size: MAX_RECORD_CHARS,
    trim: true,
    cast: (cell, { quoting }) => quoting ? cell : cell.trim(),
    on_record: (cells: string[], end) => void take(cells, end),
  });
}

function findDelimiter(text: string): string {
  const [line = ""] = /^.*\S.*$/m.exec(text) ?? [];
  const counts = DELIMITERS.map((delimiter) => {
    let count = 0;
    try {
      parseRecords(line, delimiter, (cells) => count = cells.length);
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
    }
    return count;
  });
  return DELIMITERS[counts.indexOf(Math.max(...counts))];
}

/** A value as it stands in CSV with commas. */
export function formatCell(value: string): string {
  return /[",;\t|\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
