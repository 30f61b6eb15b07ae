/**
 * A worker that is loaded and waits to be given its role, so that a replacement costs no start: see {@link WorkerHost}.
 *
 * It costs the memory of an idle thread, and saves those who wait for the replacement the time in which a thread starts
 * and loads its modules: that is tens of milliseconds, and several times as much on a machine that is busy, as it is while
 * a thread hangs in a loop.
 *
 * @module
 */

/** How a spare is kept. */
export interface WorkerSpareOptions {
  /**
   * How long after the start, or after the last spare was taken, the next one is started, ms: whoever waits for what
   * starts then is served first.
   * @default 1000
   */
  delayMs?: number;
}

/** Keeps one spare worker of one kind; any number of hosts may draw on it. */
export class WorkerSpare {
  readonly #url: URL;
  readonly #delayMs: number;
  #worker?: Worker;
  #preparing?: ReturnType<typeof setTimeout>;

  /** Keeps a spare of that entry file, from `delayMs` on. */
  constructor(url: URL, { delayMs = 1000 }: WorkerSpareOptions = {}) {
    this.#url = url;
    this.#delayMs = delayMs;
    this.#prepareSoon();
  }

  /** Says whether there is one; it may still be loading. */
  get isThere(): boolean {
    return this.#worker !== undefined;
  }

  /** Gives the spare away; undefined while there is none. */
  take(): Worker | undefined {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) this.#prepareSoon();
    return worker;
  }

  /** Ends the spare, and starts no more. */
  stop(): void {
    clearTimeout(this.#preparing);
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #prepareSoon(): void {
    this.#preparing = setTimeout(() => this.#prepare(), this.#delayMs);
  }

  #prepare(): void {
    const worker = this.#worker = new Worker(this.#url, { type: "module", name: "spare" });
    worker.addEventListener("error", (event) => {
      event.preventDefault(); // or this thread would die as well
      if (worker !== this.#worker) return; // its host listens too
      this.#worker = undefined;
      this.#prepareSoon();
    });
  }
}
