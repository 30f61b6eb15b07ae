/**
 * The way of statuses from a thread that receives them to the one that has the lanes: what one turn of the event loop
 * brings goes over in one message.
 *
 * Messages between threads queue without bound. So one at most is on its way; what comes before it was taken is held here,
 * the newest of each row, and goes over in the next. Under load that makes messages fewer and larger, and what is
 * outdated never reaches the lanes.
 *
 * @module
 */

import type { ReportStatusRequest } from "../../proto/mod.ts";
import type { CounterName, Counters } from "../../reactor/mod.ts";
import { KeyBudget } from "../status/key_budget.ts";
import { StatusBuffer } from "../status/status_buffer.ts";
import { readStatus, ROW_WORDS } from "../status/status_row.ts";

/** As many statuses go into one message: enough to be worth it, and few enough not to hold the lanes' thread up. */
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
  /** Hands statuses over, as rows; {@link Intake.onTaken} is to be called when they were taken. */
  post: (rows: Uint32Array<ArrayBuffer>) => void;
}

/** The receiving thread's end. */
export class Intake {
  readonly #budget: KeyBudget;
  readonly #buffer: StatusBuffer;
  readonly #counters: Counters<IntakeCounter>;
  readonly #post: (rows: Uint32Array<ArrayBuffer>) => void;
  /** The row of the status at hand. */
  readonly #row = new Uint32Array(ROW_WORDS);
  /** Whether a message is on its way, or will be when this turn is over. */
  #isHandingOver = false;

  /** Begins with nothing in hand. */
  constructor({ maxPending, counters, post }: IntakeOptions) {
    this.#budget = new KeyBudget(maxPending);
    this.#buffer = new StatusBuffer(this.#budget);
    this.#counters = counters;
    this.#post = post;
  }

  /** Goes on with another bound; what is held stays held. */
  reload({ maxPending }: { maxPending: number }): void {
    this.#budget.max = maxPending;
  }

  /** Takes a report. */
  put(report: ReportStatusRequest): void {
    for (let index = 0; index < report.results.length; index++) {
      if (!readStatus(report, index, this.#row)) {
        this.#counters.add("invalid");
        continue;
      }
      const arrival = this.#buffer.put(this.#row, 0);
      if (arrival === "refused") this.#counters.add("refused");
      else if (arrival !== "held") this.#counters.add("replaced");
    }
    if (this.#isHandingOver || this.#buffer.size === 0) return;
    this.#isHandingOver = true;
    queueMicrotask(() => this.#handOver());
  }

  /** Hears that the last message was taken. */
  onTaken(): void {
    this.#isHandingOver = this.#buffer.size > 0;
    this.#handOver();
  }

  /** Hands over all that is held. */
  stop(): void {
    while (this.#buffer.size > 0) this.#handOver();
  }

  #handOver(): void {
    const rows = this.#buffer.take(MAX_HANDOVER);
    if (rows.length === 0) return;
    this.#counters.add("handed", rows.length / ROW_WORDS);
    this.#post(rows);
  }
}
