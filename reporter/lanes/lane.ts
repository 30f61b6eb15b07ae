/**
 * One queue into the database: conflates statuses to the newest of each row, and writes them every `flushMs`.
 *
 * What it guarantees: after a failed write nothing is lost but what a newer status replaced, since a status leaves the
 * buffer only when the database has taken it. A write whose outcome is unknown is repeated, which changes nothing.
 *
 * A failed write does not say which of its rows was the cause, if any. So the next one takes a tenth of the rows, down to a
 * single one; a success takes ten times as many again. A single row that fails goes to the end of the queue, where it
 * blocks no other. It is given up only when the database refuses what is in the row, which a healthy one never does: see
 * status_row.ts.
 *
 * Its limit: when a caller's clock is set back and forward again while statuses wait, the database learns only of the last
 * reading, and may keep what it has until the clock is past that: a minute at most.
 *
 * That no two lanes write the same row is the business of lanes.ts.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import { reasonOf } from "../../service/errors.ts";
import {
  Backoff,
  type Clock,
  type CounterName,
  type Counters,
  realClock,
  type Timer,
} from "../../reactor/mod.ts";
import type { StatusStore } from "../../sql/mod.ts";
import { isRefusal } from "./refusal.ts";
import { type KeyBudget, StatusBuffer } from "../status/status_buffer.ts";
import { CALLER_WORD, ROW_WORDS, toStatuses } from "../status/status_row.ts";

/** Rows of one write; as many make a lane write at once. */
export const CHUNK_ROWS = 1000;

/** By how much a chunk shrinks after a failure and grows after a success. */
const CHUNK_FACTOR = 10;

/** The longest pause before the next attempt, ms. */
const MAX_BACKOFF_MS = 2000;

/** Refused statuses may be many: one is logged at most so often, ms. */
const LOG_INTERVAL_MS = 60_000;

const logger = getLogger("lars", "reporter", "lane");

/**
 * What a lane counts. Every status received is in one of replaced, refused, written, rejected and, as yet, pending; one
 * that was replaced while it was being written is in two.
 */
export const LANE_COUNTERS = {
  counters: {
    received: "Statuses that came to the lane",
    replaced: "Statuses that gave way to a newer one of the same row",
    refused: "Statuses dropped because they were of a new row and max_pending rows were held",
    written: "Statuses the database has taken",
    rejected: "Statuses given up because the database refuses what is in them",
    writes: "Writes the database has taken",
    retries: "Writes that failed, to be tried again",
    writeMs: "Time spent in writes, ms",
  },
  gauges: {
    pending: "Statuses held now",
  },
} as const;

/** A number in {@link LANE_COUNTERS}. */
export type LaneCounter = CounterName<typeof LANE_COUNTERS>;

/** What a lane needs of a database. */
export type LaneStore = Pick<StatusStore, "write" | "close">;

/** What a lane is made of. */
export interface LaneOptions {
  /** Opens the lane's own connection; retried like a write when it fails. */
  open: () => Promise<LaneStore>;
  /** Called when the database has answered a write, or with the reason why it has not. */
  onAsked?: (failure?: string) => void;
  /** How far the statuses go that the lane was given, by thread: blocks, read whenever it begins to write all it holds. */
  handed?: readonly number[];
  /** Called when {@link Lane.storedOf} may tell of more. */
  onStored?: () => void;
  /** Called when a status of that caller is given up. */
  onRejected?: (caller: number) => void;
  /** Bounds the rows held. */
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

/** Holds the newest status of each row until the database has it. */
export class Lane {
  /** How long a status may wait before it is written, ms. A change counts from the next one on. */
  flushMs: number;
  readonly #open: () => Promise<LaneStore>;
  readonly #onAsked: (failure?: string) => void;
  readonly #handed: readonly number[];
  readonly #onStored: () => void;
  readonly #onRejected: (caller: number) => void;
  /** What {@link LaneOptions.handed} was when all was written that was held then. */
  #stored: readonly number[] = [];
  /** Whether the present flush has left a status for the next. */
  #hasDeferred = false;
  readonly #buffer: StatusBuffer;
  readonly #counters: Counters<LaneCounter>;
  readonly #backoff: Pick<Backoff, "nextMs" | "reset">;
  readonly #clock: Clock;
  readonly #drained = Promise.withResolvers<void>();

