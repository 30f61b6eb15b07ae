/**
 * The command line of the benchmarks.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { UsageError } from "../../service/mod.ts";

/** What --help says. */
export const HELP = `Usage: deno task bench [NAME…] [options]

Runs the suites of these names, or all but those that are run only when named, alternating with plain references in C, and
prints medians. Figures drift with the machine: what counts is the ratio.

  --list           show the suites
  --rounds N       measure everything so often (5 unless given)
  --seconds S      measure a rate for so long (0.5 unless given)
  --json FILE      write what came of it, with the machine, versions and commit
  --baseline FILE  compare with an earlier --json: ratios where there are any, else the figures themselves
  --check          end with exit code 1 when a target is missed
  --document       write the tables into docs/benchmarks.md
  --help           show this

deno bench -A bench/x_bench.ts runs one of the small ones (suite micro) by itself.`;

const MAX_ROUNDS = 100;
const MAX_SECONDS = 60;

/** What the command line says. */
export interface BenchOptions {
  /** Suites; none for the usual ones. */
  names: string[];
  /** How often everything is measured. */
  rounds: number;
  /** How long one measurement of a rate takes, s. */
  seconds: number;
  /** Where to write the result. */
  json?: string;
  /** An earlier result. */
  baseline?: string;
  /** Whether a missed target is a failure. */
  check: boolean;
  /** Whether to write the document. */
  document: boolean;
  /** Only list the suites. */
  list: boolean;
  /** Only show the help. */
  help: boolean;
}

/**
 * Reads it.
 *
 * @throws {UsageError} When there is something else in it.
 */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const flags = parseArgs([...args], {
    string: ["_", "rounds", "seconds", "json", "baseline"],
    boolean: ["check", "document", "list", "help"],
    default: { rounds: "5", seconds: "0.5" },
    alias: { help: "h" },
    unknown: (word, key) => {
      if (key === undefined) return true;
      throw new UsageError(`Cannot take ${word}: --help says what there is`);
    },
  });
  for (const name of ["json", "baseline"] as const) {
    if (flags[name] === "") throw new UsageError(`Cannot take --${name} alone: it needs a file`);
  }
  const rounds = parseNumber("--rounds", flags.rounds, MAX_ROUNDS);
  if (!Number.isInteger(rounds)) {
    throw new UsageError(`Cannot take --rounds ${rounds} as it must be an integer`);
  }
  return {
    names: flags._.map(String),
    rounds,
    seconds: parseNumber("--seconds", flags.seconds, MAX_SECONDS),
    json: flags.json,
    baseline: flags.baseline,
    check: flags.check,
    document: flags.document,
    list: flags.list,
    help: flags.help,
  };
}

function parseNumber(name: string, text: string, max: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value > 0 && value <= max) return value;
  throw new UsageError(
    `Cannot take ${name} as it must be a number above 0, up to ${max}: current value is ${text}`,
  );
}
