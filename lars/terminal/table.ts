/**
 * Tables as text.
 *
 * @module
 */

/** A column of a table. */
export interface Column {
  /** What stands above it. */
  heading: string;
  /**
   * Whether its cells stand at the right, as numbers do.
   *
   * @default false
   */
  isNumber?: boolean;
}

/** Lays out rows in columns two spaces apart, below their headings; a line each. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
): string[] {
  const lines = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => row.map((cell) => printable(String(cell)))),
  ];
  // Not Math.max(…lines): a call takes far fewer arguments than a table may have lines.
  const widths = columns.map((_, i) =>
    lines.reduce((width, cells) => Math.max(width, cells[i].length), 0)
  );
  return lines.map((cells) => {
    const padded = cells.map((cell, i) =>
      columns[i].isNumber ? cell.padStart(widths[i]) : cell.padEnd(widths[i])
    );
    return padded.join("  ").trimEnd();
  });
}

/** A text that others have chosen, such as a name, on one line: control characters are written out, as in code. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return character === "\n" ? "\\n" : `\\u${code}`;
  });
}
