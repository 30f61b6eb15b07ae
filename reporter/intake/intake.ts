/**
 * Hands statuses from a thread that receives them to the one with the lanes: those of one turn of the event loop in one
 * message.
 *
 * Messages between threads queue without bound. So at most one is in flight; what arrives meanwhile is held here, conflated
 * to the newest of each row, and goes into the next. Under load that makes messages fewer and larger, and outdated statuses
 * never reach the lanes.
 *
 * @module
 */

import type { ReportStatusRequest } from "../../proto/mod.ts";
import type { CounterName, Counters } from "../../reactor/mod.ts";
import { KeyBudget, StatusBuffer } from "../status/status_buffer.ts";
import { readStatus, ROW_WORDS } from "../status/status_row.ts";

/** Statuses in one message at most, so that it does not block the thread of the lanes. */
export const MAX_HANDOVER = 5000;

/** What a receiving thread counts. */
export const INTAKE_COUNTERS = {
  counters: {
    handed: "Statuses handed to the lanes",
    invalid: "Statuses dropped because no row could be made of them",
    replaced: "Statuses that gave way to a newer one of the same row before they were handed over",
    refused: "Statuses dropped because they were of a new row and max_pending waited for the lanes",
    sharedCallers: "Callers found to be two agents, which overwrite each other's rows",
  },
} as const;

/** A number in {@link INTAKE_COUNTERS}. */
export type IntakeCounter = CounterName<typeof INTAKE_COUNTERS>;

/** What an intake is made of. */
export interface IntakeOptions {
  /** How many rows may wait for the lanes. */
  maxPending: number;
  /** What is counted. */
  counters: Counters<IntakeCounter>;
  /**
   * The number of the block before the first: blocks are numbered over all threads that take each other's place.
   * @default 0
   */
  lastBlock?: number;
  /** Sends a block of statuses, as rows; {@link Intake.onTaken} is to be called when they have been taken. */
  post: (rows: Uint32Array<ArrayBuffer>, block: number) => void;
}

/** The receiving thread's end. */
export class Intake {
  readonly #budget: KeyBudget;
  readonly #buffer: StatusBuffer;
  readonly #counters: Counters<IntakeCounter>;
  readonly #post: (rows: Uint32Array<ArrayBuffer>, block: number) => void;
  #lastBlock: number;
  /** The row of the status at hand. */
  readonly #row = new Uint32Array(ROW_WORDS);
  /** Whether a message is in flight, or will be at the end of this turn. */
  #isHandingOver = false;

  /** Holds nothing yet. */
  constructor({ maxPending, counters, post, lastBlock = 0 }: IntakeOptions) {
    this.#budget = new KeyBudget(maxPending);
    this.#buffer = new StatusBuffer(this.#budget);
    this.#counters = counters;
    this.#post = post;
    this.#lastBlock = lastBlock;
  }

  /** Applies another bound; what is held stays. */
  reload({ maxPending }: { maxPending: number }): void {
    this.#budget.max = maxPending;
  }

  /**
   * Adds the statuses of a report; those that no row can be made of are left out.
   *
   * @returns The block with which the last of them is handed over, or what is newer; undefined when some were refused.
   */
  put(report: ReportStatusRequest): number | undefined {
    let isRefused = false;
    for (let index = 0; index < report.results.length; index++) {
      if (!readStatus(report, index, this.#row)) {
        this.#counters.add("invalid");
        continue;
      }
      const arrival = this.#buffer.put(this.#row, 0);
      if (arrival === "refused") {
        isRefused = true;
        this.#counters.add("refused");
      } else if (arrival !== "held") this.#counters.add("replaced");
    }
    if (!this.#isHandingOver && this.#buffer.size > 0) {
      this.#isHandingOver = true;
      queueMicrotask(() => this.#handOver());
    }
    // What is in the buffer now goes before what comes later, even if something newer takes its place.
    const blocks = Math.ceil(this.#buffer.size / MAX_HANDOVER);
    return isRefused ? undefined : this.#lastBlock + blocks;
  }

  /** Sends the next message, as the last one has been taken. */
  onTaken(): void {
    this.#isHandingOver = this.#buffer.size > 0;
    this.#handOver();
  }

  /** Sends all that is held. */
  stop(): void {
    while (this.#buffer.size > 0) this.#handOver();
  }

  #handOver(): void {
    const rows = this.#buffer.take(MAX_HANDOVER);
    if (rows.length === 0) return;
    this.#counters.add("handed", rows.length / ROW_WORDS);
    this.#post(rows, ++this.#lastBlock);
  }
}
