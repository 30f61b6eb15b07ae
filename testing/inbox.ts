/**
 * What a test waits for, in the order in which it comes.
 *
 * @module
 */

import { inTime } from "./until.ts";

/** A queue whose reader waits, with a deadline. */
export class Inbox<Item> {
  readonly #items: Item[] = [];
  #came = Promise.withResolvers<void>();

  /** Puts an item at the end. */
  push(item: Item): void {
    this.#items.push(item);
    this.#came.resolve();
  }

  /** Takes the first item, waiting for it where there is none. */
  async next(): Promise<Item> {
    return await this.take(() => true);
  }

  /** Takes the first item that is as wanted, as soon as there is one, and leaves the others. */
  async take(isWanted: (item: Item) => boolean): Promise<Item> {
    for (;;) {
      const index = this.#items.findIndex(isWanted);
      if (index >= 0) return this.#items.splice(index, 1)[0];
      this.#came = Promise.withResolvers();
      await inTime(`an item for which ${isWanted}`, this.#came.promise);
    }
  }

  /** Takes items until one is as wanted, and gives that one. */
  async until(isWanted: (item: Item) => boolean): Promise<Item> {
    for (;;) {
      const item = await this.next();
      if (isWanted(item)) return item;
    }
  }

  /** How many items, which are as wanted, wait to be taken. */
  count(isWanted: (item: Item) => boolean = () => true): number {
    return this.#items.filter(isWanted).length;
  }

  /** How many items wait to be taken. */
  get size(): number {
    return this.#items.length;
  }
}
