/**
 * One Web Worker, kept alive: the only place that starts workers.
 *
 * A worker that throws or ends itself is replaced at once; one that hangs, when `missedBeats` beats in a row are missing.
 * `terminate()` cannot stop a thread that is in a busy loop, so a worker given up for hanging may live on; how many were
 * given up is counted. One that is lost over and over is replaced after growing waits.
 *
 * @module
 */

import { Backoff } from "./backoff.ts";
import { BEAT_INTERVAL_MS, type Down, type Up } from "./worker_protocol.ts";

/** What a worker is made of. */
export interface WorkerHostOptions<Init, Incoming> {
  /** The worker's entry file; it calls {@link runWorker}. */
  url: URL;
  /** Names the thread. */
  name: string;
  /** Makes what its set-up is given, anew for each replacement. */
  init: () => Init;
  /** Takes a message of the worker. */
  onMessage?: (message: Incoming) => void;
  /** Hears of every worker that is ready, the first and each replacement. */
  onReady?: () => void;
  /** Hears why a worker is replaced. */
  onLost?: (reason: LossReason, error?: Error) => void;
  /**
   * Beats that may be missing, 100 ms each, before the worker is given up; 0 never gives it up.
   * @default 4
   */
  missedBeats?: number;
}

/** Why a worker was replaced: an error that it did not catch, no beats, or `self.close()` or `Deno.exit()` in it. */
export type LossReason = "threw" | "hung" | "ended";

/** A worker that has lasted this long was a good one: it is replaced without a wait. */
const GOOD_WORKER_MS = 1000;

/** A worker that is replaced when it dies. */
export class WorkerHost<Init, Outgoing, Incoming> {
  readonly #options: WorkerHostOptions<Init, Incoming>;
  readonly #backoff = new Backoff({ firstMs: 10, maxMs: 1000 });
  #worker?: Worker;
  #isReady = false;
  #readyAtMs = 0;
  #watching?: ReturnType<typeof setInterval>;
  #restarting?: ReturnType<typeof setTimeout>;
  #stopping?: Promise<void>;
  /** How the worker's stop ends, once it is asked to. */
  #end?: PromiseWithResolvers<void>;
  #givenUp = 0;

  /**
   * Starts a worker and waits until it is set up.
   *
   * @throws {Error} What the worker's set-up threw.
   */
  static async start<Init, Outgoing, Incoming>(
    options: WorkerHostOptions<Init, Incoming>,
  ): Promise<WorkerHost<Init, Outgoing, Incoming>> {
    const host = new WorkerHost<Init, Outgoing, Incoming>(options);
    await host.#start();
    return host;
  }

  private constructor(options: WorkerHostOptions<Init, Incoming>) {
    this.#options = options;
  }

  /** Says whether a worker is set up and beats. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Workers given up for hanging; their threads may still run. */
  get givenUp(): number {
    return this.#givenUp;
  }

  /** Sends a message; between the loss of a worker and its replacement's set-up it is lost. */
  post(message: Outgoing, transfer: Transferable[] = []): void {
    this.#send({ kind: "message", message }, transfer);
  }

  /**
   * Has the worker finish what is in hand, and ends it; one that does not within `deadlineMs` is ended as it is.
   *
   * @throws {Error} What the worker's own stop threw.
   */
  stop(deadlineMs = 4000): Promise<void> {
    return this.#stopping ??= this.#stop(deadlineMs);
  }

  async #stop(deadlineMs: number): Promise<void> {
    clearInterval(this.#watching);
    clearTimeout(this.#restarting);
    this.#end = Promise.withResolvers();
    const deadline = setTimeout(this.#end.resolve, deadlineMs);
    if (this.#isReady) this.#send({ kind: "stop" });
    else this.#end.resolve();
    try {
      await this.#end.promise;
    } finally {
      clearTimeout(deadline);
      this.#isReady = false;
      this.#worker?.terminate();
    }
  }

  async #start(): Promise<void> {
    const { url, name, init, onMessage } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const worker = this.#worker = new Worker(url, { type: "module", name });
    const beat = new SharedArrayBuffer(4);

    worker.addEventListener("message", ({ data }: MessageEvent<Up<Incoming>>) => {
      if (worker !== this.#worker) return;
      switch (data.kind) {
        case "ready":
          this.#ready(new Int32Array(beat));
          resolve();
          break;
        case "failed":
          over("threw", Object.assign(new Error(data.message), { name: data.name }));
          break;
        case "message":
          onMessage?.(data.message);
          break;
        case "stopped":
          this.#end?.resolve();
          break;
        case "ended":
          over("ended");
      }
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault(); // or this thread would die as well
      if (worker === this.#worker) over("threw", new Error(event.message));
    });

    const over = (reason: LossReason, error?: Error) => {
      if (this.#isReady) {
        this.#over(reason, error);
      } else {
        worker.terminate();
        reject(error ?? new Error(`Cannot start worker ${name}: it ended itself`));
      }
    };
    this.#send({ kind: "init", init: init(), beat });
    return await promise;
  }

  #ready(beat: Int32Array): void {
    const { missedBeats = 4, onReady } = this.#options;
    if (this.#stopping !== undefined) return;
    this.#isReady = true;
    this.#readyAtMs = performance.now();
    if (missedBeats > 0) this.#watch(beat, missedBeats);
    onReady?.();
  }

  /** Counts its own rounds, not time: a process that was suspended must not give up its workers. */
  #watch(beat: Int32Array, missedBeats: number): void {
    let last = -1;
    let missed = 0;
    this.#watching = setInterval(() => {
      const now = Atomics.load(beat, 0);
      missed = now === last ? missed + 1 : 0;
      last = now;
      if (missed >= missedBeats) {
        this.#givenUp++;
        this.#over("hung");
      }
    }, BEAT_INTERVAL_MS);
  }

  /** The worker that was ready is no more: that is how a stop ends, and otherwise a loss. */
  #over(reason: LossReason, error?: Error): void {
    if (this.#end !== undefined) {
      if (error === undefined) this.#end.resolve();
      else this.#end.reject(error);
      return;
    }
    clearInterval(this.#watching);
    this.#isReady = false;
    this.#worker?.terminate();
    this.#options.onLost?.(reason, error);
    const wasGood = performance.now() - this.#readyAtMs >= GOOD_WORKER_MS;
    if (wasGood) this.#backoff.reset();
    this.#restart(wasGood ? 0 : this.#backoff.nextMs());
  }

  #restart(waitMs: number): void {
    if (this.#stopping !== undefined) return;
    this.#restarting = setTimeout(() => {
      this.#start().catch((error) => {
        this.#options.onLost?.("threw", error);
        this.#restart(this.#backoff.nextMs());
      });
    }, waitMs);
  }

  #send(message: Down<Init, Outgoing>, transfer: Transferable[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }
}
