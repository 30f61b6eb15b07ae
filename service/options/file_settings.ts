/**
 * Settings whose value is in a file, or may be: secrets, certificates, snapshots.
 *
 * @module
 */

import { MAX_TOKEN_BYTES } from "../gate/admission.ts";
import { must, type Parsed } from "./parsing.ts";
import {
  type OptionalSettingOptions,
  orNothing,
  type Setting,
  type SettingOptions,
} from "./setting.ts";
import { readTextFile } from "./text_file.ts";

/** One that is shorter could be guessed. */
const MIN_TOKEN_BYTES = 16;
const TOKEN = new RegExp(`^[!-+\\--~]{${MIN_TOKEN_BYTES},${MAX_TOKEN_BYTES}}$`);
const TOKENS = `tokens of ${MIN_TOKEN_BYTES} to ${MAX_TOKEN_BYTES} visible ASCII characters`;

/** Where a snapshot is kept; "off" is nowhere, undefined. */
export function snapshotPath(options: SettingOptions<string>): Setting<string | undefined> {
  return {
    ...options,
    takes: "the path of a file, or off",
    parse: (path) => ({ ok: true, value: path === "off" ? undefined : path }),
  };
}

/** Tokens, or nothing. */
export function tokens(
  options: OptionalSettingOptions,
): Setting<readonly string[]> {
  return {
    ...options,
    default: "",
    secret: true,
    takes: `${TOKENS} with commas between, or nothing`,
    parse: (text) => parseTokens(text.split(",")),
  };
}

/** The name of a file with a token in every line, or nothing. */
export function tokensFile(
  options: OptionalSettingOptions,
): Setting<readonly string[]> {
  const file = fileContent(options);
  return {
    ...file,
    takes: `the name of a file that holds ${TOKENS}, one a line, or nothing`,
    parse(path) {
      const read = file.parse(path);
      if (!read.ok) return read;
      if (read.value === undefined) return { ok: true, value: [] };
      const parsed = parseTokens(read.value.split("\n"));
      // Whoever names a file wants to let in those who have its tokens, and nobody else.
      if (parsed.ok && parsed.value.length > 0) return parsed;
      return { ok: false, mistake: `must be a file that holds ${TOKENS}, one a line` };
    },
  };
}

/** The name of a file whose content is the value, without the line break at its end; or nothing. */
export function fileContent(options: OptionalSettingOptions): Setting<string | undefined> {
  return orNothing({
    ...options,
    takes: "the name of a file that can be read",
    parse: parseFile,
  });
}

/** What a file in PEM may hold. */
export type PemContent = "certificate" | "key";

/** What that is called, and how it begins there. */
const PEM: Readonly<Record<PemContent, { what: string; begin: RegExp }>> = {
  certificate: {
    what: "a certificate in PEM",
    begin: /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/,
  },
  key: {
    what: "a key without a passphrase in PEM",
    begin: /-----BEGIN (?!ENCRYPTED)[A-Z ]*PRIVATE KEY-----/,
  },
};

/** The content of a file in PEM, which holds what it is to hold. */
export function pemContent(
  holds: PemContent,
  options: OptionalSettingOptions,
): Setting<string | undefined> {
  const { what, begin } = PEM[holds];
  const setting = fileContent(options);
  return {
    ...setting,
    takes: `the name of a file that holds ${what}, or nothing`,
    parse(path) {
      const read = setting.parse(path);
      if (!read.ok || read.value === undefined || begin.test(read.value)) return read;
      return { ok: false, mistake: `must be a file that holds ${what}` };
    },
  };
}

function parseFile(path: string): Parsed<string> {
  const result = readTextFile(path);
  return result.ok ? { ok: true, value: result.value.replace(/\r?\n$/, "") } : result;
}

function parseTokens(items: readonly string[]): Parsed<readonly string[]> {
  const value = items.map((item) => item.trim()).filter(Boolean);
  if (value.every((token) => TOKEN.test(token))) return { ok: true, value };
  return { ok: false, mistake: must(TOKENS) };
}
