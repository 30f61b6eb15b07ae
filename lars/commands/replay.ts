/**
 * The command `replay`: checks the balancer against recorded runs, and says where they differ. Traces and their replay are
 * in replay/.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { type ReplayResult, replayTrace } from "../replay/replay_trace.ts";
import { parseTrace, type StepOutcome, type Trace, TraceError } from "../replay/trace.ts";

/** Checks the balancer against recorded runs. */
export const replayTraces: Command = {
  name: "replay",
  summary: "Replay traces of the original's balancer, and find the first step that differs",
  args: ["FILE…"],
  flags: { json: { doc: "Print JSON: an object for each trace" } },
  examples: ["replay trace-1.json trace-2.json"],
  run: (input) => replayCommand(input.words, { isJson: input.has("json") }),
};

/** How and where the command says what it found. */
export interface ReplayOutput {
  /**
   * Whether a trace that was replayed is told of as JSON.
   *
   * @default false
   */
  readonly isJson?: boolean;
  /**
   * Takes a line about a trace that was replayed.
   *
   * @default console.log
   */
  readonly print?: (line: string) => void;
  /**
   * Takes a line about a file that could not be.
   *
   * @default console.error
   */
  readonly printError?: (line: string) => void;
}

/**
 * Replays the traces in `files`, each to its end or to the first step that differs, and prints a line for each: several
 * for one that differs.
 *
 * @returns The exit code: 0 when all match, 1 when one differs, 2 when one cannot be read, is not a trace, or none is
 * given.
 */
export async function replayCommand(
  files: readonly string[],
  { isJson = false, print = console.log, printError = console.error }: ReplayOutput = {},
): Promise<number> {
  if (files.length === 0) {
    printError("Cannot replay as no file is given: name one or more trace files");
    return 2;
  }
  let exitCode = 0;
  for (const file of files) {
    const trace = await readTrace(file);
    if (trace instanceof Error) {
      printError(`${file}: ${trace.message}`);
      exitCode = 2;
      continue;
    }
    const result = replayTrace(trace);
    const { unknownSettings } = trace;
    if (isJson) print(JSON.stringify({ file, ...result, unknownSettings }));
    else print(`${file}: ${describe(result)}${describeUnknown(trace)}`);
    if (result.difference !== undefined) exitCode = Math.max(exitCode, 1);
  }
  return exitCode;
}

/** The trace, or the error that says why there is none. */
async function readTrace(file: string): Promise<Trace | Error> {
  try {
    return parseTrace(await Deno.readTextFile(file));
  } catch (error) {
    if (error instanceof TraceError) return error;
    if (error instanceof Deno.errors.NotFound) return new Error("no such file");
    if (error instanceof Error) return new Error(`cannot be read: ${error.message}`);
    throw error;
  }
}

function describe({ matched, difference }: ReplayResult): string {
  if (difference === undefined) return `${matched} steps match`;
  const { step: { atSec, action, expected }, actual } = difference;
  const fields = (["ret", "host", "idle", "overload"] satisfies (keyof StepOutcome)[])
    .map((field) => ({
      field,
      want: JSON.stringify(expected[field]),
      got: JSON.stringify(actual[field]),
    }))
    .filter(({ want, got }) => want !== got)
    .map(({ field, want, got }) => `\n  ${field}: expected ${want}, came ${got}`);
  return `step ${matched}, counted from 0, differs: ${action.op} at ${atSec} s${fields.join("")}`;
}

function describeUnknown({ unknownSettings }: Trace): string {
  return unknownSettings.length === 0 ? "" : ` (settings left out: ${unknownSettings.join(", ")})`;
}
