/**
 * CSV as people and spreadsheets make it, whose values have no line breaks in them, so that a record is a line: a quote
 * left open spoils no more than its own.
 *
 * @module
 */

/** A line that is not empty. */
export interface CsvRecord {
  /** Its number, from 1. */
  line: number;
  /** Its values, without the quotes and blanks around them; undefined where the quotes do not match. */
  cells: string[] | undefined;
}

/** What may stand between values. Of those that part a first line equally often the first counts. */
const DELIMITERS = [",", ";", "\t", "|"] as const;

type Delimiter = typeof DELIMITERS[number];

/** A quoted value, or one without quotes; then the delimiter, or the end. */
const CELLS: Readonly<Record<Delimiter, RegExp>> = {
  ",": /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y,
  ";": /\s*(?:"((?:[^"]|"")*)"|([^";]*))\s*(;|$)/y,
  "\t": /[^\S\t]*(?:"((?:[^"]|"")*)"|([^"\t]*))[^\S\t]*(\t|$)/y,
  "|": /\s*(?:"((?:[^"]|"")*)"|([^"|]*))\s*(\||$)/y,
};

/**
 * The records of a text, its header among them; those without any value are left out. What parts the values is what a first
 * line such as `sep=;` says, or else what parts the first record into most of them.
 */
export function readCsv(text: string): CsvRecord[] {
  const lines = text.split(/\r\n|\n|\r/).map((content, i) => ({ line: i + 1, content }));
  const [, said] = /^"?sep=([,;|\t])"?$/i.exec(lines[0].content) ?? [];
  if (said !== undefined) lines.shift();
  const first = lines.find(({ content }) => content.trim() !== "")?.content ?? "";
  const delimiter = said as Delimiter | undefined ?? findDelimiter(first);
  return lines.map(({ line, content }) => ({ line, cells: splitLine(content, delimiter) }))
    .filter(({ cells }) => cells === undefined || cells.some((cell) => cell !== ""));
}

function findDelimiter(line: string): Delimiter {
  const counts = DELIMITERS.map((delimiter) => splitLine(line, delimiter)?.length ?? 0);
  return DELIMITERS[counts.indexOf(Math.max(...counts))];
}

function splitLine(content: string, delimiter: Delimiter): string[] | undefined {
  if (!content.includes('"')) return content.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  const cell = CELLS[delimiter];
  cell.lastIndex = 0;
  for (;;) {
    const match = cell.exec(content);
    if (match === null) return undefined;
    const [, quoted, bare, end] = match;
    cells.push(quoted?.replaceAll('""', '"').trim() ?? bare.trim());
    if (end === "") return cells;
  }
}

/** A value as it stands in CSV with commas. */
export function formatCell(value: string): string {
  return /[",;\t|]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
