/**
 * A worker that does as it is told, right or wrong.
 *
 * @module
 */

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
  | { echo: unknown }
  | "throw"
  | "reject"
  | "close"
  | "exit"
  | "hang"
  | "hang until released"
  | "work for a while"
  | "tell name";

/** What it tells. */
export type HostEvent = { start: number; echo: unknown } | { start: number; event: "stopping" };

runWorker<HostInit, HostTask, HostEvent>((init, parent) => {
  const { start } = init;
  if (init.setup === "throw") throw new RangeError("set-up threw");
  if (init.setup === "throw a string") throw "set-up threw a string";
  if (init.setup === "reject") return Promise.reject(new Deno.errors.AddrInUse("set-up rejected"));
  if (init.setup === "close") self.close();
  if (init.setup === "hang until released") hangUntilReleased(init);
  return {
    onMessage(task) {
      if (task === "throw") throw new Error("worker threw");
      if (task === "reject") Promise.reject(new Error("worker rejected"));
      else if (task === "close") self.close();
      else if (task === "exit") Deno.exit(1);
      else if (task === "hang") { while (true); }
      else if (task === "hang until released") hangUntilReleased(init);
      else if (task === "work for a while") workForAWhile(() => parent.beat());
      else if (task === "tell name") parent.post({ start, echo: self.name });
      else {
        const transfer = task.echo instanceof ArrayBuffer ? [task.echo] : [];
        parent.post({ start, echo: task.echo }, transfer);
      }
    },
    async stop() {
      if (init.stop === "throw") throw new TypeError("stop threw");
      if (init.stop === "close") self.close();
      if (init.stop === "never end") await new Promise(() => {});
      await new Promise((resolve) => setTimeout(resolve, 10));
      parent.post({ start, event: "stopping" });
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
