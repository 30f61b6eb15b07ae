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

/** A line, or a part of one, that says nothing in INI. */
export interface IgnoredLine {
  /** Line number, from 1. */
  line: number;
  /** Why, in words that do not show the line: it may hold a password. */
  message: string;
  /** The word that the line begins with, to be compared with what is known and not to be shown. */
  word?: string;
}

/** What a file holds. */
export interface IniFile {
  /** Every section, those without a key too. */
  sections: { name: string; line: number }[];
  /** The entries in the file's order. */
  entries: IniEntry[];
  /** What is no INI. */
  ignored: IgnoredLine[];
}

/** A section's line with a comment behind it. */
const COMMENTED_SECTION = /^(\[[^\[\]]*\])\s*(?:;|#|\/\/)/;

/**
 * Reads INI text. The parser sees one line at a time, so that every bad line is found and not only the first, and every
 * value has its line. Sections that come twice are joined, and the lines below something that is no section belong to the
 * one above it: the reader of the C++ Lars does both.
 *
 * The parser's values are not used: it turns what looks like a number into one, and a password `007` must stay as it is.
 */
export function readIni(source: string): IniFile {
  const file: IniFile = { sections: [], entries: [], ignored: [] };
  let section: string | undefined;
  for (const [index, untrimmed] of source.split(/\r\n|\r|\n/).entries()) {
    const line = index + 1;
    const written = untrimmed.trim();
    const content = COMMENTED_SECTION.exec(written)?.[1] ?? written;
    if (content !== written) {
      file.ignored.push({ line, message: `what stands behind ${content} is ignored` });
    }
    const parsed = parseLine(content);
    if (parsed === undefined) {
      file.ignored.push({
        line,
        message: "the line is ignored as it is no [section], key = value, or comment",
        word: /^[\w.-]+/.exec(content)?.[0],
      });
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
