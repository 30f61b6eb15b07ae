/**
 * A list of unsigned integers in one block of memory, which stays when the list is cleared.
 *
 * @module
 */

const FIRST_CAPACITY = 8;

/** A list of integers 0 … 4294967295. */
export class Uint32List {
  #values = new Uint32Array(FIRST_CAPACITY);
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** The one at an index, 0 … `length` − 1. */
  at(index: number): number {
    return this.#values[index];
  }

  /** Adds one. */
  push(value: number): void {
    if (this.#length === this.#values.length) this.#grow();
    this.#values[this.#length++] = value;
  }

  /** Empties the list. */
  clear(): void {
    this.#length = 0;
  }

  #grow(): void {
    const values = new Uint32Array(this.#values.length * 2);
    values.set(this.#values);
    this.#values = values;
  }
}
