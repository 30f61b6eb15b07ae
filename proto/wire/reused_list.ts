/**
 * A list whose items stay when it is cleared, to be filled anew: so that reading one message after the other into the
 * same object allocates nothing once the longest has come.
 *
 * @module
 */

/** A list of items that are used again. What {@link at} gives is valid until the list is cleared and filled anew. */
export class ReusedList<Item> {
  readonly #make: () => Item;
  readonly #items: Item[] = [];
  #length = 0;

  /** Makes an empty list; `make` makes an item when there is none to be used again. */
  constructor(make: () => Item) {
    this.#make = make;
  }

  /** How many items are in the list. */
  get length(): number {
    return this.#length;
  }

  /** The item at an index, 0 … `length` − 1. */
  at(index: number): Item {
    return this.#items[index];
  }

  /** Adds an item, which holds what it held when it was last used: all its fields are to be set. */
  add(): Item {
    if (this.#length === this.#items.length) this.#items.push(this.#make());
    return this.#items[this.#length++];
  }

  /** Keeps the first `length`, which is not above what there are. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** Empties the list. */
  clear(): void {
    this.#length = 0;
  }
}
