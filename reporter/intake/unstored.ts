/**
 * How many of a connection's reports are stored. Pure: it is told of each report, and which blocks of statuses are stored.
 *
 * Reports are stored in the order in which they came, so one number says it all: so many, from the first on.
 *
 * @module
 */

/** Numbers of reports that are kept apart while they wait: past it, some are told of together with later ones. */
const MAX_MARKS = 64;

/** What waits, of one connection. */
export class Unstored {
  #received = 0;
  #stored = 0;
  /** By which block how many reports are handed over; both rise. */
  readonly #marks: { readonly block: number; reports: number }[] = [];
  #isStalled = false;

  /** How many of the reports are stored. */
  get stored(): number {
    return this.#stored;
  }

  /** Whether reports wait that will be stored. */
  get isWaiting(): boolean {
    return this.#marks.length > 0;
  }

  /** A report came; it is stored with a block of statuses, or never as there is no room. */
  add(block: number | undefined): void {
    this.#received++;
    if (block === undefined) this.#isStalled = true;
    if (block === undefined || this.#isStalled) return;
    const last = this.#marks.at(-1);
    if (last?.block === block) {
      last.reports = this.#received;
      return;
    }
    if (this.#marks.length === MAX_MARKS) this.#marks.pop();
    this.#marks.push({ block, reports: this.#received });
  }

  /** All blocks up to this one are stored; says whether reports are by that. */
  note(block: number): boolean {
    const before = this.#stored;
    while (this.#marks.length > 0 && this.#marks[0].block <= block) {
      this.#stored = this.#marks.shift()!.reports;
    }
    return this.#stored > before;
  }

  /** One of the reports that wait will not be stored, nobody knows which: none counts as stored any more. */
  stall(): void {
    this.#isStalled = true;
    this.#marks.length = 0;
  }
}
