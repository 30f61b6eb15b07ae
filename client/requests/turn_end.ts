/**
 * The end of a turn of the event loop: when all that one event set off has run, promises' reactions included.
 *
 * @module
 */

import { nextTick } from "node:process";

/** Runs a function at the end of the turns in which it was asked for, once each. */
export class TurnEnd {
  readonly #run: () => void;
  #isScheduled = false;

  /** Runs `run`; not until {@link schedule} is called. */
  constructor(run: () => void) {
    this.#run = run;
  }

  /** Asks for the run; free of cost when it was asked for already. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Ticks asked for by a microtask run when there are no more microtasks; others run before them.
    queueMicrotask(this.#onMicrotask);
  }

  readonly #onMicrotask = () => nextTick(this.#onTick);
  readonly #onTick = () => {
    this.#isScheduled = false;
    this.#run();
  };
}
