/**
 * Tables in Markdown, read and written as `deno fmt` writes them: every column as wide as its widest cell. A cell is its
 * text as it stands there, and holds no `|`.
 *
 * @module
 */

/** The cells of each row, the heading first. */
export type Table = readonly (readonly string[])[];

/** The lines of a table, each with its line break. */
export function formatTable([heading, ...rows]: Table): string {
  const widths = heading.map((_, column) =>
    Math.max(3, ...[heading, ...rows].map((row) => row[column].length))
  );
  const rule = widths.map((width) => "-".repeat(width));
  return [heading, rule, ...rows]
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |\n`)
    .join("");
}

/** Reads a table; no lines are a table without rows. */
export function parseTable(lines: string): Table {
  const [heading, _rule, ...rows] = lines.split("\n").filter((line) => line !== "");
  return (heading === undefined ? [] : [heading, ...rows]).map((line) =>
    line.slice(1, -1).split("|").map((cell) => cell.trim())
  );
}

/** Where a document has the table that follows a comment `<!-- mark -->`. */
export interface TablePlace {
  /** Where its first line begins. */
  start: number;
  /** Where its last line has ended. */
  end: number;
  /** What stands there; without rows where there is no table yet. */
  table: Table;
}

/**
 * Finds the table after a mark.
 *
 * @throws {Error} When the document has no such mark.
 */
export function findTable(document: string, mark: string): TablePlace {
  const comment = `<!-- ${mark} -->\n\n`;
  const at = document.indexOf(comment);
  if (at < 0) {
    throw new Error(`Cannot find a table as there must be <!-- ${mark} -->, and an empty line`);
  }
  const start = at + comment.length;
  const [lines] = /^(?:\|.*\n)*/.exec(document.slice(start))!;
  return { start, end: start + lines.length, table: parseTable(lines) };
}
