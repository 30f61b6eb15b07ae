/**
 * The load of `lars qps`: a thread per module, and what they have counted together.
 *
 * @module
 */

import type { LarsErrorCode } from "../../client/mod.ts";
import type { ModuleName } from "../../proto/mod.ts";
import { Counters, WorkerHost } from "../../reactor/mod.ts";

/** What a thread counts: picks that were answered and reported on, and errors by code. */
export type QpsCounter = "done" | LarsErrorCode;

/** The names of {@link QpsCounter}. */
export const QPS_COUNTERS: readonly QpsCounter[] = [
  "done",
  "overload",
  "no_such_module",
  "agent_unreachable",
  "bad_argument",
];

/** What a thread is given. */
export interface QpsInit extends ModuleName {
  /** The agent to ask. */
  agent: { hostname: string; port: number };
  /** Memory of its counters. */
  buffer: SharedArrayBuffer;
}

/** Running threads. */
export class QpsLoad implements AsyncDisposable {
  readonly #threads: WorkerHost<QpsInit, never, never>[] = [];
  readonly #counters: Counters<QpsCounter>[] = [];

  /** Starts a thread for each of the modules. */
  static async start(
    modules: readonly ModuleName[],
    agent: { hostname: string; port: number },
  ): Promise<QpsLoad> {
    const load = new QpsLoad();
    for (const module of modules) {
      const counters = new Counters(QPS_COUNTERS);
      load.#counters.push(counters);
      load.#threads.push(
        await WorkerHost.start<QpsInit, never, never>({
          url: new URL("./qps_worker.ts", import.meta.url),
          name: `qps ${module.modid}`,
          init: () => ({ ...module, agent, buffer: counters.buffer }),
          // A thread that loads a machine to its limit may be late.
          missedBeats: 0,
        }),
      );
    }
    return load;
  }

  /** How often a thing was counted by all threads together. */
  count(name: QpsCounter): number {
    return this.#counters.reduce((sum, counters) => sum + counters.get(name), 0);
  }

  /** The errors that there were, by code. */
  errors(): Partial<Record<LarsErrorCode, number>> {
    const codes = QPS_COUNTERS.filter((name) => name !== "done");
    return Object.fromEntries(
      codes.map((code) => [code, this.count(code)]).filter(([, count]) => count !== 0),
    );
  }

  /** Ends the threads, once what they have in flight is answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }
}
