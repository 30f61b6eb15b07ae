/**
 * An object to INI text.
 *
 * @module
 */

/** Makes the text of a value; `section` is undefined above the first one. */
export type ReplacerFunction = (key: string, value: unknown, section?: string) => string;

/** How {@link stringify} writes. */
export interface StringifyOptions {
  /**
   * What ends a line.
   *
   * @default {"\n"}
   */
  lineBreak?: "\n" | "\r\n" | "\r";
  /**
   * Spaces around `=`.
   *
   * @default {false}
   */
  pretty?: boolean;
  /** Called for every key; what it returns is written. */
  replacer?: ReplacerFunction;
}

/** Writes INI text: first the values at the top, then a section for every object. */
export function stringify(object: object, options: StringifyOptions = {}): string {
  const { lineBreak = "\n", pretty = false, replacer = (_key, value) => `${value}` } = options;
  const assignment = pretty ? " = " : "=";
  function writeEntries(entries: object, section?: string): string[] {
    return Object.entries(entries)
      .filter(([, value]) => !isSection(value))
      .map(([key, value]) => `${key}${assignment}${replacer(key, value, section)}`);
  }
  const lines = writeEntries(object);
  for (const [name, section] of Object.entries(object)) {
    if (isSection(section)) lines.push(`[${name}]`, ...writeEntries(section, name));
  }
  return lines.join(lineBreak);
}

function isSection(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
