/**
 * When the watcher looks, and what happens while the database is away: it is tried again, less and less often, for as
 * long as it takes, and the log says so once when it goes and once when it is back.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import { reasonOf } from "../../service/errors.ts";
import { Backoff } from "../../reactor/tcp/backoff.ts";
import type { Counters } from "../../reactor/threads/counters.ts";
import { LevelError, type RouteStore } from "../../sql/mod.ts";
import type { Bell } from "./bell.ts";
import type { RouteWatcher } from "./watcher.ts";
import type { WatcherCounter } from "./watcher_counter.ts";

/** What {@link watchRoutes} is given. */
export interface WatchOptions {
  /** Opens the database; called until it succeeds. */
  openStore: () => Promise<RouteStore>;
  /** Makes the watcher of the database. */
  createWatcher: (store: RouteStore) => RouteWatcher;
  /** From the end of one poll to the next, ms; asked for anew each time. */
  pollMs: () => number;
  /** Has a poll begin before its time. */
  bell: Bell;
  /** What is counted. */
  counters: Counters<WatcherCounter>;
  /** Hears that the database answers, the first time and again, or why it does not. */
  onDatabase?: (failure?: string) => void;
  /** Ends it. */
  signal: AbortSignal;
  /**
   * The waits while the database is away.
   * @default up to 2 s
   */
  backoff?: Backoff;
}

/** From the end of one poll to the next at least, ms. */
const LEAST_PAUSE_MS = 5;

const log = getLogger("lars", "dns", "watcher");

/**
 * Watches the routes until told to end, and closes the database then.
 *
 * @throws {LevelError} When the database lacks migrations: trying again does not help.
 */
export async function watchRoutes(options: WatchOptions): Promise<void> {
  const { openStore, createWatcher, pollMs, bell, counters, signal } = options;
  const { backoff = new Backoff({ firstMs: 200, maxMs: 2000 }) } = options;
  let store: RouteStore | undefined;
  let watcher: RouteWatcher | undefined;
  let isAway = false;
  /** What was last said of the database. */
  let said: string | undefined = "nothing yet";
  function tell(failure?: string): void {
    if (failure !== said) options.onDatabase?.(failure);
    said = failure;
  }
  try {
    while (!signal.aborted) {
      const answer = bell.answer();
      try {
        store ??= await openStore();
        watcher ??= createWatcher(store);
        await watcher.poll();
        counters.add("polls");
        counters.set("polledAtSec", Date.now() / 1000);
        answer(true);
        tell();
        if (isAway) log.info("The database answers again");
        isAway = false;
        backoff.reset();
        await pause(pollMs(), { bell, signal });
      } catch (error) {
        if (error instanceof LevelError) throw error;
        counters.add("pollFailures");
        if (!isAway) {
          log.error("The database does not answer, it is tried again: {reason}", {
            reason: reasonOf(error),
          });
        }
        isAway = true;
        tell(reasonOf(error));
        answer(false);
        await pause(backoff.nextMs(), { bell, signal });
      }
    }
  } finally {
    await watcher?.stop();
    await store?.close();
  }
}

/** Waits, or until the bell is rung, a moment at least: whoever rings all the time must not have all of the database. */
async function pause(
  ms: number,
  { bell, signal }: { bell: Bell; signal: AbortSignal },
): Promise<void> {
  const startMs = performance.now();
  if (!bell.isRung) await sleep(ms, { bell, signal });
  const leftMs = startMs + Math.min(ms, LEAST_PAUSE_MS) - performance.now();
  if (leftMs > 0) await sleep(leftMs, { signal });
}

/** Waits for `ms`, or until the signal, or the bell. */
async function sleep(
  ms: number,
  { bell, signal }: { bell?: Bell; signal: AbortSignal },
): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  function end(): void {
    resolve();
  }
  const timer = setTimeout(end, ms);
  signal.addEventListener("abort", end);
  bell?.onRing(end);
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", end); // the signal outlives all pauses
  bell?.onRing(undefined);
}
