/**
 * Gathers what comes in one turn of the event loop, so that it goes to another thread as one message.
 *
 * @module
 */

import { slices } from "../shard/slices.ts";

/** Items that go on together, though not too many of them. */
export class Batch<Item> {
  readonly #flush: (items: Item[]) => void;
  readonly #weightOf?: (item: Item) => number;
  #items: Item[] = [];

  /** Hands what is gathered to `flush`, in parts by what each item weighs: 1 unless told otherwise. */
  constructor(flush: (items: Item[]) => void, weightOf?: (item: Item) => number) {
    this.#flush = flush;
    this.#weightOf = weightOf;
  }

  /** Adds items; they go on in a microtask, when what runs now is done. */
  add(items: readonly Item[]): void {
    if (this.#items.length === 0 && items.length > 0) queueMicrotask(() => this.#send());
    for (const item of items) this.#items.push(item);
  }

  #send(): void {
    const items = this.#items;
    this.#items = [];
    for (const slice of slices(items, { weightOf: this.#weightOf })) this.#flush(slice);
  }
}
