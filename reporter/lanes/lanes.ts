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
import { ROW_WORDS } from "../status/status_row.ts";

/** What lanes are made of. */
export interface LanesOptions extends Omit<LaneOptions, "budget" | "counters" | "backoff"> {
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

/** The lanes of one reporter. */
export class Lanes {
  /** What each lane counts, in the order of the lanes. */
  readonly counters: readonly Counters<LaneCounter>[];
  readonly #lanes: readonly Lane[];
  readonly #ring: ConsistentHash;
  readonly #budget: KeyBudget;

  /** They connect when there is something to write. */
  constructor({ count, maxPending, ...options }: LanesOptions) {
    const budget = new KeyBudget(maxPending);
    this.counters = Array.from({ length: count }, () => new Counters(LANE_COUNTERS));
    this.#lanes = this.counters.map((counters) => new Lane({ ...options, budget, counters }));
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

  /** Adds statuses, given as rows, in their order. Not to be called after {@link stop}. */
  put(rows: Uint32Array): void {
    for (let start = 0; start < rows.length; start += ROW_WORDS) {
      const lane = this.#ring.laneOf({ modid: rows[start], cmdid: rows[start + 1] });
      this.#lanes[lane].put(rows, start);
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
