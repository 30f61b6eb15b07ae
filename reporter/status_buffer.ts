/**
 * The statuses that wait to be written: of each row key only the newest. Pure; knows neither time nor database.
 *
 * A status stays in the buffer while it is being written. One that arrives meanwhile is thereby judged against it, and
 * takes its place; when the write is over, only what was really written goes. A failed write changes nothing.
 *
 * @module
 */

import type { CallStatus } from "../sql/mod.ts";
import type { KeyBudget } from "./key_budget.ts";

/** A status that is older by more than this comes from a clock that was set back. */
export const CLOCK_SET_BACK_SEC = 60;

/**
 * What became of a status: `held` under a new key, `replaced` the one held before, `outdated` because the one held is
 * newer, `refused` because its key is new and the budget is spent.
 */
export type Arrival = "held" | "replaced" | "outdated" | "refused";

/**
 * Whether a status replaces another of the same key that arrived before it: the newer one does, of equal ones the later
 * arrival, and one older by more than {@link CLOCK_SET_BACK_SEC}, since its caller's clock was set back.
 */
export function supersedes(later: CallStatus, earlier: CallStatus): boolean {
  return later.tsSec >= earlier.tsSec || later.tsSec < earlier.tsSec - CLOCK_SET_BACK_SEC;
}

/** The newest status of each key, in the order in which the keys came to wait. */
export class StatusBuffer {
  readonly #budget: KeyBudget;
  readonly #statuses = new Map<string, CallStatus>();

  /** Makes an empty buffer; a new key is taken from `budget`, which buffers may share. */
  constructor(budget: KeyBudget) {
    this.#budget = budget;
  }

  /** How many statuses wait. */
  get size(): number {
    return this.#statuses.size;
  }

  /** Takes a status in. One that replaces another keeps its place in the order. */
  put(status: CallStatus): Arrival {
    const key = keyOf(status);
    const held = this.#statuses.get(key);
    if (held === undefined) {
      if (!this.#budget.take()) return "refused";
      this.#statuses.set(key, status);
      return "held";
    }
    if (!supersedes(status, held)) return "outdated";
    this.#statuses.set(key, status);
    return "replaced";
  }

  /** Up to `limit` statuses that have waited longest. They stay in the buffer. */
  oldest(limit: number): CallStatus[] {
    const statuses: CallStatus[] = [];
    for (const status of this.#statuses.values()) {
      if (statuses.length >= limit) break;
      statuses.push(status);
    }
    return statuses;
  }

  /** Takes out up to `limit` statuses that have waited longest. */
  take(limit: number): CallStatus[] {
    const statuses: CallStatus[] = [];
    for (const [key, status] of this.#statuses) {
      if (statuses.length >= limit) break;
      statuses.push(status);
      this.#statuses.delete(key);
      this.#budget.giveBack();
    }
    return statuses;
  }

  /** Takes out a status that is done with; if another took its place meanwhile, that one goes to the end. */
  remove(status: CallStatus): void {
    const key = keyOf(status);
    const held = this.#statuses.get(key);
    this.#statuses.delete(key);
    if (held === status) this.#budget.giveBack();
    else if (held !== undefined) this.#statuses.set(key, held);
  }

  /** Puts the status of that key at the end of the order. */
  defer(status: CallStatus): void {
    const key = keyOf(status);
    const held = this.#statuses.get(key);
    if (held === undefined) return;
    this.#statuses.delete(key);
    this.#statuses.set(key, held);
  }
}

function keyOf({ modid, cmdid, ip, port, caller }: CallStatus): string {
  return `${modid},${cmdid},${ip},${port},${caller}`;
}
