/**
 * Reads INI text into entries that know their line. It knows no settings: which sections and keys there are, and what
 * their values may be, is options.ts's business.
 *
 * @module
 */

import { parse } from "@std/ini";

/** One `key = value` line. */
export interface IniEntry {
  /** Name of the section it stands in; undefined above the first one. */
  section?: string;
  /** What stands before the first `=`. */
  key: string;
  /** The rest of the line, as it is written, without one pair of double quotes around it. */
  text: string;
  /** Line number, from 1. */
  line: number;
}

/** What a file holds. */
export interface IniFile {
  /** Every section, those without a key too. */
  sections: { name: string; line: number }[];
  /** The entries in the file's order. */
  entries: IniEntry[];
  /** Lines that are no INI. */
  mistakes: { line: number; message: string }[];
}

/**
 * Reads INI text. The parser sees one line at a time, so that every bad line is found and not only the first, and every
 * value has its line. Sections that come twice are joined.
 *
 * The parser's values are not used: it turns what looks like a number into one, and a password `007` must stay as it is.
 */
export function readIni(source: string): IniFile {
  const file: IniFile = { sections: [], entries: [], mistakes: [] };
  let section: string | undefined;
  for (const [index, untrimmed] of source.split(/\r\n|\r|\n/).entries()) {
    const line = index + 1;
    const content = untrimmed.trim();
    const parsed = parseLine(content);
    if (parsed === undefined) {
      // The line itself may hold a password, and is not shown.
      file.mistakes.push({ line, message: "must be [section], key = value, or a comment" });
      continue;
    }
    for (const [name, value] of Object.entries(parsed)) {
      if (typeof value === "object" && value !== null) {
        section = name.trim();
        file.sections.push({ name: section, line });
      } else {
        const text = unquote(content.slice(content.indexOf("=") + 1).trim());
        file.entries.push({ section, key: name, text, line });
      }
    }
  }
  return file;
}

/** A section line gives `{name: {}}`, a value line `{key: value}`, blank lines and comments `{}`. */
function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    return parse(line) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function unquote(text: string): string {
  const quoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return quoted ? text.slice(1, -1) : text;
}
