/**
 * A binary heap whose entries know where they stand, so that any of them can leave or change its rank in O(log n).
 *
 * @module
 */

/** What a heap can hold: an entry is in one heap at most. */
export interface HeapEntry {
  /** Where it stands in its heap; -1 in none. Only the heap writes to it. */
  heapIndex: number;
}

/** Entries of which the least is at hand. */
export class IndexedHeap<Entry extends HeapEntry> {
  readonly #entries: Entry[] = [];
  readonly #isLess: (a: Entry, b: Entry) => boolean;

  /** An empty heap in the order that `isLess` says. */
  constructor(isLess: (a: Entry, b: Entry) => boolean) {
    this.#isLess = isLess;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** The least entry; undefined when there is none. */
  get least(): Entry | undefined {
    return this.#entries[0];
  }

  /** Says whether an entry is in this heap. */
  has(entry: Entry): boolean {
    return this.#entries[entry.heapIndex] === entry;
  }

  /** Takes an entry in. */
  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  /** Lets an entry of this heap go. */
  remove(entry: Entry): void {
    const at = entry.heapIndex;
    entry.heapIndex = -1;
    const last = this.#entries.pop() as Entry;
    if (last === entry) return;
    this.#rise(last, at);
    this.#sink(last, last.heapIndex);
  }

  /** Puts an entry of this heap where it belongs after its rank has changed. */
  moved(entry: Entry): void {
    this.#rise(entry, entry.heapIndex);
    this.#sink(entry, entry.heapIndex);
  }

  #rise(entry: Entry, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#entries[parentAt];
      if (!this.#isLess(entry, parent)) break;
      this.#put(parent, at);
      at = parentAt;
    }
    this.#put(entry, at);
  }

  #sink(entry: Entry, from: number): void {
    const entries = this.#entries;
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= entries.length) break;
      const rightAt = childAt + 1;
      if (rightAt < entries.length && this.#isLess(entries[rightAt], entries[childAt])) {
        childAt = rightAt;
      }
      if (!this.#isLess(entries[childAt], entry)) break;
      this.#put(entries[childAt], at);
      at = childAt;
    }
    this.#put(entry, at);
  }

  #put(entry: Entry, at: number): void {
    this.#entries[at] = entry;
    entry.heapIndex = at;
  }
}
