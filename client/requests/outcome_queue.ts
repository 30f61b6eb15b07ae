/**
 * The outcomes that are still to be told to a shard, in the order in which they came. They lie in pages, each of which
 * is a message that holds as many as may travel together.
 *
 * @module
 */

import {
  type HostAddress,
  type HostOutcome,
  type ModuleName,
  type ModuleReport,
  ReportBatchRequest,
  type ReportRequest,
} from "../../proto/mod.ts";
import { Fifo } from "./fifo.ts";

/** How one call went. */
export interface Outcome extends ModuleName, HostAddress {
  /** 0 for success. */
  retcode: number;
  /** How long it took, ms; 0 where it was not measured. */
  costMs: number;
}

/** How many outcomes may travel together: whatever they are, they fit. */
const PAGE_OUTCOMES = 256;

/** How many pages may wait; outcomes beyond them are dropped. */
const MAX_PAGES = 256;

/** How many empty pages are kept to be used again. */
const MAX_SPARE_PAGES = 4;

/** Outcomes that travel together, those of neighbouring calls to one module side by side. */
class Page {
  readonly message = new ReportBatchRequest();
  /** How many different ones there are. */
  outcomes = 0;
  // The last one, and its module; none in an empty page.
  lastModule?: ModuleReport;
  lastOutcome?: HostOutcome;

  add(outcome: Outcome): void {
    this.outcomes++;
    let module = this.lastModule;
    if (module === undefined || !isSameModule(module, outcome)) {
      module = this.lastModule = this.message.modules.add();
      module.modid = outcome.modid;
      module.cmdid = outcome.cmdid;
      module.outcomes.clear();
    }
    const last = this.lastOutcome = module.outcomes.add();
    last.ip = outcome.ip;
    last.port = outcome.port;
    last.retcode = outcome.retcode;
    last.costMs = outcome.costMs;
    last.count = 1;
  }

  clear(): void {
    this.message.clear();
    this.outcomes = 0;
    this.lastModule = this.lastOutcome = undefined;
  }
}

/** Outcomes that wait. */
export class OutcomeQueue {
  readonly #pages = new Fifo<Page>();
  readonly #spare: Page[] = [];
  /** The page that is filled. */
  #last?: Page;
  // What was taken one by one of the first page: modules, and outcomes of the next.
  #takenModules = 0;
  #takenOutcomes = 0;
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
  add(outcome: Outcome): void {
    const page = this.#last;
    if (page !== undefined && isRepeated(page, outcome)) {
      page.lastOutcome!.count++;
      return;
    }
    const room = page !== undefined && page.outcomes < PAGE_OUTCOMES ? page : this.#turnPage();
    if (room === undefined) this.#dropped++;
    else room.add(outcome);
  }

  /** Whether the next page is worth telling as one: whether it tells of several calls, none of them told yet. */
  get hasPage(): boolean {
    const page = this.#pages.first;
    if (page === undefined || this.#takenModules + this.#takenOutcomes > 0) return false;
    return page.outcomes > 1 || page.lastOutcome!.count > 1;
  }

  /** Takes a page out; there must be one. It stays as it is until the next outcome is added. */
  takePage(): ReportBatchRequest {
    const page = this.#pages.shift()!;
    if (page === this.#last) this.#last = undefined;
    this.#takenModules = this.#takenOutcomes = 0;
    if (this.#spare.length < MAX_SPARE_PAGES) this.#spare.push(page);
    return page.message;
  }

  /** Takes the outcome of one call out; there must be one. */
  takeOne(into: ReportRequest): void {
    const { modules } = this.#pages.first!.message;
    const { modid, cmdid, outcomes } = modules.at(this.#takenModules);
    const outcome = outcomes.at(this.#takenOutcomes);
    into.modid = modid;
    into.cmdid = cmdid;
    into.host.ip = outcome.ip;
    into.host.port = outcome.port;
    into.hasHost = true;
    into.retcode = outcome.retcode;
    into.costMs = outcome.costMs;
    if (--outcome.count > 0) return;
    if (++this.#takenOutcomes < outcomes.length) return;
    this.#takenOutcomes = 0;
    if (++this.#takenModules === modules.length) this.takePage();
  }

  #turnPage(): Page | undefined {
    if (this.#pages.length === MAX_PAGES) return undefined;
    const page = this.#spare.pop() ?? new Page();
    page.clear();
    this.#pages.push(page);
    return this.#last = page;
  }
}

function isRepeated({ lastModule, lastOutcome }: Page, outcome: Outcome): boolean {
  return lastModule !== undefined && lastOutcome !== undefined && lastOutcome.count > 0 &&
    lastOutcome.ip === outcome.ip && lastOutcome.port === outcome.port &&
    lastOutcome.retcode === outcome.retcode && lastOutcome.costMs === outcome.costMs &&
    isSameModule(lastModule, outcome);
}

function isSameModule(one: ModuleName, other: ModuleName): boolean {
  return one.modid === other.modid && one.cmdid === other.cmdid;
}
