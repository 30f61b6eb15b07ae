/**
 * A worker that is loaded and waits to be given its role, so that a replacement costs no start: see {@link WorkerHost}.
 *
 * It costs the memory of an idle thread, and saves those who wait for the replacement the time in which a thread starts
 * and loads its modules: that is tens of milliseconds, and several times as much on a machine that is busy, as it is while
 * a thread hangs in a loop.
 *
 * @module
 */

/** Whoever waits for the replacement that took the last spare is served first, before the next one is loaded. */
const PREPARE_DELAY_MS = 1000;

/** Keeps one spare worker of one kind; any number of hosts may draw on it. */
export class WorkerSpare {
  readonly #url: URL;
  #worker?: Worker;
  #preparing?: ReturnType<typeof setTimeout>;

  /** Starts a spare of that entry file a second from now, when what starts with it has started. */
  constructor(url: URL) {
    this.#url = url;
    this.#prepareSoon();
  }

  /** Gives the spare away, and starts another a second later; undefined while there is none. */
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
    this.#preparing = setTimeout(() => this.#prepare(), PREPARE_DELAY_MS);
  }

  #prepare(): void {
    const worker = this.#worker = new Worker(this.#url, { type: "module", name: "spare" });
    worker.addEventListener("error", (event) => {
      event.preventDefault(); // or this thread would die as well
      if (worker !== this.#worker) return; // it has a host, which hears of it too
      this.#worker = undefined;
      this.#prepareSoon();
    });
  }
}
