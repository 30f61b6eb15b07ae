/**
 * Hunts races: runs test files many times beside processes that keep the machine busy, as on a machine that others use,
 * and shows what fails.
 *
 *     deno task repeat [FILE…] [--times 30] [--busy 2]
 *
 * Without files it takes the system tests, and every test with a server, a worker or a socket.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { allTestFiles, LONG_FOLDER, ROOT, testFilesUnder } from "./test_files.ts";
import { testCommand } from "./test_process.ts";
import { runFromCommandLine, type TestRun } from "./test_run.ts";

/** What a test has in it that depends on others: processes, threads, sockets, databases. */
const CAN_RACE =
  /\bawait (?:using|until|inTime)\b|\bInbox\b|\bDeno\.(?:listen\w*|connect|serve|Command|kill)\b|\bnew Worker\b|\bstart[A-Z]\w*\(|\btestOnEachDatabase\b/;

/** What to run how often. */
export interface HuntOptions {
  /** The test files. */
  readonly files: readonly string[];
  /** How often each is run. */
  readonly times: number;
  /** How many threads do nothing but keep the machine busy meanwhile. */
  readonly busy: number;
}

/** The test files that could have a race. */
export function raceFiles(): string[] {
  return allTestFiles().filter((file) =>
    !file.startsWith(LONG_FOLDER) &&
    (file.startsWith("tests/") || CAN_RACE.test(Deno.readTextFileSync(new URL(file, ROOT))))
  );
}

/** Runs each file so many times, in rounds. */
export async function hunt(run: TestRun, { files, times, busy }: HuntOptions): Promise<void> {
  const spin = URL.createObjectURL(new Blob(["for (;;);"], { type: "text/javascript" }));
  const threads = Array.from({ length: busy }, () => new Worker(spin, { type: "module" }));
  try {
    const rounds = Array.from({ length: times }, (_, i) => i + 1);
    await run.run(
      rounds.flatMap((round) =>
        files.map((file) => testCommand(file, { name: `${file}, time ${round} of ${times}` }))
      ),
    );
  } finally {
    for (const thread of threads) thread.terminate();
    URL.revokeObjectURL(spin);
  }
}

function countOf(name: string, value: unknown): number {
  const count = Number(value);
  if (Number.isInteger(count) && count >= 0) return count;
  console.error(`Cannot take --${name} as it must be a whole number: current value is ${value}`);
  Deno.exit(2);
}

if (import.meta.main) {
  const { _: paths, times, busy, help, ...others } = parseArgs(Deno.args, {
    string: ["times", "busy"],
    boolean: ["help"],
    default: { times: "30", busy: "2" },
  });
  if (help || Object.keys(others).length > 0) {
    console.log("Usage: deno task repeat [FILE…] [--times 30] [--busy 2]");
    Deno.exit(help ? 0 : 2);
  }
  const files = paths.length === 0 ? raceFiles() : testFilesUnder(paths.map(String));
  const options = { files, times: countOf("times", times), busy: countOf("busy", busy) };
  await runFromCommandLine({}, (run) => hunt(run, options));
}
