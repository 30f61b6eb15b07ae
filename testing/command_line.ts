/**
 * For system tests: the command line `lars` as a real process, with the permissions that its task in deno.json gives it.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { readLines } from "../lars/up/role_process.ts";
import { TASK_FOLDER } from "../lars/up/role_task.ts";
import { childEnv } from "./child_env.ts";
import { Inbox } from "./inbox.ts";
import { inTime } from "./until.ts";

/** What a command left behind. */
export interface LarsResult {
  /** Its exit code. */
  code: number;
  /** What it printed. */
  stdout: string;
  /** What it complained of. */
  stderr: string;
}

/** Runs a command to its end. */
export async function runLars(args: readonly string[], stdin?: string): Promise<LarsResult> {
  const child = spawn(args, { stdin: stdin === undefined ? "null" : "piped" });
  if (stdin !== undefined) await new Blob([stdin]).stream().pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A command that runs on. */
export class RunningLars implements AsyncDisposable {
  /** What it prints, line by line. */
  readonly lines: Inbox<string> = new Inbox();
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<unknown>;

  /** Starts it. */
  constructor(args: readonly string[]) {
    this.#child = spawn(args, { stdin: "null" });
    this.#read = Promise.all([this.#readLines(), this.#child.stderr.cancel()]);
  }

  /** Stops it as Ctrl-C does, and gives its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGINT");
    return await this.ended();
  }

  /** Its exit code, once it has ended by itself. */
  async ended(): Promise<number> {
    const { code } = await inTime("the end of lars", this.#child.status);
    await this.#read;
    return code;
  }

  /** Ends it if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended();
  }

  async #readLines(): Promise<void> {
    for await (const line of readLines(this.#child.stdout)) this.lines.push(line);
  }
}

function spawn(
  args: readonly string[],
  { stdin }: { stdin: "null" | "piped" },
): Deno.ChildProcess {
  const [, ...task] = config.tasks.lars.split(" ");
  return new Deno.Command(Deno.execPath(), {
    args: [...task, ...args],
    cwd: TASK_FOLDER,
    clearEnv: true,
    env: { ...childEnv(), NO_COLOR: "1" },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}
