/**
 * All lanes of a reporter, and which status goes to which. A module belongs to one lane, and with it every row of it: so
 * lanes never contend for a row, and each knows the newest of its rows.
 *
 * @module
 */

import { Counters } from "../../reactor/mod.ts";
import { ConsistentHash } from "./consistent_hash.ts";
import { KeyBudget } from "../status/status_buffer.ts";
import { Lane, LANE_COUNTERS, type LaneCounter, type LaneOptions } from "./lane.ts";
import { CALLER_WORD, ROW_WORDS } from "../status/status_row.ts";

/** What lanes are made of. */
export interface LanesOptions extends Pick<LaneOptions, "open" | "onAsked" | "flushMs" | "clock"> {
  /** How many there are, 1 or more. */
  count: number;
  /** How many rows they may hold together. */
  maxPending: number;
}

/** What can change while lanes run. */
export interface LaneSettings {
  /** How many rows they may hold together. */
  maxPending: number;
  /** How long a status may wait before it is written, ms. */
  flushMs: number;
}

/** Where statuses come from. */
export interface Origin {
  /** The thread that received them. */
  thread: number;
  /** The number of this block of them, higher than that of the thread's block before. */
  block: number;
}

/** What lanes tell of statuses. */
export interface LanesListener {
  /** All blocks of a thread up to this one are stored. */
  onStored(origin: Origin): void;
  /** Some statuses of these callers will not be stored. */
  onRefused(callers: Uint32Array): void;
}

/** The lanes of one reporter. */
export class Lanes {
  /** Who is told what becomes of the statuses. */
  listener?: LanesListener;
  /** What each lane counts, in the order of the lanes. */
  readonly counters: readonly Counters<LaneCounter>[];
  readonly #lanes: readonly Lane[];
  readonly #ring: ConsistentHash;
  readonly #budget: KeyBudget;
  /** The last block of each thread. */
  readonly #handed: number[] = [];
  /** Up to which block of each thread the listener knows that all is stored. */
  readonly #told: number[] = [];

  /** They connect when there is something to write. */
  constructor({ count, maxPending, ...options }: LanesOptions) {
    const budget = new KeyBudget(maxPending);
    this.counters = Array.from({ length: count }, () => new Counters(LANE_COUNTERS));
    this.#lanes = this.counters.map((counters) =>
      new Lane({
        ...options,
        budget,
        counters,
        handed: this.#handed,
        onStored: () => this.#tellStored(),
        onRejected: (caller) => this.listener?.onRefused(Uint32Array.of(caller)),
      })
    );
    this.#ring = new ConsistentHash(count);
    this.#budget = budget;
  }

  /** Whether a new row would be refused. */
  get isFull(): boolean {
    return this.#budget.isSpent;
  }

  /** How many rows may be held together. */
  get maxPending(): number {
    return this.#budget.max;
  }

  /** Applies other settings; what is held stays, even if it is more than maxPending now. */
  reload({ maxPending, flushMs }: LaneSettings): void {
    this.#budget.max = maxPending;
    for (const lane of this.#lanes) lane.flushMs = flushMs;
  }

  /** The last block that a thread has handed over; 0 when there is none. */
  lastBlockOf(thread: number): number {
    return this.#handed[thread] ?? 0;
  }

  /** Adds statuses, given as rows, in their order. Not to be called after {@link stop}. */
  put(rows: Uint32Array, { thread, block }: Origin): void {
    const refused = new Set<number>();
    for (let start = 0; start < rows.length; start += ROW_WORDS) {
      const lane = this.#ring.laneOf({ modid: rows[start], cmdid: rows[start + 1] });
      if (!this.#lanes[lane].put(rows, start)) refused.add(rows[start + CALLER_WORD]);
    }
    this.#handed[thread] = block; // not before all of it is: a lane may have begun to write
    if (refused.size > 0) this.listener?.onRefused(Uint32Array.from(refused));
  }

  #tellStored(): void {
    for (const thread of this.#handed.keys()) {
      const block = Math.min(...this.#lanes.map((lane) => lane.storedOf(thread)));
      if (block <= (this.#told[thread] ?? 0)) continue;
      this.#told[thread] = block;
      this.listener?.onStored({ thread, block });
    }
  }

  /**
   * Writes what is held and closes the connections.
   *
   * @param withinMs How long the lanes may go on.
   * @returns How many statuses could not be written and are lost.
   */
  async stop(withinMs: number): Promise<number> {
    const lost = await Promise.all(this.#lanes.map((lane) => lane.stop(withinMs)));
    return lost.reduce((sum, count) => sum + count, 0);
  }
}
