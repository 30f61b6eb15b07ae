/**
 * A queue.
 *
 * @module
 */

/** How many places at the head may be empty before the rest moves up. */
const MAX_EMPTY_PLACES = 1024;

/** First in, first out. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  /** How many wait. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The one that waits longest, or undefined. */
  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  /** Adds one behind all others. */
  push(item: Item): void {
    this.#items.push(item);
  }

  /** Takes the one that waits longest, or undefined. */
  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (this.length === 0) return undefined;
    this.#items[this.#head++] = undefined;
    // Moving up at half the length costs each item one move on the average.
    if (this.length === 0) this.#clear();
    else if (this.#head > MAX_EMPTY_PLACES && this.#head > this.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Puts some before all others, in their order. */
  putFirst(items: readonly Item[]): void {
    if (items.length === 0) return;
    this.#items = [...items, ...this.#items.slice(this.#head)];
    this.#head = 0;
  }

  /** Takes those at the head that pass a test. */
  takeWhile(test: (item: Item) => boolean): Item[] {
    let end = this.#head;
    while (end < this.#items.length && test(this.#items[end]!)) end++;
    const taken = this.#items.slice(this.#head, end) as Item[];
    if (end === this.#items.length) this.#clear();
    else if (end > this.#head) {
      this.#items = this.#items.slice(end);
      this.#head = 0;
    }
    return taken;
  }

  /** Takes all. */
  drain(): Item[] {
    return this.takeWhile(() => true);
  }

  #clear(): void {
    this.#items.length = 0;
    this.#head = 0;
  }
}
