/**
 * For system tests: a real process that asks an agent until it is stopped, `lars qps` or one that leaves it some air.
 *
 * @module
 */

import { childEnv } from "./child_env.ts";
import { readLines } from "../lars/up/role_process.ts";
import { TASK_FOLDER } from "../lars/up/role_task.ts";
import { Inbox } from "./inbox.ts";

/** What `lars qps --json` prints at its end. */
export interface QpsSummary {
  /** Picks and reports per second. */
  average: number;
  /** Picks that were asked again. */
  retries: number;
  /** Failed picks, by code. */
  errors: Record<string, number>;
}

/** What it prints every second. */
export interface QpsSecond {
  /** 1 for the first one. */
  second: number;
  /** Picks and reports. */
  perSecond: number;
  /** Picks that were asked again. */
  retries: number;
}

/** A running load. */
export class Qps implements AsyncDisposable {
  /** What it prints, a line a second. */
  readonly lines: Inbox<QpsSecond> = new Inbox();
  readonly #child: Deno.ChildProcess;
  readonly #summary: Promise<QpsSummary>;

  private constructor(program: readonly string[]) {
    const permissions = ["--allow-net=127.0.0.1", "--allow-read", "--allow-env=LARS_*"];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...permissions, ...program],
      cwd: TASK_FOLDER,
      clearEnv: true,
      env: childEnv(),
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#summary = this.#read();
  }

  /** Starts `lars qps` on modules (1 … threads, 1), and waits for its first second to pass. */
  static start(threads: number, agentPort: number): Promise<Qps> {
    const agent = ["--agent", `127.0.0.1:${agentPort}`];
    return Qps.#run(["lars/main.ts", "qps", String(threads), "--json", ...agent]);
  }

  /** Starts callers on modules (1 … modules, 1) that pause between their calls, and waits for their first second. */
  static startSteady(modules: number, agentPort: number): Promise<Qps> {
    return Qps.#run(["testing/steady_callers.ts", String(modules), String(agentPort)]);
  }

  static async #run(program: readonly string[]): Promise<Qps> {
    const qps = new Qps(program);
    await Promise.race([qps.lines.next(), qps.#summary]);
    return qps;
  }

  /** Ends the load and gives its summary. */
  async stop(): Promise<QpsSummary & { code: number }> {
    this.#child.kill("SIGINT");
    const { code } = await this.#child.status;
    return { ...await this.#summary, code };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#summary.catch(() => {});
  }

  async #read(): Promise<QpsSummary> {
    for await (const line of readLines(this.#child.stdout)) {
      const printed = JSON.parse(line);
      if ("average" in printed) return printed;
      this.lines.push(printed);
    }
    throw new Error("lars qps ended without a summary");
  }
}
