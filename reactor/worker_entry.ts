/**
 * The worker's end of {@link WorkerHost}: what the entry file of every Web Worker calls.
 *
 * @module
 */

import type { Beats, Down, Up } from "./worker_protocol.ts";

/** The thread that started this worker. */
export interface WorkerParent<Message> {
  /** Sends a message to it. */
  post(message: Message, transfer?: Transferable[]): void;
  /**
   * Beats, beside the beats that come by themselves: those are held up by work that leaves the event loop no time for its
   * timers, such as taking much that has come at once.
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
  self.addEventListener("message", async (event) => {
    const { data } = event as MessageEvent<Down<Init, Incoming>>;
    switch (data.kind) {
      case "init": {
        const beat = startBeating(data.beats);
        tasks = Promise.try(setup, data.init, {
          post: (message, transfer) => post({ kind: "message", message }, transfer),
          beat,
        });
        tasks.then(() => post({ kind: "ready" }), (error) => post(failed(error)));
        break;
      }
      case "message":
        (await tasks).onMessage?.(data.message);
        break;
      case "stop":
        try {
          await (await tasks).stop?.();
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
  const count = new Int32Array(beats.count);
  const beat = () => void Atomics.add(count, 0, 1);
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

/** An error's class does not survive the way to another thread, nor does its name: Deno.errors.AddrInUse is an Error there. */
function failed(error: unknown): { kind: "failed"; name: string; message: string } {
  return error instanceof Error
    ? { kind: "failed", name: error.name, message: error.message }
    : { kind: "failed", name: "Error", message: String(error) };
}
