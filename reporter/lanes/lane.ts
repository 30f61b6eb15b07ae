/**
 * One way into the database: takes statuses as they come, and writes the newest of each row every now and then.
 *
 * What it promises: after a failed write nothing is lost but what a newer status replaced, since a status leaves the
 * buffer only when the database has taken it. A write whose outcome is unknown is done again, which changes nothing.
 *
 * A failed write does not say which of its rows was the cause, if any. So the next try takes a tenth of the rows, down to a
 * single one; a success makes it ten times as many again. A single row that fails goes to the end of the order, where it
 * blocks no other. It is given up only when the database said that it refuses what is in the row; status_row.ts sees to it
 * that a healthy database has no reason to.
 *
 * Its limit: of a clock that is set back and again forward while statuses wait, only the last reading is known to the
 * database, which then may hold on to what it has until the clock is past that: a minute at most.
 *
 * Rows are told apart, and so never written by two lanes, by whoever deals them out: see lanes.ts.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import { reasonOf } from "../../service/errors.ts";
import { Backoff, type Clock, type Counters, realClock, type Timer } from "../../reactor/mod.ts";
import type { StatusStore } from "../../sql/mod.ts";
import type { KeyBudget } from "../status/key_budget.ts";
import type { LaneCounter } from "./lane_counter.ts";
import { isRefusal } from "./refusal.ts";
import { StatusBuffer } from "../status/status_buffer.ts";
import { ROW_WORDS, toStatuses } from "../status/status_row.ts";

/** As many rows go into one upsert, and as many make a lane write before its time. */
export const BATCH_ROWS = 1000;

/** By how much the rows of a try shrink after a failure and grow after a success. */
const BATCH_FACTOR = 10;

/** A database that is back is noticed within this, ms. */
const MAX_BACKOFF_MS = 2000;

/** Refused statuses may be many: so often at most is one of them logged, ms. */
const LOG_INTERVAL_MS = 60_000;

const logger = getLogger("lars", "reporter", "lane");

/** What a lane needs of a database. */
export type LaneStore = Pick<StatusStore, "write" | "close">;

/** What a lane is made of. */
export interface LaneOptions {
  /** Opens the lane's own connection; tried again like a write when it fails. */
  open: () => Promise<LaneStore>;
  /** Hears that the database answered a write, or why it did not. */
  onAsked?: (failure?: string) => void;
  /** Where room for a row not held yet comes from. */
  budget: KeyBudget;
  /** What is counted. */
  counters: Counters<LaneCounter>;
  /**
   * How long a status may wait before it is written, ms.
   * @default 200
   */
  flushMs?: number;
  /** How long to wait after a failed write. */
  backoff?: Pick<Backoff, "nextMs" | "reset">;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** Holds the newest status of each row and writes it, in time or as soon as it can. */
export class Lane {
  /** How long a status may wait before it is written, ms. What is changed here counts when the next one comes. */
  flushMs: number;
  readonly #open: () => Promise<LaneStore>;
  readonly #onAsked: (failure?: string) => void;
  readonly #buffer: StatusBuffer;
  readonly #counters: Counters<LaneCounter>;
  readonly #backoff: Pick<Backoff, "nextMs" | "reset">;
  readonly #clock: Clock;
  readonly #drained = Promise.withResolvers<void>();

  #store?: LaneStore;
  #batchRows = BATCH_ROWS;
  #isFlushing = false;
  #isFailing = false;
  #silentUntilMs = -Infinity;
  #isStopping = false;
  #isOver = false;
  #flushTimer?: Timer;
  /** Ends the present pause. */
  #wakeUp = new AbortController();

  /** Opens nothing as long as there is nothing to write. */
  constructor(options: LaneOptions) {
    this.#open = options.open;
    this.#onAsked = options.onAsked ?? (() => {});
    this.#buffer = new StatusBuffer(options.budget);
    this.#counters = options.counters;
    this.flushMs = options.flushMs ?? 200;
    this.#backoff = options.backoff ?? new Backoff({ maxMs: MAX_BACKOFF_MS });
    this.#clock = options.clock ?? realClock;
  }

  /** How many statuses wait to be written. */
  get pending(): number {
    return this.#buffer.size;
  }

  /** Takes in, by copying it, the status whose row begins at `start`. Not to be called after {@link stop}. */
  put(rows: Uint32Array, start: number): void {
    this.#counters.add("received");
    const arrival = this.#buffer.put(rows, start);
    if (arrival === "refused") this.#counters.add("refused");
    else if (arrival !== "held") this.#counters.add("replaced");
    this.#counters.set("pending", this.#buffer.size);
    this.#schedule();
  }

