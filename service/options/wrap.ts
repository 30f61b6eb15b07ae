/**
 * Breaks text for --help, example files and terminals into lines that fit.
 *
 * @module
 */

/** Columns of a help text whose reader is no terminal. */
const PLAIN_COLUMNS = 100;

/** How wide a help text may be: as the terminal, where it goes to one that knows its size. */
export function helpColumns(): number {
  return Deno.stdout.isTerminal() && Deno.consoleSize().columns || PLAIN_COLUMNS;
}

/**
 * Breaks a line at blanks so that it fits; a word that is too long stays whole.
 *
 * @param options.indent What each further line begins with. @default two blanks
 */
export function wrapLine(
  line: string,
  columns: number,
  { indent = "  " }: { indent?: string } = {},
): string[] {
  if (columns <= indent.length) return [line];
  const lines: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const at = rest.lastIndexOf(" ", columns);
    const end = at > indent.length ? at : rest.indexOf(" ", columns);
    if (end < 0) break;
    lines.push(rest.slice(0, end).trimEnd());
    rest = indent + rest.slice(end + 1);
  }
  return [...lines, rest];
}

/** Pairs of texts in two columns, the second of which is wrapped. */
export function wrapColumns(
  pairs: readonly (readonly [left: string, right: string])[],
  columns: number,
): string[] {
  const width = Math.max(...pairs.map(([left]) => left.length)) + 2;
  const indent = " ".repeat(width);
  return pairs.flatMap(([left, right]) =>
    wrapLine(left.padEnd(width) + right, columns, { indent })
  );
}
