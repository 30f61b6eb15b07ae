/**
 * Runs checks and test files side by side, each in a process of its own; says what failed when it fails, and counts.
 *
 * There is no time limit on a run that gets on: it is given up when nothing has ended for minutes, and then says what
 * was running.
 *
 * @module
 */

import { THOROUGH } from "../testing/thorough.ts";
import { ROOT } from "./test_files.ts";
import type { TestCounts } from "./test_output.ts";
import { type TestCommand, type TestEnd, TestProcess } from "./test_process.ts";

/** A run in which no test has ended for so long hangs. */
export const STALL_MS = 300_000;

/** How to run. */
export interface TestRunOptions {
  /** The folder that the commands run in. */
  readonly cwd: string | URL;
  /** How many processes run at a time. */
  readonly jobs: number;
  /** What their environment has besides. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes what is said, a line or several at a time. @default console.log */
  readonly print?: (text: string) => void;
}

/** What has run so far. */
export class TestRun {
  /** How many checks and tests passed and failed. */
  readonly totals: TestCounts = { passed: 0, failed: 0 };
  readonly #options: Required<TestRunOptions>;
  readonly #running = new Set<TestProcess>();
  /** A line for each thing that failed. */
  readonly #failures: string[] = [];
  /** A line for each test that this machine cannot run. */
  readonly #skipped: string[] = [];
  #progressedMs = 0;
  #ended = 0;
  #planned = 0;
  #givenUp?: string;

  /** Begins with nothing. */
  constructor(options: TestRunOptions) {
    this.#options = { env: {}, print: console.log, ...options };
  }

  /** Whether it was given up, and what was not run yet never will be. */
  get isOver(): boolean {
    return this.#givenUp !== undefined;
  }

  /** Runs commands, in this order where there are more of them than jobs; resolves when all have ended. */
  async run(commands: readonly TestCommand[]): Promise<void> {
    const waiting = commands.values();
    this.#planned += commands.length;
    this.#progressedMs = performance.now();
    const { jobs } = this.#options;
    const watch = setInterval(() => this.checkProgress(performance.now()), 1000);
    try {
      await Promise.all(Array.from({ length: jobs }, async () => {
        for (const command of waiting) {
          if (this.isOver) break;
          await this.#runOne(command);
        }
      }));
    } finally {
      clearInterval(watch);
    }
  }

  /** Gives the run up when nothing has ended for too long. */
  checkProgress(nowMs: number): void {
    const restMs = nowMs - this.#progressedMs;
    if (restMs >= STALL_MS) this.giveUp(`no test has ended for ${Math.round(restMs / 1000)} s`);
  }

  /** Adds what was found out by other means. */
  check(name: string, { isGood, says }: { isGood: boolean; says: string }): void {
    this.#count(isGood ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
    if (!isGood) this.#failures.push(`${name}: ${says}`);
    this.#options.print(`${isGood ? "ok    " : "FAILED"}           ${name}: ${says}`);
  }

  /** Ends what runs, which has failed then, and starts nothing more. */
  giveUp(reason: string): void {
    if (this.isOver) return;
    this.#givenUp = reason;
    this.#options.print(`The run is given up: ${reason}`);
    for (const process of this.#running) process.stop();
  }

  /** Says what was left out and what failed, and the counts alone in the last line. */
  finish(): void {
    const { passed, failed } = this.totals;
    this.#list("Left out, as this machine lacks what they need:", this.#skipped);
    this.#list("Failed:", this.#failures);
    const skipped = this.#skipped.length > 0 ? `, ${this.#skipped.length} skipped` : "";
    this.#options.print(`${passed} passed, ${failed} failed${skipped}`);
  }

  #list(title: string, names: readonly string[]): void {
    if (names.length === 0) return;
    this.#options.print(["", title, ...names.map((name) => `  ${name}`)].join("\n"));
  }

  async #runOne(command: TestCommand): Promise<void> {
    const startedMs = performance.now();
    const { cwd, env, print } = this.#options;
    let failedTests = 0;
    const process = new TestProcess(command, {
      cwd,
      env,
      onEnded: ({ name, failed, skipped, isStep, lines }) => {
        this.#progressedMs = performance.now();
        if (skipped) this.#skipped.push(`${command.name}: ${name}`);
        if (!failed || isStep) return;
        failedTests++;
        this.#failures.push(`${command.name}: ${name}`);
        print(titled(`FAILED ${command.name}: ${name}`, lines));
      },
    });
    this.#running.add(process);
    const end = await process.ended;
    this.#running.delete(process);
    this.#progressedMs = performance.now();

    const counts = countsOf(process, end);
    this.#count(counts);
    if (counts.failed > 0) this.#explain(process, { end, failedTests });
    const took = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`.padStart(8);
    const tests = command.isTest ? ` (${counts.passed} passed, ${counts.failed} failed)` : "";
    const planned = String(this.#planned);
    const place = `${String(++this.#ended).padStart(planned.length)} of ${planned}`;
    print(`${counts.failed > 0 ? "FAILED" : "ok    "} ${took}  ${place}  ${command.name}${tests}`);
  }

  /** Says why a process failed, beyond the names of tests that did. */
  #explain(
    { command: { name, isTest }, output }: TestProcess,
    { end: { signal, stdout, stderr }, failedTests }: { end: TestEnd; failedTests: number },
  ): void {
    const { print } = this.#options;
    if (output.errors !== "") print(titled(`Why ${name} failed:`, output.errors.split("\n")));
    const isCut = signal !== null || this.isOver;
    if (!isCut && output.errors !== "" && failedTests > 0) return;
    const { running } = output;
    const how = this.#givenUp !== undefined
      ? `was running when the run was given up, as ${this.#givenUp}`
      : signal !== null
      ? `was ended by ${signal}${signal === "SIGKILL" ? " (out of memory, perhaps)" : ""}`
      : "failed";
    const what = running === undefined ? name : `${name}: ${running}`;
    this.#failures.push(`${what} ${how}`);
    const rest = [...(isTest ? output.lines : [stdout]), stderr].join("\n").trim().split("\n");
    // A module that cannot be loaded says so and nothing else; what was shown above is not shown again.
    if (output.errors === "" || isCut) print(titled(`FAILED ${what} ${how}`, rest));
  }

  #count({ passed, failed }: TestCounts): void {
    this.totals.passed += passed;
    this.totals.failed += failed;
  }
}

function countsOf({ command, output }: TestProcess, { success }: TestEnd): TestCounts {
  if (command.isTest) return output.counts({ success });
  return success ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function titled(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  │ ${line}`)].join("\n");
}

/** Runs what a command line asks for on all cores, says how it went, and ends the process; Ctrl-C ends it at once. */
export async function runFromCommandLine(
  { thorough = false }: { thorough?: boolean },
  work: (run: TestRun) => Promise<void>,
): Promise<never> {
  const jobs = Number(Deno.env.get("DENO_JOBS")) || navigator.hardwareConcurrency;
  const run = new TestRun({ cwd: ROOT, jobs, env: thorough ? { [THOROUGH]: "1" } : {} });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => run.giveUp(`it was ended by ${signal}`));
  }
  await work(run);
  run.finish();
  Deno.exit(run.totals.failed > 0 ? 1 : 0);
}
