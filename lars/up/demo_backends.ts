/**
 * The demo's backends: little HTTP servers in a worker of their own, one of which can be told to fail.
 *
 * @module
 */

import { type Posts, WorkerHost } from "../../reactor/mod.ts";

/** What the worker is told: which backend fails, or that none does. */
export interface FailOrder {
  kind: "fail";
  /** Its place among the backends; undefined for none. */
  failing: number | undefined;
}

/** What the worker says: where its backends listen. */
export interface BackendPorts {
  kind: "ports";
  /** On 127.0.0.1, in their order. */
  ports: number[];
}

type BackendHost = WorkerHost<{ count: number }, Posts<FailOrder>, BackendPorts>;

/** Running backends. */
export class DemoBackends implements AsyncDisposable {
  /** Their ports on 127.0.0.1. */
  readonly ports: readonly number[];
  readonly #worker: BackendHost;

  /** Starts so many backends. */
  static async start(count: number): Promise<DemoBackends> {
    const { promise: ports, resolve } = Promise.withResolvers<number[]>();
    const worker: BackendHost = await WorkerHost.start({
      url: new URL("./demo_backends_worker.ts", import.meta.url),
      name: "demo backends",
      init: () => ({ count }),
      onPost: (message) => resolve(message.ports),
      // A replacement would have other ports than the routes say.
      hangMs: 0,
    });
    return new DemoBackends(worker, await ports);
  }

  private constructor(worker: BackendHost, ports: number[]) {
    this.#worker = worker;
    this.ports = ports;
  }

  /** From now on that backend answers with status 500, and the others work; with undefined all work. */
  setFailing(failing: number | undefined): void {
    this.#worker.post({ kind: "fail", failing });
  }

  /** Stops all of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.stop();
  }
}