  /**
   * Writes what is held, then closes the connection.
   *
   * @param withinMs How long it may go on trying.
   * @returns How many statuses could not be written and are lost.
   */
  async stop(withinMs: number): Promise<number> {
    this.#isStopping = true;
    this.#backoff.reset();
    this.#wakeUp.abort();
    this.#schedule();
    const deadline = this.#clock.after(withinMs, () => this.#drained.resolve());
    await this.#drained.promise;
    deadline.cancel();
    this.#isOver = true;
    this.#wakeUp.abort();
    await this.#store?.close();
    return this.#buffer.size;
  }

  #schedule(): void {
    if (this.#isFlushing) return; // which schedules what follows when it is done
    const held = this.#buffer.size;
    if (held >= BATCH_ROWS || (held > 0 && this.#isStopping)) {
      this.#flush();
    } else if (held > 0) {
      this.#flushTimer ??= this.#clock.after(this.flushMs, () => this.#flush());
    } else if (this.#isStopping) {
      this.#drained.resolve();
    }
  }

  /** Writes as many statuses as are held now, however often it has to try. */
  async #flush(): Promise<void> {
    this.#flushTimer?.cancel();
    this.#flushTimer = undefined;
    this.#isFlushing = true;
    let due = this.#buffer.size;
    while (due > 0 && !this.#isOver) {
      const batch = this.#buffer.oldest(Math.min(due, this.#batchRows));
      try {
        await this.#write(batch);
        due -= batch.length / ROW_WORDS;
      } catch (error) {
        if (this.#isOver) break;
        due -= this.#fail(batch, error);
        // A refusal is an answer: there is no need to wait before the next try.
        if (!isRefusal(error)) await this.#pause(this.#backoff.nextMs());
      }
    }
    this.#isFlushing = false;
    if (!this.#isOver) this.#schedule();
  }

  async #write(batch: Uint32Array): Promise<void> {
    const startMs = this.#clock.nowMs();
    this.#store ??= await this.#connect();
    await this.#store.write(toStatuses(batch));
    this.#onAsked();
    for (let start = 0; start < batch.length; start += ROW_WORDS) this.#buffer.remove(batch, start);
    this.#batchRows = Math.min(BATCH_ROWS, this.#batchRows * BATCH_FACTOR);
    this.#backoff.reset();
    this.#counters.add("writes");
    this.#counters.add("written", batch.length / ROW_WORDS);
    this.#counters.add("writeMs", this.#clock.nowMs() - startMs);
    this.#counters.set("pending", this.#buffer.size);
    if (!this.#isFailing) return;
    this.#isFailing = false;
    logger.info("Database takes statuses again", { pending: this.pending });
  }

  async #connect(): Promise<LaneStore> {
    const store = await this.#open();
    if (!this.#isOver) return store;
    await store.close();
    throw new Error("Cannot write as the lane has stopped");
  }

  /** Draws the conclusions from a failed write; returns how many statuses were given up. */
  #fail(batch: Uint32Array, error: unknown): number {
    this.#counters.add("retries");
    this.#batchRows = Math.ceil(batch.length / ROW_WORDS / BATCH_FACTOR);
    if (isRefusal(error)) this.#onAsked();
    else {
      this.#onAsked(reasonOf(error));
      this.#warn(error);
    }
    if (batch.length > ROW_WORDS) return 0;
    if (isRefusal(error)) {
      this.#reject(batch, error);
      return 1;
    }
    this.#buffer.defer(batch, 0);
    return 0;
  }

  #reject(row: Uint32Array, error: unknown): void {
    this.#buffer.remove(row, 0);
    this.#counters.add("rejected");
    this.#counters.set("pending", this.#buffer.size);
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#silentUntilMs) return;
    this.#silentUntilMs = nowMs + LOG_INTERVAL_MS;
    logger.error("Database refuses a status: given up", { ...toStatuses(row)[0], error });
  }

  #warn(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    logger.warn("Database takes no statuses, they are held: {reason}", {
      pending: this.pending,
      reason: reasonOf(error),
    });
  }

  async #pause(ms: number): Promise<void> {
    this.#wakeUp = new AbortController();
    await this.#clock.sleep(ms, { signal: this.#wakeUp.signal });
  }
}
