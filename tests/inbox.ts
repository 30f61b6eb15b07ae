/**
 * What a test waits for, in the order in which it comes.
 *
 * @module
 */

import { inTime } from "../reactor/testdata/until.ts";

/** A queue whose reader waits. */
export class Inbox<Item> {
  readonly #items: Item[] = [];
  readonly #readers: ((item: Item) => void)[] = [];

  /** Puts an item at the end. */
  push(item: Item): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) reader(item);
    else this.#items.push(item);
  }

  /** Takes the first item, waiting for it where there is none. */
  async next(): Promise<Item> {
    const item = this.#items.shift();
    if (item !== undefined) return item;
    const { promise, resolve } = Promise.withResolvers<Item>();
    this.#readers.push(resolve);
    return await inTime("an item", promise);
  }

  /** Takes items until one is as wanted, and gives that one. */
  async until(isWanted: (item: Item) => boolean): Promise<Item> {
    for (;;) {
      const item = await this.next();
      if (isWanted(item)) return item;
    }
  }

  /** How many items wait to be taken. */
  get size(): number {
    return this.#items.length;
  }
}
