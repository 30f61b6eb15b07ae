/**
 * The worker's end of {@link WorkerHost}: what the entry file of every Web Worker calls.
 *
 * @module
 */

import {
  Channel,
  type Message,
  type Posts,
  type SentError,
  toSentError,
  type Traffic,
} from "./channel.ts";
import { type HeartbeatInit, startHeartbeat } from "./heartbeat.ts";

/** What the parent calls beside what the worker is for: the first sets the worker up, the last ends it. */
export type WorkerCall<Init> =
  | { kind: "worker.start"; init: Init; heartbeat?: HeartbeatInit }
  | { kind: "worker.stop" };

/** What a worker posts beside what it is for: it failed by an error that it did not catch, or ends itself. */
export type WorkerEnd =
  | { kind: "worker.threw"; error: SentError }
  | { kind: "worker.ended" };

/** All that a parent sends. */
export interface ParentTraffic<Init, Out extends Traffic> extends Traffic {
  posts: Out["posts"];
  calls: Out["calls"] | WorkerCall<Init>;
}

/** The thread that started this worker. */
export interface WorkerParent<Sent extends Message> {
  /** Sends a message to it. */
  post(message: Sent, transfer?: Transferable[]): void;
  /**
   * Says that a piece of work was done: a datagram, a message, a chunk of something long. A worker that works is not taken
   * for one that hangs, however long its timers, by which it beats otherwise, do not come round. Costs some nanoseconds.
   */
  beat(): void;
}

/** What a worker does once it is set up. */
export interface WorkerTasks<In extends Traffic> {
  /** Takes a message of the parent. */
  onPost?(message: In["posts"]): void;
  /** Answers a call of the parent. */
  onCall?(request: In["calls"]): In["replies"] | Promise<In["replies"]>;
  /** Finishes the work under way; the worker ends afterwards. */
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
export function runWorker<Init, In extends Traffic, Sent extends Message = never>(
  setup: (
    init: Init,
    parent: WorkerParent<Sent>,
  ) => WorkerTasks<In> | Promise<WorkerTasks<In>>,
): void {
  let tasks: Promise<WorkerTasks<In>>;
  let beat: () => void;
  const parent = new Channel<Posts<Sent | WorkerEnd>, ParentTraffic<Init, In>>(
    self as unknown as Worker,
    {
      async onPost(message) {
        (await tasks).onPost?.(message);
        beat();
      },
      async onCall(request) {
        if (isStart(request)) {
          beat = startHeartbeat(request.heartbeat);
          tasks = Promise.try(setup, request.init, {
            post: (message, transfer) => parent.post(message, transfer),
            beat,
          });
          await tasks;
        } else if (request.kind === "worker.stop") {
          await (await tasks).stop?.();
          await Promise.all(finishing.map((finish) => finish()));
        } else {
          return await (await tasks).onCall?.(request);
        }
      },
    },
  );
  reportEnd(() => parent.post({ kind: "worker.ended" }));
  reportUncaught((error) => parent.post({ kind: "worker.threw", error: toSentError(error) }));

  function isStart(request: Message): request is WorkerCall<Init> & { kind: "worker.start" } {
    return request.kind === "worker.start";
  }
}

/** A worker may end itself, and Deno does not tell its parent. */
function reportEnd(report: () => void): void {
  const { close } = self;
  const { exit } = Deno;
  Object.assign(self, {
    close() {
      report();
      close.call(self);
    },
  });
  Object.assign(Deno, {
    exit(code?: number): never {
      report();
      return exit(code);
    },
  });
}

/**
 * Deno would print what is not caught before it tells the parent, and wait with both for whoever reads stderr. What
 * else listens here, to log it, runs first.
 */
function reportUncaught(report: (error: unknown) => void): void {
  self.addEventListener("error", (event) => {
    event.preventDefault();
    queueMicrotask(() => report(event.error));
  });
  self.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    queueMicrotask(() => report(event.reason));
  });
}
