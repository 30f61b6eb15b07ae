/**
 * The command line: finds the command, runs it, and turns every way in which that can fail into one line and an exit
 * code. What a command does is in commands/.
 *
 * @module
 */

import { LarsError } from "../client/mod.ts";
import { ConfigError, ExitCode, UsageError, VERSION } from "../service/mod.ts";
import { LevelError, NoDatabaseError, StoreError } from "../sql/mod.ts";
import {
  columns,
  type Command,
  commandHelp,
  parseInput,
  type RawCommand,
  section,
} from "./command.ts";
import { CommandError } from "./command_error.ts";
import { agentTools } from "./commands/agent_tools.ts";
import { dbCommands } from "./commands/db.ts";
import { decodeCommand } from "./commands/decode.ts";
import { dnsWatch } from "./commands/dns_watch.ts";
import { echoCommands } from "./commands/echo.ts";
import { explainCommand } from "./commands/explain.ts";
import { qpsCommand } from "./commands/qps.ts";
import { replayTraces } from "./commands/replay.ts";
import { reporterSend } from "./commands/reporter_send.ts";
import { roleCommands } from "./commands/roles.ts";
import { routeFileCommands } from "./commands/route_files.ts";
import { routeCommands } from "./commands/routes.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { statusCommand } from "./commands/status.ts";
import { upCommand } from "./commands/up.ts";

const GROUPS: readonly { heading: string; commands: readonly (Command | RawCommand)[] }[] = [
  { heading: "Run Lars", commands: [upCommand, ...roleCommands] },
  { heading: "See how it is", commands: [statusCommand, explainCommand, dnsWatch] },
  { heading: "Ask an agent", commands: [...agentTools, simulateCommand, qpsCommand] },
  {
    heading: "Change the database",
    commands: [...routeCommands, ...routeFileCommands, ...dbCommands],
  },
  {
    heading: "Check a part by itself",
    commands: [decodeCommand, replayTraces, reporterSend, ...echoCommands],
  },
];

/** All commands. */
export const COMMANDS: readonly (Command | RawCommand)[] = GROUPS.flatMap(({ commands }) =>
  commands
);

const EXAMPLES = [
  "lars up --demo                             # everything on this machine, and a demo",
  "lars routes add 1000 1 10.0.0.5:8080       # a host for module (1000, 1)",
  "lars get-host 1000 1                       # one of its hosts, from the agent here",
  "lars get-host --help                       # what a command takes",
];

/** Runs the command line and gives the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function runCli(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    if (!(error instanceof Error) || !isExpected(error)) throw error;
    for (const line of linesOf(error)) console.error(`lars: ${line}`);
    return isMistake(error) ? ExitCode.usage : ExitCode.failed;
  }
}

function run(args: readonly string[]): Promise<number> {
  const [first] = args;
  if (first === undefined || first === "--help" || first === "-h") {
    console.log(cliHelp());
    return Promise.resolve(first === undefined ? ExitCode.usage : ExitCode.ok);
  }
  if (first === "--version" || first === "-V") return printVersion();
  const { command, rest } = findCommand(args);
  if ("runRaw" in command) return command.runRaw(rest);
  const end = rest.indexOf("--");
  const options = rest.slice(0, end < 0 ? rest.length : end);
  if (options.includes("--help") || options.includes("-h")) {
    console.log(commandHelp(command));
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
): { command: Command | RawCommand; rest: string[] } {
  for (const wordCount of [2, 1]) {
    const name = args.slice(0, wordCount).join(" ");
    const command = COMMANDS.find((command) => command.name === name);
    if (command !== undefined) return { command, rest: args.slice(wordCount) };
  }
  const family = COMMANDS.filter(({ name }) => name.startsWith(`${args[0]} `));
  if (family.length > 0) {
    const names = family.map(({ name }) => `lars ${name}`).join(", ");
    const [first, second] = args;
    const what = second === undefined || second.startsWith("-")
      ? `${first} alone`
      : `${first} ${second} as there is no such command`;
    throw new UsageError(
      `Cannot run ${what}: there ${family.length === 1 ? "is" : "are"} ${names}`,
    );
  }
  throw new UsageError(
    `Cannot run ${args[0]} as there is no such command: lars --help shows what there is`,
  );
}

function cliHelp(): string {
  return [
    "Lars finds and balances remote services: every command of it.",
    "Usage: lars COMMAND [arguments] [options]",
    ...GROUPS.map(({ heading, commands }) =>
      section(heading, columns(commands.map(({ name, summary }) => [name, summary])))
    ),
    section("Options", columns([["--help", "Show this"], ["--version", "Show the version"]])),
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
