/**
 * The flags that every role takes, and the texts that --help and --print-config give.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { UsageError } from "../errors.ts";
import type { SettingInForce } from "./options.ts";
import type { OptionsSchema } from "./options_schema.ts";
import { defaultText, keyOf } from "./setting.ts";
import { helpColumns, wrapColumns } from "./wrap.ts";

/** A role's command line. */
export interface RoleFlags {
  /** `--config FILE`. */
  config?: string;
  /** Every `--set section.key=value`. */
  set: string[];
  /** `--print-config`. */
  printConfig: boolean;
  /** `--help`, `-h`. */
  help: boolean;
  /** `--version`, `-V`. */
  version: boolean;
}

/**
 * Reads a role's command line.
 *
 * @throws {UsageError} When there is anything else in it.
 */
export function parseRoleFlags(args: readonly string[]): RoleFlags {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    string: ["config", "set"],
    collect: ["set"],
    boolean: ["print-config", "help", "version"],
    alias: { help: "h", version: "V" },
    unknown: (word) => {
      unknown.push(word);
      return false;
    },
  });
  // Words after "--" are not shown to `unknown`.
  unknown.push(...flags._.map(String));
  if (unknown.length > 0) {
    throw new UsageError(`Cannot take ${unknown.join(" ")}: --help says what there is`);
  }
  if (flags.config === "") throw new UsageError("Cannot take --config alone: it needs a file");
  return {
    config: flags.config,
    set: flags.set,
    printConfig: flags["print-config"],
    help: flags.help,
    version: flags.version,
  };
}

/** What --help tells of a role. */
export interface HelpOptions {
  /** How it is called: `deno task dns`. */
  command: string;
  /** What it does, in one line. */
  summary: string;
  /** What it can be told. */
  schema: OptionsSchema;
}

/** The text of --help. */
export function formatHelp({ command, summary, schema }: HelpOptions): string {
  return `${summary}

Usage: ${command} [flags]

Flags:
  --config FILE              Read settings from an INI file
  --set section.key=value    Set one; may be repeated
  --print-config             Show what is in force, and where each value comes from
  --help, -h                 Show this
  --version, -V              Show the version

Examples:
  ${command}
  ${command} --config lars.conf --set log.level=debug
  LARS_ADMIN_PORT=0 ${command} --print-config

Settings, with their defaults; each may stand in the file, in the environment (as
LARS_SECTION_KEY) or in --set, the later over the earlier. Those marked * can change
while it runs: on SIGHUP it reads all anew.
${Object.entries(schema).map(formatSection).join("\n")}`;
}

/** The table of --print-config: `section.key = value   # origin`. */
export function formatSettings(settings: readonly SettingInForce[]): string {
  const rows = settings.map(({ path, text, origin, secret }) => ({
    path,
    text: secret && text !== "" ? "(not shown)" : text,
    origin,
  }));
  const pathWidth = widest(rows.map((row) => row.path));
  const textWidth = widest(rows.map((row) => row.text));
  return rows
    .map(({ path, text, origin }) =>
      `${path.padEnd(pathWidth)} = ${text.padEnd(textWidth)}  # ${origin}`
    )
    .join("\n");
}

function formatSection([name, { doc, settings }]: [string, OptionsSchema[string]]): string {
  const rows = Object.entries(settings).map(([field, setting]): [string, string] => [
    `${setting.reload ? "*" : " "} ${keyOf(field, setting)} = ${defaultText(setting)}`.trimEnd(),
    setting.unit === undefined ? setting.doc : `${setting.doc} (${setting.unit})`,
  ]);
  const lines = wrapColumns(rows, helpColumns() - 2).map((line) => `  ${line}`);
  return [`  [${name}] ${doc}`, ...lines].join("\n");
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}
