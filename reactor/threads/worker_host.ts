/**
 * One Web Worker, kept alive: the only place that starts workers, but for the spare that may wait for one.
 *
 * A worker that throws or ends itself is replaced at once, and one that hangs when its heartbeat has been missing for
 * `hangMs`. `terminate()` cannot stop a thread that is in a loop, so such a worker lives on beside its replacement, with
 * all that it holds: it is stuck. When it beats again it has come out of its loop, and is ended. A worker that is lost over
 * and over is replaced after growing waits.
 *
 * @module
 */

import { Backoff } from "../tcp/backoff.ts";
import {
  CallError,
  type CallOptions,
  Channel,
  fromSentError,
  type Message,
  type Posts,
  type Traffic,
} from "./channel.ts";
import { HeartbeatMonitor } from "./heartbeat.ts";
import type { ParentTraffic, WorkerEnd } from "./worker_entry.ts";
import type { WorkerSpare } from "./worker_spare.ts";

/** What a worker is made of. */
export interface WorkerHostOptions<Init, Received extends Message> {
  /** The worker's entry file; it calls {@link runWorker}. */
  url: URL;
  /** Names the thread. */
  name: string;
  /** Makes what its set-up is given, anew for each replacement. */
  init: () => Init;
  /** Takes a message of the worker. */
  onPost?: (message: Received) => void;
  /** Is called for every worker that is ready, the first and each replacement. */
  onReady?: () => void;
  /** Is called with the reason for which a worker is replaced. */
  onLost?: (reason: LossReason, error?: Error) => void;
  /** Is called when a stuck worker has come out of its loop and was ended. */
  onFreed?: () => void;
  /**
   * For how long a heartbeat may be missing before a worker is given up, ms; 0 never gives it up. It beats four times as often, and
   * is checked sixteen times as often: it may be found by a sixteenth later. Where the system tells, one that could run
   * and has not had a processor for a quarter of that time is waited for, up to four times as long.
   * @default 400
   */
  hangMs?: number;
  /**
   * Where a worker is taken from when one waits there, of the same entry file.
   * @default every worker is started when it is needed
   */
  spare?: WorkerSpare;
}

/** Why a worker was replaced: an error that it did not catch, no beats, or `self.close()` or `Deno.exit()` in it. */
export type LossReason = "threw" | "hung" | "ended";

interface Loss {
  reason: LossReason;
  error?: Error;
}

/** A worker that has lasted this long was a good one: it is replaced without a wait. */
const GOOD_WORKER_MS = 1000;

type ToWorker<Init, Out extends Traffic> = Channel<ParentTraffic<Init, Out>, Posts<Message>>;

/** A worker that is replaced when it dies. Takes what `Out` says, and sends `Received`. */
export class WorkerHost<Init, Out extends Traffic, Received extends Message = never> {
  readonly #options: WorkerHostOptions<Init, Received>;
  readonly #backoff = new Backoff({ firstMs: 10, maxMs: 1000 });
  #worker?: Worker;
  #channel?: ToWorker<Init, Out>;
  #isReady = false;
  #readyAtMs = 0;
  #watching?: ReturnType<typeof setInterval>;
  #restarting?: ReturnType<typeof setTimeout>;
  #stopping?: Promise<void>;
  /** The workers that hang, each with what waits for it to beat again. */
  readonly #stuck = new Map<Worker, ReturnType<typeof setInterval>>();

  /**
   * Starts a worker and waits until it is set up.
   *
   * @throws {Error} What the worker's set-up threw.
   */
  static async start<Init, Out extends Traffic, Received extends Message = never>(
    options: WorkerHostOptions<Init, Received>,
  ): Promise<WorkerHost<Init, Out, Received>> {
    const host = new WorkerHost<Init, Out, Received>(options);
    const loss = await host.#start();
    if (loss === undefined) return host;
    const why = loss.reason === "hung" ? "hangs" : "ended itself";
    throw loss.error ?? new Error(`Cannot start worker ${options.name}: it ${why}`);
  }

  private constructor(options: WorkerHostOptions<Init, Received>) {
    this.#options = options;
  }

  /** Whether a worker is set up and beats. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Workers given up for hanging that hang still. */
  get stuck(): number {
    return this.#stuck.size;
  }

  /** Sends a message; between the loss of a worker and its replacement's set-up it is lost. */
  post(message: Out["posts"], transfer: Transferable[] = []): void {
    this.#channel?.post(message, transfer);
  }

