/**
 * A worker that does as it is told, right or wrong.
 *
 * @module
 */

import type { Traffic } from "../../reactor/threads/channel.ts";
import { runWorker } from "../../reactor/threads/worker_entry.ts";

/** What it is made with. */
export interface HostInit {
  /** Counts the workers of one host. */
  start: number;
  /** What its set-up does wrong. */
  setup?: "throw" | "reject" | "throw a string" | "close" | "hang until released";
  /** An Int32 that is other than 0 when it may come out of its loop. */
  release?: SharedArrayBuffer;
  /** What its stop does. */
  stop?: "throw" | "close" | "never end";
}

/** What it can be told. */
export type HostTask =
  | { kind: "echo"; echo: unknown }
  | {
    kind:
      | "throw"
      | "reject"
      | "close"
      | "exit"
      | "hang"
      | "hang until released"
      | "work for a while"
      | "tell name";
  };

/** What it can be asked: the same back, or an error. */
export type HostCall = { kind: "echo"; echo: unknown } | { kind: "throw" } | { kind: "never" };

/** All that its host sends. */
export interface HostTraffic extends Traffic {
  posts: HostTask;
  calls: HostCall;
  replies: unknown;
}

/** What it tells. */
export type HostEvent =
  | { kind: "echo"; start: number; echo: unknown }
  | { kind: "stopping"; start: number };

runWorker<HostInit, HostTraffic, HostEvent>((init, parent) => {
  const { start } = init;
  if (init.setup === "throw") throw new RangeError("set-up threw");
  if (init.setup === "throw a string") throw "set-up threw a string";
  if (init.setup === "reject") return Promise.reject(new Deno.errors.AddrInUse("set-up rejected"));
  if (init.setup === "close") self.close();
  if (init.setup === "hang until released") hangUntilReleased(init);
  return {
    onPost(task) {
      switch (task.kind) {
        case "throw":
          throw new Error("worker threw");
        case "reject":
          Promise.reject(new Error("worker rejected"));
          break;
        case "close":
          self.close();
          break;
        case "exit":
          Deno.exit(1);
          break;
        case "hang":
          for (;;);
        case "hang until released":
          hangUntilReleased(init);
          break;
        case "work for a while":
          workForAWhile(() => parent.beat());
          break;
        case "tell name":
          parent.post({ kind: "echo", start, echo: self.name });
          break;
        case "echo": {
          const transfer = task.echo instanceof ArrayBuffer ? [task.echo] : [];
          parent.post({ kind: "echo", start, echo: task.echo }, transfer);
        }
      }
    },
    onCall(request) {
      if (request.kind === "throw") throw new RangeError("call threw");
      return request.kind === "never" ? new Promise(() => {}) : request.echo;
    },
    async stop() {
      if (init.stop === "throw") throw new TypeError("stop threw");
      if (init.stop === "close") self.close();
      if (init.stop === "never end") await new Promise(() => {});
      await new Promise((resolve) => setTimeout(resolve, 10));
      parent.post({ kind: "stopping", start });
    },
  };
});

function hangUntilReleased({ release }: HostInit): void {
  const words = new Int32Array(release!);
  while (Atomics.load(words, 0) === 0);
}

/** Longer than its host waits for a beat. */
function workForAWhile(beat: () => void): void {
  for (const untilMs = performance.now() + 800; performance.now() < untilMs;) beat();
}
