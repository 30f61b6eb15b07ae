/**
 * CSV whose values have no line breaks in them, so that a record is a line: a quote left open spoils no more than its own.
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

/** The records of a text, its header among them. */
export function readCsv(text: string): CsvRecord[] {
  return text.replace(/^\ufeff/, "").split(/\r?\n/)
    .map((content, i) => ({ line: i + 1, content }))
    .filter(({ content }) => content.trim() !== "")
    .map(({ line, content }) => ({ line, cells: splitLine(content) }));
}

function splitLine(content: string): string[] | undefined {
  if (!content.includes('"')) return content.split(",").map((cell) => cell.trim());
  const cells: string[] = [];
  // A quoted value, or one without quotes; then a comma, or the end.
  const cell = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;
  for (;;) {
    const match = cell.exec(content);
    if (match === null) return undefined;
    const [, quoted, bare, end] = match;
    cells.push(quoted?.replaceAll('""', '"').trim() ?? bare.trim());
    if (end === "") return cells;
  }
}
