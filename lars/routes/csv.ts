/**
 * CSV as people and spreadsheets make it. A quoted value may have line breaks in it; a quote that is left open spoils no
 * more than its own line.
 *
 * @module
 */

/** A record that is not empty: a line, or some where a quoted value has line breaks. */
export interface CsvRecord {
  /** The number of its first line, from 1. */
  line: number;
  /** Its values, without the quotes and the blanks around them; undefined where the quotes do not match. */
  cells: string[] | undefined;
}

/** A record of more lines has a quote left open. */
const MAX_RECORD_LINES = 50;

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
  return [...toRecords(lines, delimiter)]
    .filter(({ cells }) => cells === undefined || cells.some((cell) => cell.trim() !== ""));
}

function* toRecords(
  lines: readonly { line: number; content: string }[],
  delimiter: Delimiter,
): Generator<CsvRecord> {
  let next = 0;
  while (next < lines.length) {
    const { line, content } = lines[next++];
    const further = isOpen(content) ? furtherLines(lines, next) : 0;
    const whole = lines.slice(next, next + further).map(({ content }) => content);
    const cells = splitRecord([content, ...whole].join("\n"), delimiter);
    if (cells !== undefined) next += further;
    yield { line, cells };
  }
}

/** How many lines there are to the end of a value whose quote is open; 0 when there is none. */
function furtherLines(lines: readonly { content: string }[], start: number): number {
  const end = Math.min(lines.length, start + MAX_RECORD_LINES - 1);
  for (let at = start; at < end; at++) if (isOpen(lines[at].content)) return at - start + 1;
  return 0;
}

/** Whether a line opens a quote and leaves it open, or closes one that was open before. */
function isOpen(content: string): boolean {
  let quotes = 0;
  for (let at = content.indexOf('"'); at >= 0; at = content.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}

function findDelimiter(line: string): Delimiter {
  const counts = DELIMITERS.map((delimiter) => splitRecord(line, delimiter)?.length ?? 0);
  return DELIMITERS[counts.indexOf(Math.max(...counts))];
}

function splitRecord(content: string, delimiter: Delimiter): string[] | undefined {
  if (!content.includes('"')) return content.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  const cell = CELLS[delimiter];
  cell.lastIndex = 0;
  for (;;) {
    const match = cell.exec(content);
    if (match === null) return undefined;
    const [, quoted, bare, end] = match;
    cells.push(quoted?.replaceAll('""', '"') ?? bare.trim());
    if (end === "") return cells;
  }
}

/** A value as it stands in CSV with commas. */
export function formatCell(value: string): string {
  return /[",;\t|\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
