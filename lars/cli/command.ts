/**
 * What a command is, how its arguments are parsed, and the help generated from its description. Which commands there are
 * is listed in commands/mod.ts.
 *
 * @module
 */

import { basename } from "node:path";
import { parseArgs } from "@std/cli";
import { UsageError, wrapColumns, wrapLine } from "../../service/mod.ts";

/** An option of a command. */
export interface Flag {
  /** What it takes, as the help calls it; without it the option is a switch. */
  takes?: string;
  /**
   * Whether it may be given several times.
   *
   * @default false
   */
  many?: boolean;
  /** What it does, in one line. */
  doc: string;
}

/** A command that cli.ts can run. */
export interface Command {
  /** Its word or words: `get-host`, `routes add`. */
  name: string;
  /** What it does, in one line. */
  summary: string;
  /** What it takes by position; `[X]` may be left out, and `X…` be several. */
  args: readonly string[];
  /** Its options by name, beside --help and --version. */
  flags: Readonly<Record<string, Flag>>;
  /** Whole command lines, without `lars` before them, that a reader can learn from. */
  examples: readonly string[];
  /** More to say in the help, a paragraph each. */
  notes?: readonly string[];
  /** Does it, and gives the exit code. */
  run(input: CommandInput): Promise<number>;
}

/** A command that reads all of its words itself, --help too. */
export interface RawCommand {
  /** Its word. */
  name: string;
  /** What it does, in one line. */
  summary: string;
  /** Does it, and gives the exit code. */
  runRaw(args: string[]): Promise<number>;
}

/** What a command was given. */
export class CommandInput {
  /** The words that are no options. */
  readonly words: readonly string[];
  readonly #flags: Readonly<Record<string, unknown>>;

  /** Made of what {@link parseInput} found. */
  constructor(words: readonly string[], flags: Readonly<Record<string, unknown>>) {
    this.words = words;
    this.#flags = flags;
  }

  /** Whether a switch was given. */
  has(flag: string): boolean {
    return this.#flags[flag] === true;
  }

  /** An option's value, if it was given. */
  value(flag: string): string | undefined {
    return this.#flags[flag] as string | undefined;
  }

  /** All values of an option that may be given several times. */
  values(flag: string): string[] {
    return this.#flags[flag] as string[];
  }
}

/**
 * Reads a command's words.
 *
 * @throws {UsageError} When an option is unknown or lacks its value, or there are too few or too many words.
 */
export function parseInput(command: Command, args: readonly string[]): CommandInput {
  const names = Object.keys(command.flags);
  const taking = names.filter((name) => command.flags[name].takes !== undefined);
  const parsed = parseArgs([...args], {
    boolean: names.filter((name) => !taking.includes(name)),
    string: [...taking, "_"],
    collect: names.filter((name) => command.flags[name].many),
    unknown: (word, key) => {
      if (key === undefined) return true;
      const advice = /^-\d/.test(word)
        ? `a negative number goes last, behind "--"`
        : `see ${helpCommand(command)}`;
      throw new UsageError(`Cannot take ${word} as there is no such option: ${advice}`);
    },
  });
  for (const name of taking) {
    if ([parsed[name]].flat<unknown[]>().includes("")) {
      throw new UsageError(
        `Cannot take --${name} alone: give it its ${command.flags[name].takes}`,
      );
    }
  }
  const words = parsed._.map(String);
  const required = command.args.filter((arg) => !arg.startsWith("["));
  const isOpen = command.args.some((arg) => arg.includes("…"));
  if (words.length < required.length) {
    throw new UsageError(
      `Cannot do without ${required[words.length].replace("…", "")}: ${usageLine(command)}`,
    );
  }
  if (!isOpen && words.length > command.args.length) {
    throw new UsageError(
      `Cannot take ${words[command.args.length]} as it is one word too many: ${usageLine(command)}`,
    );
  }
  return new CommandInput(words, parsed);
}

/** How a command is typed, in one line. */
export function usageLine({ name, args, flags }: Command): string {
  const options = Object.keys(flags).length > 0 ? ["[options]"] : [];
  return ["lars", name, ...args, ...options].join(" ");
}

/** The text of a command's --help, as wide as it may be. */
export function commandHelp(command: Command, columns: number): string {
  const flags: [string, string][] = Object.entries(command.flags).map((
    [name, { takes, doc }],
  ) => [`--${name}${takes === undefined ? "" : ` ${takes}`}`, doc]);
  flags.push(["--help", "Show this"], ["--version", "Show the version"]);
  const sections = [
    wrapLine(`${command.summary}.`, columns, { indent: "" }).join("\n"),
    wrapLine(`Usage: ${usageLine(command)}`, columns).join("\n"),
    section("Options", wrapColumns(flags, columns - 2)),
    section("Examples", command.examples.map((example) => `lars ${example}`)),
  ];
  const notes = (command.notes ?? []).flatMap((note) => wrapLine(note, columns, { indent: "" }));
  if (notes.length > 0) sections.push(notes.join("\n"));
  return sections.join("\n\n");
}

/** A heading and indented lines. */
export function section(heading: string, lines: readonly string[]): string {
  return [`${heading}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function helpCommand({ name }: Command): string {
  return `lars ${name} --help`;
}

/** A command could not be done. The message is what its user sees, and says what to do. */
export class CommandError extends Error {
  /** Always "CommandError". */
  override readonly name = "CommandError";
  /** The message's lines, each of which makes sense alone. */
  readonly lines: readonly string[];

  /** Made of one line, or of one for each thing that is wrong. */
  constructor(lines: string | readonly string[]) {
    super([lines].flat().join("\n"));
    this.lines = [lines].flat();
  }
}

/**
 * How to invoke this command line here, for messages that say what to type next: the binary, or `deno task lars`, run by
 * tools/deno.sh where `make` installed Deno.
 */
export function ownCommand(): string {
  if (Deno.build.standalone) return basename(Deno.execPath());
  const brought = new URL("../../.deno/", import.meta.url).pathname;
  return Deno.execPath().startsWith(brought) ? "tools/deno.sh task lars" : "deno task lars";
}
