/**
 * Runs suites of benchmarks and shows what came of them: `deno task bench --help`.
 *
 * @module
 */

import { UsageError } from "../service/mod.ts";
import { type BenchOptions, HELP, parseBenchOptions } from "./harness/arguments.ts";
import { writeDocuments } from "./harness/document.ts";
import { busyShare, readCpuTicks } from "./harness/process_cost.ts";
import { describeMachine } from "./harness/machine.ts";
import { Native } from "./harness/native.ts";
import {
  type BenchResult,
  formatMachine,
  formatReport,
  isMissed,
  type SuiteFigure,
} from "./harness/report.ts";
import { pause } from "./harness/waiting.ts";
import type { Suite } from "./suite.ts";
import { SUITES } from "./suites.ts";

/** Before a suite begins, the load of the machine is sampled for so long. */
const LOOK_MS = 500;

/** An exit code of its own, as shells have it. */
const INTERRUPTED = 130;

async function run(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const suites = chooseSuites(options.names);
  const baseline = options.baseline === undefined ? undefined : await readResult(options.baseline);
  const result: BenchResult = {
    machine: await describeMachine(),
    startedAt: new Date().toISOString(),
    rounds: options.rounds,
    seconds: options.seconds,
    othersShare: 0,
    figures: [],
  };
  const native = await Native.build(signal);
  for (const suite of suites) {
    console.error(`${suite.name}: ${suite.summary} …`);
    result.othersShare = Math.max(result.othersShare, await measureOthers(signal));
    result.figures.push(...await runSuite(suite, { options, native, signal }));
  }
  console.log(formatReport(result.figures, baseline?.figures).join("\n"));
  console.log(["", ...formatMachine(result)].join("\n"));
  if (options.json !== undefined) {
    await Deno.writeTextFile(options.json, JSON.stringify(result, null, 2) + "\n");
  }
  if (options.document) await writeDocuments(result);
  return options.check && result.figures.some(isMissed) ? 1 : 0;
}

async function runSuite(
  suite: Suite,
  { options: { rounds, seconds }, native, signal }: {
    options: BenchOptions;
    native: Native;
    signal: AbortSignal;
  },
): Promise<SuiteFigure[]> {
  const folder = await Deno.makeTempDir({ prefix: `lars_bench_${suite.name}_` });
  try {
    const figures = await suite.run({ rounds, seconds, native, folder, signal });
    return figures.map((figure) => ({ suite: suite.name, ...figure }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measureOthers(signal: AbortSignal): Promise<number> {
  const before = readCpuTicks();
  await pause(LOOK_MS, signal);
  return busyShare(before, readCpuTicks());
}

function chooseSuites(names: readonly string[]): readonly Suite[] {
  if (names.length === 0) return SUITES.filter(({ isExtra }) => !isExtra);
  const unknown = names.filter((name) => SUITES.every((suite) => suite.name !== name));
  if (unknown.length > 0) {
    throw new UsageError(`Cannot run ${unknown.join(", ")} as there is no such suite: see --list`);
  }
  return SUITES.filter(({ name }) => names.includes(name));
}

async function readResult(file: string): Promise<BenchResult> {
  try {
    return JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    throw new UsageError(
      `Cannot read --baseline ${file} as it must be what --json wrote: ${(error as Error).message}`,
    );
  }
}

function listSuites(): string {
  const width = Math.max(...SUITES.map(({ name }) => name.length));
  return SUITES
    .map(({ name, summary, isExtra }) =>
      `${name.padEnd(width)}  ${summary}${isExtra ? " (only when named)" : ""}`
    )
    .join("\n");
}

async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => stop.abort(new Error("Interrupted")));
  }
  try {
    const options = parseBenchOptions(args);
    if (options.help) console.log(HELP);
    else if (options.list) console.log(listSuites());
    else return await run(options, stop.signal);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return INTERRUPTED;
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
