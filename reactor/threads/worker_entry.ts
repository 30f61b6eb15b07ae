/**
 * The worker's end of {@link WorkerHost}: what the entry file of every Web Worker calls.
 *
 * @module
 */

import { currentThreadId } from "./thread_state.ts";
import { BEAT_COUNT, BEAT_THREAD, type Beats, type Down, type Up } from "./worker_protocol.ts";

/** The thread that started this worker. */
export interface WorkerParent<Message> {
  /** Sends a message to it. */
  post(message: Message, transfer?: Transferable[]): void;
  /**
   * Says that a piece of work was done: a datagram, a message, a chunk of something long. A worker that works is not taken
   * for one that hangs, however long its timers, by which it beats otherwise, do not come round. Costs some nanoseconds.
   */
  beat(): void;
}

/** What a worker does once it is set up. */
export interface WorkerTasks<Message> {
  /** Takes a message of the parent. */
  onMessage?(message: Message): void;
  /** Finishes what is in hand; the worker ends afterwards. */
  stop?(): void | Promise<void>;
}

const finishing: (() => Promise<void>)[] = [];

/** Has the worker that runs in this thread, if any, await this before it ends, after all else. */
export function beforeWorkerEnds(finish: () => Promise<void>): void {
  if (!finishing.includes(finish)) finishing.push(finish);
}

/**
 * Runs this thread as a worker: sets it up with what the parent gave, beats, and takes the parent's messages until the
 * parent has it stop. What `setup` throws is thrown by the parent's {@link WorkerHost.start}, what `stop` throws by its
 * {@link WorkerHost.stop}.
 */
export function runWorker<Init, Incoming, Outgoing>(
  setup: (
    init: Init,
    parent: WorkerParent<Outgoing>,
  ) => WorkerTasks<Incoming> | Promise<WorkerTasks<Incoming>>,
): void {
  let tasks: Promise<WorkerTasks<Incoming>>;
  tellOfEnd(() => post({ kind: "ended" }));
  tellOfUncaught((error) => post(failed(error)));
  let beat: () => void;
  self.addEventListener("message", async (event) => {
    const { data } = event as MessageEvent<Down<Init, Incoming>>;
    switch (data.kind) {
      case "init": {
        beat = startBeating(data.beats);
        tasks = Promise.try(setup, data.init, {
          post: (message, transfer) => post({ kind: "message", message }, transfer),
          beat,
        });
        tasks.then(() => post({ kind: "ready" }), (error) => post(failed(error)));
        break;
      }
      case "message":
        (await tasks).onMessage?.(data.message);
        beat();
        break;
      case "stop":
        try {
          await (await tasks).stop?.();
          await Promise.all(finishing.map((finish) => finish()));
          post({ kind: "stopped" });
        } catch (error) {
          post(failed(error));
        }
    }
  });

  function post(message: Up<Outgoing>, transfer: Transferable[] = []): void {
    (self as unknown as Worker).postMessage(message, transfer);
  }
}

/** Beats from now on, where somebody watches; gives what beats besides. */
function startBeating(beats: Beats | undefined): () => void {
  if (beats === undefined) return () => {};
  const words = new Int32Array(beats.memory);
  words[BEAT_THREAD] = currentThreadId();
  // Nobody else writes it, so a plain store is enough; with each datagram the other kind would cost 3 %.
  const beat = () => void (words[BEAT_COUNT] = words[BEAT_COUNT] + 1 | 0);
  beat();
  setInterval(beat, beats.intervalMs);
  return beat;
}

/** A worker may end itself, of which Deno tells its parent nothing. */
function tellOfEnd(tell: () => void): void {
  const { close } = self;
  const { exit } = Deno;
  Object.assign(self, {
    close() {
      tell();
      close.call(self);
    },
  });
  Object.assign(Deno, {
    exit(code?: number): never {
      tell();
      return exit(code);
    },
  });
}

/**
 * Deno would print what is not caught before it tells the parent, and wait with both for whoever reads stderr. Whoever
 * else hears of it here, to log it, does so first.
 */
function tellOfUncaught(tell: (error: unknown) => void): void {
  self.addEventListener("error", (event) => {
    event.preventDefault();
    queueMicrotask(() => tell(event.error));
  });
  self.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    queueMicrotask(() => tell(event.reason));
  });
}

/** An error's class does not survive the way to another thread, nor does its name: Deno.errors.AddrInUse is an Error there. */
function failed(error: unknown): { kind: "failed"; name: string; message: string } {
  return error instanceof Error
    ? { kind: "failed", name: error.name, message: error.message }
    : { kind: "failed", name: "Error", message: String(error) };
}
