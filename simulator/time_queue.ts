/**
 * What is due when: integers in the order of their times. It is a binary heap over typed arrays, so that putting and
 * taking make no object. Integers of equal times come in an order that depends on nothing but the calls before.
 *
 * @module
 */

const FIRST_CAPACITY = 64;

/** Integers, each due at a time; the earliest is taken first. */
export class TimeQueue {
  #times = new Float64Array(FIRST_CAPACITY);
  #items = new Int32Array(FIRST_CAPACITY);
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** When the earliest is due; Infinity when there is none. */
  get nextMs(): number {
    return this.#size === 0 ? Infinity : this.#times[0];
  }

  /** Adds an integer of 32 bits. O(log size). */
  push(item: number, dueMs: number): void {
    if (this.#size === this.#times.length) this.#grow();
    const times = this.#times;
    const items = this.#items;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (times[parent] <= dueMs) break;
      times[at] = times[parent];
      items[at] = items[parent];
      at = parent;
    }
    times[at] = dueMs;
    items[at] = item;
  }

  /** Takes the earliest, which there must be. O(log size). */
  take(): number {
    const times = this.#times;
    const items = this.#items;
    const taken = items[0];
    const size = --this.#size;
    const lastMs = times[size];
    const last = items[size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && times[child + 1] < times[child]) child++;
      if (times[child] >= lastMs) break;
      times[at] = times[child];
      items[at] = items[child];
      at = child;
    }
    times[at] = lastMs;
    items[at] = last;
    return taken;
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length);
    times.set(this.#times);
    this.#times = times;
    const items = new Int32Array(2 * this.#items.length);
    items.set(this.#items);
    this.#items = items;
  }
}
