/**
 * The outcomes that are still to be told to a shard, in the order in which they came. They lie in pages, each of which
 * is a message that holds as many as may travel together.
 *
 * @module
 */

import { type Outcome, ReportBatchRequest, type ReportRequest } from "../proto/mod.ts";
import { Fifo } from "./fifo.ts";

/** How many outcomes may travel together: whatever they are, they fit. */
const PAGE_OUTCOMES = 256;

/** How many pages may wait; outcomes beyond them are dropped. */
const MAX_PAGES = 256;

/** How many empty pages are kept to be used again. */
const MAX_SPARE_PAGES = 4;

/** Outcomes that wait. */
export class OutcomeQueue {
  readonly #pages = new Fifo<ReportBatchRequest>();
  readonly #spare: ReportBatchRequest[] = [];
  /** The page that is filled. */
  #last?: ReportBatchRequest;
  /** How many outcomes of the first page were taken one by one. */
  #taken = 0;
  #dropped = 0;

  /** Whether none wait. */
  get isEmpty(): boolean {
    return this.#pages.length === 0;
  }

  /** How many calls' outcomes were dropped as too many were waiting. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds the outcome of one call; it is counted with the one before it when they are alike. */
  add(report: ReportRequest): void {
    const page = this.#last;
    const outcomes = page?.outcomes;
    if (outcomes !== undefined && isRepeated(outcomes.at(outcomes.length - 1), report)) {
      outcomes.at(outcomes.length - 1).count++;
      return;
    }
    const room = page !== undefined && page.outcomes.length < PAGE_OUTCOMES
      ? page
      : this.#turnPage();
    if (room === undefined) {
      this.#dropped++;
      return;
    }
    const outcome = room.outcomes.add();
    outcome.modid = report.modid;
    outcome.cmdid = report.cmdid;
    outcome.ip = report.host.ip;
    outcome.port = report.host.port;
    outcome.retcode = report.retcode;
    outcome.count = 1;
    outcome.timecost = report.timecost;
  }

  /** The page to be told next, when it is worth telling as one: when it tells of several calls, none of them told yet. */
  get firstPage(): ReportBatchRequest | undefined {
    const page = this.#pages.first;
    if (page === undefined || this.#taken > 0) return undefined;
    return page.outcomes.length > 1 || page.outcomes.at(0).count > 1 ? page : undefined;
  }

  /** Takes the first page out, when it was told. */
  dropFirstPage(): void {
    const page = this.#pages.shift()!;
    if (page === this.#last) this.#last = undefined;
    this.#taken = 0;
    page.clear();
    if (this.#spare.length < MAX_SPARE_PAGES) this.#spare.push(page);
  }

  /** Takes the outcome of one call out; there must be one. */
  takeOne(into: ReportRequest): void {
    const { outcomes } = this.#pages.first!;
    const outcome = outcomes.at(this.#taken);
    into.modid = outcome.modid;
    into.cmdid = outcome.cmdid;
    into.host.ip = outcome.ip;
    into.host.port = outcome.port;
    into.retcode = outcome.retcode;
    into.timecost = outcome.timecost;
    if (--outcome.count > 0) return;
    if (++this.#taken === outcomes.length) this.dropFirstPage();
  }

  #turnPage(): ReportBatchRequest | undefined {
    if (this.#pages.length === MAX_PAGES) return undefined;
    const page = this.#spare.pop() ?? new ReportBatchRequest();
    this.#pages.push(page);
    return this.#last = page;
  }
}

function isRepeated(outcome: Outcome, report: ReportRequest): boolean {
  return outcome.ip === report.host.ip && outcome.port === report.host.port &&
    outcome.retcode === report.retcode && outcome.timecost === report.timecost &&
    outcome.modid === report.modid && outcome.cmdid === report.cmdid;
}
