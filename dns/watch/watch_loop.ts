/**
 * When the watcher polls, and what happens while the database is away: it is tried again, less and less often, for as
 * long as it takes, and the log says so once when it goes and once when it is back.
 *
 * Whoever has just changed routes need not wait for the next poll: however many want a refresh, one poll is for all.
 *
 * @module
 */

import { type Clock, realClock } from "../../reactor/clock.ts";
import { Backoff } from "../../reactor/tcp/backoff.ts";
import type { Counters } from "../../reactor/threads/counters.ts";
import { getLogger } from "../../service/observe/logger.ts";
import { reasonOf } from "../../service/errors.ts";
import { LevelError } from "../../sql/mod.ts";
import type { RouteWatcher, WatchedStore } from "./watcher.ts";
import type { WatcherCounter } from "./watcher_counter.ts";

/** What a {@link WatchLoop} is made of. */
export interface WatchLoopOptions {
  /** Opens the database; called until it succeeds. */
  openStore: () => Promise<WatchedStore>;
  /** Makes the watcher of the database. */
  createWatcher: (store: WatchedStore) => RouteWatcher;
  /** From the end of one poll to the next, ms; asked for anew each time. */
  pollMs: () => number;
  /** What is counted. */
  counters: Counters<WatcherCounter>;
  /** Is called when the database answers, the first time and again, or with the reason why it does not. */
  onDatabase?: (failure?: string) => void;
  /**
   * The waits while the database is away.
   * @default up to 2 s
   */
  backoff?: Backoff;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** From the end of one poll to the next at least, ms: whoever refreshes all the time must not have all of the database. */
const LEAST_PAUSE_MS = 5;

const log = getLogger("lars", "dns", "watcher");

/** Polls until it is told to stop. */
export class WatchLoop {
  /**
   * Resolves when it has stopped and closed the database.
   *
   * @throws {LevelError} When the database lacks migrations: trying again does not help.
   */
  readonly ended: Promise<void>;
  readonly #options: WatchLoopOptions;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  /** Ends the present pause. */
  #wakeUp = new AbortController();
  /** Those who want a poll that has not begun. */
  #refreshes: ((isAnswered: boolean) => void)[] = [];
  #store?: WatchedStore;
  #watcher?: RouteWatcher;
  #isAway = false;
  /** What was last reported of the database. */
  #reported: string | undefined = "nothing yet";

  /** Begins with the first poll. */
  constructor(options: WatchLoopOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#backoff = options.backoff ?? new Backoff({ firstMs: 200, maxMs: 2000 });
    this.ended = this.#run();
  }

  /** Has a poll begin soon; resolves when it is over, to whether the database answered. */
  refresh(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#refreshes.push(resolve);
    this.#wakeUp.abort();
    return promise;
  }

  /** Ends the poll at work, and closes the database. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wakeUp.abort();
    await this.ended.catch(() => {}); // said by `ended`
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopping.signal.aborted) {
        const refreshes = this.#refreshes;
        this.#refreshes = [];
        const failure = await this.#poll();
        this.#report(failure);
        for (const resolve of refreshes) resolve(failure === undefined);
        await this.#pause(failure === undefined ? this.#options.pollMs() : this.#backoff.nextMs());
      }
    } finally {
      for (const resolve of this.#refreshes) resolve(false);
      await this.#watcher?.stop();
      await this.#store?.close();
    }
  }

  /** Polls once; gives the reason where the database does not answer. */
  async #poll(): Promise<string | undefined> {
    const { openStore, createWatcher, counters } = this.#options;
    try {
      this.#store ??= await openStore();
      this.#watcher ??= createWatcher(this.#store);
      await this.#watcher.poll();
      counters.add("polls");
      counters.set("polledAtSec", this.#clock.nowSec());
      this.#backoff.reset();
      return undefined;
    } catch (error) {
      if (error instanceof LevelError) throw error;
      counters.add("pollFailures");
      return reasonOf(error);
    }
  }

  #report(failure: string | undefined): void {
    if (failure !== this.#reported) this.#options.onDatabase?.(failure);
    this.#reported = failure;
    if (failure === undefined && this.#isAway) log.info("The database answers again");
    if (failure !== undefined && !this.#isAway) {
      log.error("The database does not answer, it is tried again: {reason}", { reason: failure });
    }
    this.#isAway = failure !== undefined;
  }

  async #pause(ms: number): Promise<void> {
    const leastMs = Math.min(ms, LEAST_PAUSE_MS);
    await this.#clock.sleep(leastMs, { signal: this.#stopping.signal });
    if (this.#refreshes.length > 0 || this.#stopping.signal.aborted) return;
    this.#wakeUp = new AbortController();
    await this.#clock.sleep(ms - leastMs, { signal: this.#wakeUp.signal });
  }
}