  #store?: LaneStore;
  #chunkRows = CHUNK_ROWS;
  #isFlushing = false;
  #isFailing = false;
  #silentUntilMs = -Infinity;
  #isStopping = false;
  #isOver = false;
  #flushTimer?: Timer;
  /** Ends the present pause. */
  #wakeUp = new AbortController();

  /** Connects when there is something to write. */
  constructor(options: LaneOptions) {
    this.#open = options.open;
    this.#onAsked = options.onAsked ?? (() => {});
    this.#handed = options.handed ?? [];
    this.#onStored = options.onStored ?? (() => {});
    this.#onRejected = options.onRejected ?? (() => {});
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

  /** Up to which block of a thread all that the lane was given is stored, or something newer is. */
  storedOf(thread: number): number {
    return (this.#buffer.size === 0 ? this.#handed : this.#stored)[thread] ?? 0;
  }

  /**
   * Adds a copy of the status whose row begins at `start`; says whether there was room. Not to be called after
   * {@link stop}.
   */
  put(rows: Uint32Array, start: number): boolean {
    this.#counters.add("received");
    const arrival = this.#buffer.put(rows, start);
    if (arrival === "refused") this.#counters.add("refused");
    else if (arrival !== "held") this.#counters.add("replaced");
    this.#counters.set("pending", this.#buffer.size);
    this.#schedule();
    return arrival !== "refused";
  }

  /**
   * Writes what is held, then closes the connection.
   *
   * @param withinMs How long it may go on.
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
    if (this.#isFlushing) return; // the flush schedules the next one
    const held = this.#buffer.size;
    if (held >= CHUNK_ROWS || (held > 0 && this.#isStopping)) {
      this.#flush();
    } else if (held > 0) {
      this.#flushTimer ??= this.#clock.after(this.flushMs, () => this.#flush());
    } else if (this.#isStopping) {
      this.#drained.resolve();
    }
  }

  /** Writes as many statuses as are held now, however many attempts it takes. */
  async #flush(): Promise<void> {
    this.#flushTimer?.cancel();
    this.#flushTimer = undefined;
    this.#isFlushing = true;
    const handed = [...this.#handed];
    this.#hasDeferred = false;
    let due = this.#buffer.size;
    while (due > 0 && !this.#isOver) {
      const chunk = this.#buffer.oldest(Math.min(due, this.#chunkRows));
      try {
        await this.#write(chunk);
        due -= chunk.length / ROW_WORDS;
      } catch (error) {
        if (this.#isOver) break;
        due -= this.#fail(chunk, error);
        // A refusal is an answer: no need to back off.
        if (!isRefusal(error)) await this.#pause(this.#backoff.nextMs());
      }
    }
    this.#isFlushing = false;
    if (this.#isOver) return;
    if (!this.#hasDeferred) this.#stored = handed;
    this.#onStored();
    this.#schedule();
  }

  async #write(chunk: Uint32Array): Promise<void> {
    const startMs = this.#clock.nowMs();
    this.#store ??= await this.#connect();
    await this.#store.write(toStatuses(chunk));
    this.#onAsked();
    for (let start = 0; start < chunk.length; start += ROW_WORDS) this.#buffer.remove(chunk, start);
    this.#chunkRows = Math.min(CHUNK_ROWS, this.#chunkRows * CHUNK_FACTOR);
    this.#backoff.reset();
    this.#counters.add("writes");
    this.#counters.add("written", chunk.length / ROW_WORDS);
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

  /** Handles a failed write; returns how many statuses were given up. */
  #fail(chunk: Uint32Array, error: unknown): number {
    this.#counters.add("retries");
    this.#chunkRows = Math.ceil(chunk.length / ROW_WORDS / CHUNK_FACTOR);
    if (isRefusal(error)) this.#onAsked();
    else {
      this.#onAsked(reasonOf(error));
      this.#warn(error);
    }
    if (chunk.length > ROW_WORDS) return 0;
    if (isRefusal(error)) {
      this.#reject(chunk, error);
      return 1;
    }
    this.#hasDeferred = true;
    this.#buffer.defer(chunk, 0);
    return 0;
  }

  #reject(row: Uint32Array, error: unknown): void {
    this.#buffer.remove(row, 0);
    this.#onRejected(row[CALLER_WORD]);
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
