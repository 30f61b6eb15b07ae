/**
 * What happened, for tests that wait until it has.
 *
 * @module
 */

import { inTime } from "./until.ts";

/** Keeps events until a test takes them. */
export class Inbox<Event> {
  readonly #events: Event[] = [];
  #wake = Promise.withResolvers<void>();

  /** Puts an event in. */
  put(event: Event): void {
    this.#events.push(event);
    this.#wake.resolve();
  }

  /** Takes out the first event that `matches`, as soon as there is one. */
  async take(matches: (event: Event) => boolean = () => true): Promise<Event> {
    for (;;) {
      const index = this.#events.findIndex(matches);
      if (index >= 0) return this.#events.splice(index, 1)[0];
      this.#wake = Promise.withResolvers();
      await inTime(`an event for which ${matches}`, this.#wake.promise);
    }
  }

  /** How many events there are that `matches`. */
  count(matches: (event: Event) => boolean = () => true): number {
    return this.#events.filter(matches).length;
  }
}
