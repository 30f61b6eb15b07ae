/**
 * The command line: finds a command by its words, runs it, and turns every way in which it can fail into one line and an
 * exit code. Which commands there are, and what they do, is in commands/.
 *
 * @module
 */

import { LarsError } from "../../client/mod.ts";
import {
  ConfigError,
  ExitCode,
  helpColumns,
  nearestWord,
  UsageError,
  VERSION,
  wrapColumns,
} from "../../service/mod.ts";
import { LevelError, NoDatabaseError, StoreError } from "../../sql/mod.ts";
import {
  type Command,
  CommandError,
  commandHelp,
  parseInput,
  type RawCommand,
  section,
} from "./command.ts";

/** Commands that --help lists together. */
export interface CommandGroup {
  /** What they are for. */
  heading: string;
  /** The commands. */
  commands: readonly (Command | RawCommand)[];
}

const EXAMPLES = [
  "lars up --demo                             # everything on this machine, and a demo",
  "lars routes add 1000 1 10.0.0.5:8080       # a host for module (1000, 1)",
  "lars get-host 1000 1                       # one of its hosts, from the agent here",
  "lars get-host --help                       # what a command takes",
];

/** Runs the command line and gives the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function runCli(
  args: readonly string[],
  groups: readonly CommandGroup[],
): Promise<number> {
  try {
    return await run(args, groups);
  } catch (error) {
    if (!(error instanceof Error) || !isExpected(error)) throw error;
    for (const line of linesOf(error)) console.error(`lars: ${line}`);
    return isMistake(error) ? ExitCode.usage : ExitCode.failed;
  }
}

function run(args: readonly string[], groups: readonly CommandGroup[]): Promise<number> {
  const [first] = args;
  if (first === undefined || first === "--help" || first === "-h") {
    console.log(cliHelp(groups));
    return Promise.resolve(first === undefined ? ExitCode.usage : ExitCode.ok);
  }
  if (first === "--version" || first === "-V") return printVersion();
  const { command, rest } = findCommand(args, groups);
  if ("runRaw" in command) return command.runRaw(rest);
  const end = rest.indexOf("--");
  const options = rest.slice(0, end < 0 ? rest.length : end);
  if (options.includes("--help") || options.includes("-h")) {
    console.log(commandHelp(command, helpColumns()));
    return Promise.resolve(ExitCode.ok);
  }
  if (options.includes("--version") || options.includes("-V")) return printVersion();
  return command.run(parseInput(command, rest));
}

function printVersion(): Promise<number> {
  console.log(`lars ${VERSION} (Deno ${Deno.version.deno})`);
  return Promise.resolve(ExitCode.ok);
}

/**
 * Finds the command that the first words name; of `dns` and `dns watch` the longer one.
 *
 * @throws {UsageError} When there is none.
 */
export function findCommand(
  args: readonly string[],
  groups: readonly CommandGroup[],
): { command: Command | RawCommand; rest: string[] } {
  const commands = groups.flatMap(({ commands }) => commands);
  for (const wordCount of [2, 1]) {
    const name = args.slice(0, wordCount).join(" ");
    const command = commands.find((command) => command.name === name);
    if (command !== undefined) return { command, rest: args.slice(wordCount) };
  }
  const names = commands.map(({ name }) => name);
  throw new UsageError(whyUnknown(args, names));
}

function whyUnknown([first, second = "-"]: readonly string[], names: readonly string[]): string {
  const family = names.filter((name) => name.startsWith(`${first} `));
  if (family.length === 0) {
    const nearest = nearestWord(`${first} ${second}`, names) ?? nearestWord(first, names);
    const meant = nearest === undefined ? "" : `did you mean lars ${nearest}? `;
    return `Cannot run ${first} as there is no such command: ${meant}\`lars --help\` lists all`;
  }
  const isAlone = second.startsWith("-");
  const what = isAlone ? `${first} alone` : `${first} ${second} as there is no such command`;
  const nearest = nearestWord(second, family.map((name) => name.slice(first.length + 1)));
  if (nearest !== undefined) return `Cannot run ${what}: did you mean lars ${first} ${nearest}?`;
  const listed = family.map((name) => `lars ${name}`).join(", ");
  return `Cannot run ${what}: there ${family.length === 1 ? "is" : "are"} ${listed}`;
}

function cliHelp(groups: readonly CommandGroup[]): string {
  const list = (pairs: readonly (readonly [string, string])[]) =>
    wrapColumns(pairs, helpColumns() - 2);
  return [
    "Lars finds and balances remote services: every command of it.",
    "Usage: lars COMMAND [arguments] [options]",
    ...groups.map(({ heading, commands }) =>
      section(heading, list(commands.map(({ name, summary }) => [name, summary])))
    ),
    section("Options", list([["--help", "Show this"], ["--version", "Show the version"]])),
    section("Examples", EXAMPLES),
  ].join("\n\n");
}

/** What went wrong, a line each. */
function linesOf(error: Error): readonly string[] {
  if (error instanceof ConfigError) return [...error.mistakes, ...error.warnings];
  return error instanceof CommandError ? error.lines : [error.message];
}

/** Errors that say all there is to say in their message; any other is a fault in the program and shows its stack. */
function isExpected(error: Error): boolean {
  return isMistake(error) || error instanceof CommandError || error instanceof LarsError ||
    error instanceof LevelError || error instanceof NoDatabaseError || error instanceof StoreError;
}

/** Errors that another command line mends. */
function isMistake(error: Error): boolean {
  return error instanceof UsageError || error instanceof ConfigError ||
    (error instanceof LarsError && error.code === "bad_argument");
}