  /**
   * Calls the worker.
   *
   * @throws {CallError} When it does not answer in time, or is lost.
   * @throws {Error} What it threw.
   */
  call(request: Out["calls"], options?: CallOptions): Promise<Out["replies"]> {
    if (this.#channel === undefined) return Promise.reject(new CallError(request, "closed"));
    return this.#channel.call(request, options);
  }

  /**
   * Has the worker finish the work under way, and ends it; one that does not within `deadlineMs` is ended as it is.
   *
   * @throws {Error} What the worker's own stop threw.
   */
  stop(deadlineMs = 4000): Promise<void> {
    return this.#stopping ??= this.#stop(deadlineMs);
  }

  async #stop(deadlineMs: number): Promise<void> {
    clearInterval(this.#watching);
    clearTimeout(this.#restarting);
    try {
      if (this.#isReady) {
        await this.#channel?.call({ kind: "worker.stop" }, {
          timeoutMs: deadlineMs,
          maxWaiting: Infinity,
        });
      }
    } catch (error) {
      if (!(error instanceof CallError)) throw error; // else it is late, or has ended itself
    } finally {
      this.#isReady = false;
      this.#channel?.close();
      this.#worker?.terminate();
      for (const worker of this.#stuck.keys()) this.#endStuck(worker);
    }
  }

  /** Resolves when the worker is ready, or to the reason why it never was. */
  async #start(): Promise<Loss | undefined> {
    const { url, name, init, onPost, spare, hangMs = 400 } = this.#options;
    const worker = this.#worker = spare?.take() ?? new Worker(url, { type: "module", name });
    const monitor = hangMs > 0 ? new HeartbeatMonitor(hangMs) : undefined;
    const { promise: lost, resolve: lose } = Promise.withResolvers<Loss>();

    const over = (loss: Loss) => {
      if (worker !== this.#worker) return;
      clearInterval(this.#watching);
      this.#worker = undefined;
      this.#channel = undefined;
      if (loss.reason === "hung") this.#keepStuck(worker, monitor!);
      else worker.terminate();
      lose(loss);
      channel.close(loss.error);
      if (this.#isReady) this.#replace(loss);
    };
    const channel: ToWorker<Init, Out> = this.#channel = new Channel(worker, {
      onPost: (message: Message) => {
        if (isEnd(message)) over(lossOf(message));
        else onPost?.(message as Received);
      },
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault(); // or this thread would die as well
      over({ reason: "threw", error: new Error(event.message) });
    });
    if (monitor !== undefined) {
      this.#watching = setInterval(() => {
        if (monitor.check(performance.now())) over({ reason: "hung" });
      }, monitor.checkMs);
    }
    try {
      await channel.call({ kind: "worker.start", init: init(), heartbeat: monitor?.init });
      this.#ready();
    } catch (error) {
      over({ reason: "threw", error: error as Error });
      return await lost;
    }
  }

  #ready(): void {
    if (this.#stopping !== undefined) return;
    this.#isReady = true;
    this.#readyAtMs = performance.now();
    this.#options.onReady?.();
  }

  /** Ends a worker that hangs as soon as it beats again: there it can be ended, and has done next to nothing since. */
  #keepStuck(worker: Worker, monitor: HeartbeatMonitor): void {
    const waiting = setInterval(() => {
      if (!monitor.hasBeaten) return;
      this.#endStuck(worker);
      this.#options.onFreed?.();
    }, monitor.checkMs);
    this.#stuck.set(worker, waiting);
  }

  #endStuck(worker: Worker): void {
    clearInterval(this.#stuck.get(worker));
    this.#stuck.delete(worker);
    worker.terminate();
  }

  /** The worker that was ready is no more. */
  #replace({ reason, error }: Loss): void {
    if (this.#stopping !== undefined) return;
    this.#isReady = false;
    this.#options.onLost?.(reason, error);
    const wasGood = performance.now() - this.#readyAtMs >= GOOD_WORKER_MS;
    if (wasGood) this.#backoff.reset();
    this.#restart(wasGood ? 0 : this.#backoff.nextMs());
  }

  #restart(waitMs: number): void {
    if (this.#stopping !== undefined) return;
    this.#restarting = setTimeout(async () => {
      const loss = await this.#start();
      if (loss === undefined || this.#stopping !== undefined) return;
      this.#options.onLost?.(loss.reason, loss.error);
      this.#restart(this.#backoff.nextMs());
    }, waitMs);
  }
}

function isEnd(message: Message): message is WorkerEnd {
  return message.kind === "worker.threw" || message.kind === "worker.ended";
}

function lossOf(message: WorkerEnd): Loss {
  if (message.kind === "worker.ended") return { reason: "ended" };
  return { reason: "threw", error: fromSentError(message.error) };
}
