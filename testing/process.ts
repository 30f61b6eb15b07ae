/**
 * For tests: programs as processes of their own, run to their end or watched line by line. `lars` and the roles run with
 * the permissions that their tasks in deno.json give them; a role that is to serve is started by role.ts.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { readLines } from "../lars/up/role_process.ts";
import { type RoleName, roleTaskArgs, TASK_FOLDER } from "../lars/up/role_task.ts";
import { inTime, PATIENCE_MS } from "./until.ts";

/** How a program is run. */
export interface ProgramOptions {
  /** What to run, with the arguments behind it. @default Deno */
  command?: string;
  /** The folder it runs in. @default the repository's root */
  cwd?: string | URL;
  /** Variables to add to the environment. */
  env?: Record<string, string>;
  /** What it reads on standard input. @default nothing */
  stdin?: string | Uint8Array<ArrayBuffer>;
  /** A limit of open files. */
  maxDescriptors?: number;
}

/** How a program ended, and what it printed. */
export interface ProgramEnd {
  /** Its exit code. */
  code: number;
  /** All of its standard output. */
  stdout: string;
  /** All of its standard error. */
  stderr: string;
}

/** Runs a program to its end; one that does not end in time is ended by SIGTERM. */
export async function runProgram(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramEnd> {
  const { code, stdout, stderr } = await spawn(args, {
    ...options,
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a command of `lars` to its end: its words, separated by blanks, or as they are in an array. */
export function runLars(
  words: string | readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramEnd> {
  return runProgram(larsArgs(words), options);
}

/** Runs a role to its end. */
export function runRole(
  name: RoleName,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramEnd> {
  return runProgram([...roleTaskArgs(name), ...args], options);
}

/** The options that give settings: `--set` before each. */
export function setFlags(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ["--set", setting]);
}

/** A stream's lines, kept as they come. */
export class Lines {
  /** Those that came so far. */
  readonly all: string[] = [];
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  #taken = 0;
  #isOver = false;
  #came = Promise.withResolvers<void>();

  /** Reads a stream from now on, whether or not anybody takes its lines. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.ended = this.#read(stream);
  }

  /** The next line that was not taken yet. */
  async next(): Promise<string> {
    while (this.#taken === this.all.length) {
      if (this.#isOver) throw new Error(`It ended, and had printed:\n${this.all.join("\n")}`);
      this.#came = Promise.withResolvers();
      await inTime(`a line after:\n${this.all.slice(-20).join("\n")}`, this.#came.promise);
    }
    return this.all[this.#taken++];
  }

  /** Takes lines up to the first of which `find` makes something, and gives that. */
  async find<Found>(find: (line: string) => Found | undefined): Promise<Found> {
    for (;;) {
      const found = find(await this.next());
      if (found !== undefined) return found;
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const line of readLines(stream)) {
      this.all.push(line);
      this.#came.resolve();
    }
    this.#isOver = true;
    this.#came.resolve();
  }
}

/** A line of a log in JSON; its properties stand beside these. */
export interface LogLine {
  /** When. */
  time: string;
  /** How severe. */
  level: string;
  /** Which part of Lars. */
  logger: string;
  /** What happened. */
  message: string;
}

/** A running program. Disposing of it kills it. */
export class Program implements AsyncDisposable {
  /** What it prints. */
  readonly stdout: Lines;
  /** What it says on standard error: of a role, its log. */
  readonly stderr: Lines;
  readonly #child: Deno.ChildProcess;

  /** Starts it. */
  constructor(args: readonly string[], options: ProgramOptions = {}) {
    this.#child = spawn(args, options);
    this.stdout = new Lines(this.#child.stdout);
    this.stderr = new Lines(this.#child.stderr);
  }

  /** Starts a role with this command line. */
  static role(name: RoleName, args: readonly string[], options: ProgramOptions = {}): Program {
    return new Program([...roleTaskArgs(name), ...args], options);
  }

  /** Starts a command of `lars` that runs on. */
  static lars(words: string | readonly string[]): Program {
    return new Program(larsArgs(words));
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Sends it a signal. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Takes lines of its log up to the one with this message, and gives its properties. */
  logged<Properties extends object = Record<string, unknown>>(
    message: string,
  ): Promise<LogLine & Properties> {
    return this.stderr.find((line) => {
      const record = line.startsWith("{") ? JSON.parse(line) : {};
      return record.message === message ? record : undefined;
    });
  }

  /** Asks it to stop, and gives its exit code. */
  stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    this.signal(signal);
    return this.ended();
  }

  /** Its exit code, whenever it ends. */
  get exitCode(): Promise<number> {
    return this.#child.status.then(({ code }) => code);
  }

  /** Its exit code, once it has ended and all that it printed is there. */
  async ended(): Promise<number> {
    const { code } = await inTime(`the end of process ${this.pid}`, this.#child.status);
    await Promise.all([this.stdout.ended, this.stderr.ended]);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.signal("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended();
  }
}

/** Roles of tests keep no snapshots unless told where: they would begin with each other's. */
const NO_SNAPSHOTS = { LARS_DNS_SNAPSHOT: "off", LARS_AGENT_SNAPSHOT: "off" };

/**
 * An environment for a process that may be killed: without coverage, whose profile a kill would leave torn. Goes with
 * `clearEnv: true`.
 */
export function childEnv(): Record<string, string> {
  const { DENO_COVERAGE_DIR: _, ...env } = Deno.env.toObject();
  return { ...env, NO_COLOR: "1", ...NO_SNAPSHOTS };
}

function larsArgs(words: string | readonly string[]): string[] {
  const [, ...task] = config.tasks.lars.split(" ");
  return [...task, ...typeof words === "string" ? words.split(" ") : words];
}

function spawn(
  args: readonly string[],
  { command = Deno.execPath(), cwd = TASK_FOLDER, env, stdin, maxDescriptors, signal }:
    & ProgramOptions
    & { signal?: AbortSignal },
): Deno.ChildProcess {
  const limited = ["-c", `ulimit -n ${maxDescriptors} && exec "$@"`, "sh", command, ...args];
  const child = new Deno.Command(maxDescriptors === undefined ? command : "sh", {
    args: maxDescriptors === undefined ? [...args] : limited,
    cwd,
    clearEnv: true,
    env: { ...childEnv(), ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  // One that ends without reading all of it is none of ours.
  if (stdin !== undefined) new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {});
  return child;
}
