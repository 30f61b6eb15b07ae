/**
 * One Web Worker, kept alive: the only place that starts workers, but for the spare that may wait for one.
 *
 * A worker that throws or ends itself is replaced at once; one that hangs, when for `hangMs` it neither beat nor got any
 * work done, though it had the time: one that waits for a processor all the while is slow, not stuck. `terminate()` cannot stop a thread that is in a loop, so such a worker lives on beside its replacement, with all that it
 * holds: it is stuck. It is ended when it comes out of its loop, which its beats tell. A worker that is lost over and over
 * is replaced after growing waits.
 *
 * @module
 */

import { Backoff } from "../tcp/backoff.ts";
import { Starvation, threadState } from "./thread_state.ts";
import { BEAT_COUNT, BEAT_THREAD, BEAT_WORDS, type Down, type Up } from "./worker_protocol.ts";
import type { WorkerSpare } from "./worker_spare.ts";

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
  /** Hears that a worker that was given up for hanging has come out of it and was ended. */
  onFreed?: () => void;
  /**
   * For how long a worker may not beat before it is given up, ms; 0 never gives it up. It beats four times as often, and
   * is looked at sixteen times as often: by a sixteenth later may it be found. Where the system tells, one that could run
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

/** The beats of a worker. */
interface Watched {
  /** See {@link BEAT_COUNT}. */
  words: Int32Array<SharedArrayBuffer>;
  /** See {@link WorkerHostOptions.hangMs}. */
  hangMs: number;
  /** How often it is looked at, ms. */
  lookMs: number;
}

interface Loss {
  reason: LossReason;
  error?: Error;
}

/** A worker that has lasted this long was a good one: it is replaced without a wait. */
const GOOD_WORKER_MS = 1000;

/** A look is late when it comes after so many times its interval. */
const LATE = 1.5;

/** How often a worker beats in the time after which it would be given up. */
const BEATS = 4;

/** How often it is looked at in that time. */
const LOOKS = 16;

/** After so many looks a beat is overdue, and it is asked what the thread does. */
const OVERDUE_LOOKS = 5;

/** After so many it is given up, however little it has run. */
const MAX_LOOKS = 4 * LOOKS;

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
  /** The workers that hang, each with what waits for it to beat again. */
  readonly #stuck = new Map<Worker, ReturnType<typeof setInterval>>();

  /**
   * Starts a worker and waits until it is set up.
   *
   * @throws {Error} What the worker's set-up threw.
   */
  static async start<Init, Outgoing, Incoming>(
    options: WorkerHostOptions<Init, Incoming>,
  ): Promise<WorkerHost<Init, Outgoing, Incoming>> {
    const host = new WorkerHost<Init, Outgoing, Incoming>(options);
    const loss = await host.#start();
    if (loss === undefined) return host;
    const why = loss.reason === "hung" ? "hangs" : "ended itself";
    throw loss.error ?? new Error(`Cannot start worker ${options.name}: it ${why}`);
  }

  private constructor(options: WorkerHostOptions<Init, Incoming>) {
    this.#options = options;
  }

  /** Says whether a worker is set up and beats. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Workers given up for hanging that hang still. */
  get stuck(): number {
    return this.#stuck.size;
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
      for (const worker of this.#stuck.keys()) this.#endStuck(worker);
    }
  }

  /** Resolves when the worker is ready, or to the reason why it never was. */
  #start(): Promise<Loss | undefined> {
    const { url, name, init, onMessage, spare } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Loss | undefined>();
    const worker = this.#worker = spare?.take() ?? new Worker(url, { type: "module", name });
    const { hangMs = 400 } = this.#options;
    const words = new Int32Array(new SharedArrayBuffer(BEAT_WORDS * 4));
    const watched = { words, hangMs, lookMs: hangMs / LOOKS };

    worker.addEventListener("message", ({ data }: MessageEvent<Up<Incoming>>) => {
      if (worker !== this.#worker) return;
      switch (data.kind) {
        case "ready":
          this.#ready();
          resolve(undefined);
          break;
        case "failed":
          over({
            reason: "threw",
            error: Object.assign(new Error(data.message), { name: data.name }),
          });
          break;
        case "message":
          onMessage?.(data.message);
          break;
        case "stopped":
          this.#end?.resolve();
          break;
        case "ended":
          over({ reason: "ended" });
      }
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault(); // or this thread would die as well
      if (worker === this.#worker) over({ reason: "threw", error: new Error(event.message) });
    });

    const over = (loss: Loss) => {
      clearInterval(this.#watching);
      this.#worker = undefined;
      if (loss.reason === "hung") this.#keepStuck(worker, watched);
      else worker.terminate();
      if (this.#isReady) this.#over(loss);
      else resolve(loss);
    };
    const beats = { memory: words.buffer, intervalMs: hangMs / BEATS };
    this.#send({ kind: "init", init: init(), beats: hangMs > 0 ? beats : undefined });
    if (hangMs > 0) this.#watch(watched, () => over({ reason: "hung" }));
    return promise;
  }

  #ready(): void {
    if (this.#stopping !== undefined) return;
    this.#isReady = true;
    this.#readyAtMs = performance.now();
    this.#options.onReady?.();
  }

  /**
   * Begins at the first beat, as loading modules takes its time. Counts its own rounds, not time: a process that was
   * suspended must not give up its workers.
   */
  #watch({ words, hangMs, lookMs }: Watched, onHung: () => void): void {
    let last = 0;
    let silentRounds = 0;
    let lateRounds = 0;
    let lookedMs = performance.now();
    let starvation: Starvation | undefined;
    this.#watching = setInterval(() => {
      const elapsedMs = performance.now() - lookedMs;
      lookedMs += elapsedMs;
      const now = Atomics.load(words, BEAT_COUNT);
      if (now !== last || now === 0) silentRounds = lateRounds = 0;
      else silentRounds++;
      last = now;
      // Whoever looks is late: neither does the worker get a processor then.
      if (elapsedMs > LATE * lookMs) lateRounds++;
      if (silentRounds < OVERDUE_LOOKS) return;
      if (silentRounds === OVERDUE_LOOKS) starvation = new Starvation();
      starvation!.look(threadState(words[BEAT_THREAD]));
      const mayBeStarved = silentRounds - lateRounds < LOOKS || starvation!.holdsFor(hangMs / 4);
      if (silentRounds >= (mayBeStarved ? MAX_LOOKS : LOOKS)) onHung();
    }, lookMs);
  }

  /** Ends a worker that hangs as soon as it beats again: there it can be ended, and has done next to nothing since. */
  #keepStuck(worker: Worker, { words, lookMs }: Watched): void {
    const last = Atomics.load(words, BEAT_COUNT);
    const waiting = setInterval(() => {
      if (Atomics.load(words, BEAT_COUNT) === last) return;
      this.#endStuck(worker);
      this.#options.onFreed?.();
    }, lookMs);
    this.#stuck.set(worker, waiting);
  }

  #endStuck(worker: Worker): void {
    clearInterval(this.#stuck.get(worker));
    this.#stuck.delete(worker);
    worker.terminate();
  }

  /** The worker that was ready is no more: that is how a stop ends, and otherwise a loss. */
  #over({ reason, error }: Loss): void {
    if (this.#end !== undefined) {
      if (error === undefined) this.#end.resolve();
      else this.#end.reject(error);
      return;
    }
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

  #send(message: Down<Init, Outgoing>, transfer: Transferable[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }
}
