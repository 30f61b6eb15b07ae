/**
 * Gathers what comes in one turn of the event loop, so that it goes to another thread as one message.
 *
 * @module
 */

import { slices } from "./slices.ts";

/** Items that go on together, though not too many of them. */
export class Batch<Item> {
  readonly #flush: (items: Item[]) => void;
  #items: Item[] = [];

  /** Hands what is gathered to `flush`. */
  constructor(flush: (items: Item[]) => void) {
    this.#flush = flush;
  }

  /** Adds items; they go on in a microtask, when what runs now is done. */
  add(items: readonly Item[]): void {
    if (this.#items.length === 0 && items.length > 0) queueMicrotask(() => this.#send());
    for (const item of items) this.#items.push(item);
  }

  #send(): void {
    const items = this.#items;
    this.#items = [];
    for (const slice of slices(items)) this.#flush(slice);
  }
}
