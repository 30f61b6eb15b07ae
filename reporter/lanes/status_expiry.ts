/**
 * Deletes the statuses of hosts and agents that are gone: those that nobody has reported for days.
 *
 * It walks the whole table once an hour, in short steps with pauses between, on a connection of its own: so no lane waits
 * for it, and no index is needed, which would cost every write. Several reporters may do so at once.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import { reasonOf } from "../../service/errors.ts";
import { type Clock, type CounterName, type Counters, realClock } from "../../reactor/mod.ts";
import type { StatusKey, StatusStore } from "../../sql/mod.ts";
import { isAnswer } from "./refusal.ts";

/** What is counted. */
export const EXPIRY_COUNTERS = {
  counters: {
    expired: "Statuses deleted because nobody had reported them for status_keep_days",
  },
} as const;

/** A number in {@link EXPIRY_COUNTERS}. */
export type ExpiryCounter = CounterName<typeof EXPIRY_COUNTERS>;

/** Rows of one step: some milliseconds of the database. */
const STEP_ROWS = 1000;

/** Between two steps, ms: a table of a million rows takes some minutes. */
const STEP_PAUSE_MS = 100;

/** Between two passes through the table, ms. */
const PASS_INTERVAL_MS = 3_600_000;

/** After the database was away, ms. */
const RETRY_MS = 60_000;

const DAY_SEC = 86_400;

const logger = getLogger("lars", "reporter", "expiry");

/** What it needs of a database. */
export type ExpiryStore = Pick<StatusStore, "expire" | "close">;

/** What {@link StatusExpiry} is made of. */
export interface StatusExpiryOptions {
  /** Opens a connection of its own. */
  open: () => Promise<ExpiryStore>;
  /** How old a status may be, days; 0 is any age. */
  keepDays: number;
  /** What is counted. */
  counters: Counters<ExpiryCounter>;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** Deletes old statuses until it is told to stop. */
export class StatusExpiry {
  readonly #options: Required<StatusExpiryOptions>;
  #keepDays: number;
  #store?: ExpiryStore;
  /** Whether the last pass was refused, which is logged once. */
  #isRefused = false;
  #isStopping = false;
  /** Ends the present pause. */
  #wakeUp = new AbortController();

  /** Starts at once. */
  constructor(options: StatusExpiryOptions) {
    this.#options = { clock: realClock, ...options };
    this.#keepDays = options.keepDays;
    this.#run();
  }

  /** Applies another age, from the first row on. */
  reload({ keepDays }: { keepDays: number }): void {
    if (keepDays === this.#keepDays) return;
    this.#keepDays = keepDays;
    this.#wakeUp.abort();
  }

  /** Ends the current step, and closes the connection. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wakeUp.abort();
    await this.#store?.close();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      await this.#pause(await this.#pass());
    }
  }

  /** Walks the table once; returns how long to wait then, ms. */
  async #pass(): Promise<number> {
    const keepDays = this.#keepDays;
    if (keepDays === 0) return PASS_INTERVAL_MS;
    try {
      this.#store = await this.#options.open();
    } catch {
      return RETRY_MS; // the lanes log why
    }
    try {
      await this.#expireAll(this.#store, keepDays);
      this.#isRefused = false;
      return keepDays === this.#keepDays ? PASS_INTERVAL_MS : 0;
    } catch (error) {
      if (!isAnswer(error)) return RETRY_MS; // away again
      this.#warn(error);
      return PASS_INTERVAL_MS;
    } finally {
      await this.#store.close();
      this.#store = undefined;
    }
  }

  async #expireAll(store: ExpiryStore, keepDays: number): Promise<void> {
    const { clock, counters } = this.#options;
    let after: StatusKey | undefined;
    while (!this.#isStopping && keepDays === this.#keepDays) {
      const { deleted, next } = await store.expire({
        after,
        rows: STEP_ROWS,
        keepSec: keepDays * DAY_SEC,
        nowSec: Math.floor(clock.nowSec()),
      });
      counters.add("expired", deleted);
      if (next === undefined) return;
      after = next;
      await this.#pause(STEP_PAUSE_MS);
    }
  }

  #warn(error: unknown): void {
    if (this.#isRefused || this.#isStopping) return;
    this.#isRefused = true;
    logger.warn("Deleting old statuses failed: {reason}", { reason: reasonOf(error) });
  }

  async #pause(delayMs: number): Promise<void> {
    if (this.#isStopping) return;
    this.#wakeUp = new AbortController();
    await this.#options.clock.sleep(delayMs, { signal: this.#wakeUp.signal });
  }
}
