/**
 * A server that is a process of its own and prints, as its first line, JSON that says where it listens.
 *
 * @module
 */

import { readLines } from "../../lars/up/role_process.ts";
import { TASK_FOLDER } from "../../lars/up/role_task.ts";

/** The process. Disposing of it ends it. */
export class ChildServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string>;
  /** Where it listens. */
  readonly port: number;

  /** Starts a program and waits for its first line. */
  static async start<FirstLine>(
    program: string,
    args: string[],
    portOf: (line: FirstLine) => number,
  ): Promise<ChildServer> {
    const options = { args, cwd: TASK_FOLDER, stdin: "null", stdout: "piped" } as const;
    const child = new Deno.Command(program, options).spawn();
    const lines = readLines(child.stdout);
    const { value } = await lines.next();
    if (value === undefined) throw new Error(`${program} ${args.join(" ")} did not start`);
    return new ChildServer({ child, lines, port: portOf(JSON.parse(value)) });
  }

  private constructor(
    { child, lines, port }: {
      child: Deno.ChildProcess;
      lines: AsyncGenerator<string>;
      port: number;
    },
  ) {
    this.#child = child;
    this.#lines = lines;
    this.port = port;
  }

  /** The process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Has it end, if it has not ended by itself; gives its exit code. */
  async stop(): Promise<number> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await this.#lines.return(undefined);
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
