/**
 * A process of a test run: a check, or `deno test` on one file. Its output is read line by line, and whatever it started
 * ends with it.
 *
 * @module
 */

import { type EndedTest, TestOutput } from "./test_output.ts";

/** How long a process that is to end, or whose leftovers are, holds up the others. */
const END_GRACE_MS = 5000;

/** What to run. */
export interface TestCommand {
  /** What it is called: of a test, its file. */
  readonly name: string;
  /** Deno's arguments. */
  readonly args: readonly string[];
  /** Whether it prints what `deno test` does; else its exit code is all that counts. */
  readonly isTest: boolean;
}

/** Runs the tests of a file. Types are checked where that is asked for. */
export function testCommand(
  file: string,
  { name = file, flags = [], checksTypes = false }: {
    name?: string;
    flags?: readonly string[];
    checksTypes?: boolean;
  } = {},
): TestCommand {
  const check = checksTypes ? [] : ["--no-check"];
  return { name, args: ["test", "--allow-all", ...check, ...flags, file], isTest: true };
}

/** How a process ended. */
export interface TestEnd {
  /** Whether it says that all is well. */
  readonly success: boolean;
  /** What it printed on stdout. */
  readonly stdout: string;
  /** What it printed on stderr: of `deno test`, what Deno itself has to say. */
  readonly stderr: string;
  /** The signal that ended it, if one did. */
  readonly signal: Deno.Signal | null;
}

/** Where and how a process runs. */
export interface TestProcessOptions {
  /** Its folder. */
  readonly cwd: string | URL;
  /** What its environment has besides. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes each test that ends. */
  readonly onEnded: (test: EndedTest) => void;
}

/** A running process. */
export class TestProcess {
  /** What it runs. */
  readonly command: TestCommand;
  /** What it has printed. */
  readonly output: TestOutput = new TestOutput();
  /** Resolves when it has ended, and all that it started. */
  readonly ended: Promise<TestEnd>;
  readonly #child: Deno.ChildProcess;

  /** Starts it. */
  constructor(command: TestCommand, { cwd, env, onEnded }: TestProcessOptions) {
    this.command = command;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...command.args],
      cwd,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true, // in a process group of its own, which can be killed as a whole
    }).spawn();
    this.ended = this.#read(onEnded);
  }

  /** Ends it: it is asked first, so that `deno test` names the tests that run, and then killed. */
  async stop(): Promise<void> {
    try {
      this.#child.kill("SIGINT");
    } catch {
      // It has ended.
    }
    const timer = setTimeout(() => this.#killGroup(), END_GRACE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  async #read(onEnded: (test: EndedTest) => void): Promise<TestEnd> {
    const enough = new AbortController();
    const printed: string[] = [];
    const complained: string[] = [];
    const collected = Promise.all([
      eachLine(this.#child.stderr, enough.signal, (line) => complained.push(line)),
      eachLine(this.#child.stdout, enough.signal, (line) => {
        printed.push(line);
        const ended = this.output.take(line);
        if (ended !== undefined) onEnded(ended);
      }),
    ]);
    const { success, signal } = await this.#child.status;
    this.#killGroup();
    // What left the group may still hold the pipes open.
    const timer = setTimeout(() => enough.abort(), END_GRACE_MS);
    await collected;
    clearTimeout(timer);
    return { success, stdout: printed.join("\n"), stderr: complained.join("\n"), signal };
  }

  #killGroup(): void {
    try {
      Deno.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // There is nobody left in it.
    }
  }
}

/** Hands over the lines of a stream until its end or the signal, the last one whole or not. */
async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  try {
    for await (const text of stream.pipeThrough(new TextDecoderStream(), { signal })) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      lines.forEach(take);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (rest !== "") take(rest);
}
