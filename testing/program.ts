/**
 * For system tests: a role, or `lars`, as a real process that need not come to serve. What it says on stderr is read line
 * by line. For a role that serves there is role.ts.
 *
 * @module
 */

import { readLines } from "../lars/up/role_process.ts";
import { type RoleName, roleTaskArgs, TASK_FOLDER } from "../lars/up/role_task.ts";
import { childEnv } from "./child_env.ts";
import { PATIENCE_MS } from "./until.ts";

/** How a program ended. */
export interface ProgramEnd {
  /** Its exit code. */
  code: number;
  /** All that it said on stderr, a line each. */
  lines: readonly string[];
}

/** A running program. Disposing of it kills it. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stderr: AsyncGenerator<string>;
  readonly #lines: string[] = [];

  /** Starts a role with this command line. */
  static role(
    name: RoleName,
    args: readonly string[],
    { maxDescriptors }: { maxDescriptors?: number } = {},
  ): Program {
    return new Program([...roleTaskArgs(name), ...args], maxDescriptors);
  }

  /** Starts `lars` with this command line. */
  static lars(...args: string[]): Program {
    const permissions = ["--allow-net", "--allow-read", "--allow-write", "--allow-env=LARS_*"];
    return new Program(["run", ...permissions, "lars/main.ts", ...args]);
  }

  private constructor(args: readonly string[], maxDescriptors?: number) {
    const limit = maxDescriptors === undefined ? "" : `ulimit -n ${maxDescriptors} && `;
    this.#child = new Deno.Command("sh", {
      args: ["-c", `${limit}exec "$@"`, "sh", Deno.execPath(), ...args],
      cwd: TASK_FOLDER,
      clearEnv: true,
      env: { ...childEnv(), NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: AbortSignal.timeout(PATIENCE_MS), // one that does not do what a test expects of it
    }).spawn();
    this.#stderr = readLines(this.#child.stderr);
  }

  /** Reads up to the first line that `find` makes something of, and gives that. */
  async said<Found>(find: (line: string) => Found | undefined): Promise<Found> {
    for (;;) {
      const { value: line, done } = await this.#stderr.next();
      if (done) throw new Error(`It ended without saying so, but:\n${this.#lines.join("\n")}`);
      this.#lines.push(line);
      const found = find(line);
      if (found !== undefined) return found;
    }
  }

  /** Asks it to stop, and waits until it has ended. */
  stop(): Promise<ProgramEnd> {
    this.#child.kill("SIGTERM");
    return this.ended();
  }

  /** Waits until it ends. */
  async ended(): Promise<ProgramEnd> {
    for await (const line of this.#stderr) this.#lines.push(line);
    const { code } = await this.#child.status;
    return { code, lines: this.#lines };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended();
  }
}
