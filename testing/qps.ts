/**
 * For system tests: a process that picks and reports until it is stopped, `lars qps` or callers with pauses.
 *
 * @module
 */

import { Program } from "./process.ts";

/** What `lars qps --json` prints at its end. */
export interface QpsSummary {
  /** Picks and reports per second. */
  average: number;
  /** Picks that were sent again. */
  retries: number;
  /** Failed picks, by code. */
  errors: Record<string, number>;
}

/** A running load. Disposing of it kills it. */
export class Qps implements AsyncDisposable {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** Starts `lars qps` on modules (1 … threads, 1), and waits for its first second to pass. */
  static start(threads: number, agentPort: number): Promise<Qps> {
    return Qps.#run(
      Program.lars(`qps ${threads} --json --agent 127.0.0.1:${agentPort}`),
    );
  }

  /** Starts callers on modules (1 … modules, 1) that pause between their calls, and waits for their first second. */
  static startSteady(modules: number, agentPort: number): Promise<Qps> {
    const permissions = ["--allow-net=127.0.0.1", "--allow-read", "--allow-env=LARS_*"];
    const args = ["testing/steady_callers.ts", String(modules), String(agentPort)];
    return Qps.#run(new Program(["run", ...permissions, ...args]));
  }

  static async #run(program: Program): Promise<Qps> {
    const qps = new Qps(program);
    await qps.madeProgress();
    return qps;
  }

  /** Waits for the next whole second in which something was picked. */
  async madeProgress(): Promise<void> {
    await this.#program.stdout.find((line) => JSON.parse(line).perSecond > 0 || undefined);
  }

  /** Ends the load and gives its summary. */
  async stop(): Promise<QpsSummary & { code: number }> {
    const code = await this.#program.stop("SIGINT");
    return { ...JSON.parse(this.#program.stdout.all.at(-1)!), code };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}
