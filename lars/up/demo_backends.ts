/**
 * The demo's backends: little HTTP servers in a worker of their own, one of which can be told to fail.
 *
 * @module
 */

import { WorkerHost } from "../../reactor/mod.ts";

/** What the worker is told: which backend fails, or that none does. */
export interface FailOrder {
  /** Its place among the backends; undefined for none. */
  failing: number | undefined;
}

/** Running backends. */
export class DemoBackends implements AsyncDisposable {
  /** Their ports on 127.0.0.1. */
  readonly ports: readonly number[];
  readonly #worker: WorkerHost<{ count: number }, FailOrder, number[]>;

  /** Starts so many backends. */
  static async start(count: number): Promise<DemoBackends> {
    const { promise: ports, resolve } = Promise.withResolvers<number[]>();
    const worker = await WorkerHost.start<{ count: number }, FailOrder, number[]>({
      url: new URL("./demo_backends_worker.ts", import.meta.url),
      name: "demo backends",
      init: () => ({ count }),
      onMessage: resolve,
      // A replacement would have other ports than the routes say.
      hangMs: 0,
    });
    return new DemoBackends(worker, await ports);
  }

  private constructor(worker: WorkerHost<{ count: number }, FailOrder, number[]>, ports: number[]) {
    this.#worker = worker;
    this.ports = ports;
  }

  /** From now on that backend answers with status 500, and the others work; with undefined all work. */
  setFailing(failing: number | undefined): void {
    this.#worker.post({ failing });
  }

  /** Stops all of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.stop();
  }
}
