/**
 * The statuses that wait to be written, conflated to the newest of each row key. Pure: no clock, no database.
 *
 * A status stays in the buffer while it is being written, so that one that arrives meanwhile is compared with it, and may
 * take its place; after the write, only what was really written goes. A failed write changes nothing.
 *
 * How it works: rows lie in slots of one block of memory, found by a hash of their keys, each slot naming the next one of
 * the same hash; a double list through the slots keeps the order. So a status costs no object and no string. Slot 0 holds
 * no row: it ends every chain, stands before the first and after the last of the order, and its row is where the status
 * at hand is put to be compared with others.
 *
 * @module
 */

import { supersedes } from "../../sql/statuses/call_status.ts";
import { KEY_WORDS, ROW_WORDS, TS_WORD } from "./status_row.ts";

/** Slots of an empty buffer; a power of two, as is every number of slots. */
const FIRST_SLOTS = 256;

/** An empty buffer keeps the memory of so many slots at most. */
const MAX_IDLE_SLOTS = 16_384;

/**
 * What became of a status: `held` under a new key, `replaced` the one held before, `outdated` because the one held is
 * newer, `refused` because its key is new and the budget is spent.
 */
export type Arrival = "held" | "replaced" | "outdated" | "refused";

/**
 * How many keys the buffers of one process may hold together. It is one budget and not a share for each: modules differ in
 * size, so with shares one buffer would refuse what the others have room for.
 */
export class KeyBudget {
  /** How many may be held at a time. Lowered below what is held, it gives none until as many have come back. */
  max: number;
  #taken = 0;

  /** All are free. */
  constructor(max: number) {
    this.max = max;
  }

  /** Whether all are held. */
  get isSpent(): boolean {
    return this.#taken >= this.max;
  }

  /** Takes one; says whether there was one. */
  take(): boolean {
    if (this.isSpent) return false;
    this.#taken++;
    return true;
  }

  /** Gives back one that was taken. */
  giveBack(): void {
    this.#taken--;
  }
}

/** The newest status of each key, in the order in which the keys came to wait. */
export class StatusBuffer {
  readonly #budget: KeyBudget;
  /** The seed of hashes, so that nobody can make keys collide. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0];
  #size = 0;
  #rows!: Uint32Array;
  /** Of every hash, the first slot of its chain. */
  #chains!: Uint32Array;
  /** Of every slot, the next one of its chain; of a free one, the next free one. */
  #links!: Uint32Array;
  /** Of every slot, who comes after and before it in the order. */
  #after!: Uint32Array;
  #before!: Uint32Array;
  /** The first of the slots given back. */
  #free!: number;
  /** From this slot on none was ever used. */
  #unused!: number;

  /** Makes an empty buffer; `budget`, which buffers may share, bounds its keys. */
  constructor(budget: KeyBudget) {
    this.#budget = budget;
    this.#allocate(FIRST_SLOTS);
  }

  /** How many statuses wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds a copy of the status whose row begins at `start`. One that replaces another keeps its place. */
  put(rows: Uint32Array, start: number): Arrival {
    const hash = this.#lookAt(rows, start);
    const held = this.#find(hash);
    if (held === 0) {
      if (!this.#budget.take()) return "refused";
      this.#insert(hash);
      return "held";
    }
    const heldStart = held * ROW_WORDS;
    if (!supersedes(this.#rows[TS_WORD], this.#rows[heldStart + TS_WORD])) return "outdated";
    this.#store(held);
    return "replaced";
  }

  /** The rows, one after the other, of up to `limit` statuses that have waited longest. They stay in the buffer. */
  oldest(limit: number): Uint32Array<ArrayBuffer> {
    const rows = new Uint32Array(Math.min(limit, this.#size) * ROW_WORDS);
    let slot = this.#after[0];
    for (let start = 0; start < rows.length; start += ROW_WORDS) {
      const held = slot * ROW_WORDS;
      for (let word = 0; word < ROW_WORDS; word++) rows[start + word] = this.#rows[held + word];
      slot = this.#after[slot];
    }
    return rows;
  }

  /** Removes and returns what {@link oldest} gives. */
  take(limit: number): Uint32Array<ArrayBuffer> {
    const taken = this.oldest(limit);
    for (let left = taken.length; left > 0; left -= ROW_WORDS) {
      const slot = this.#after[0];
      this.#delete(slot, this.#hash(slot * ROW_WORDS));
    }
    return taken;
  }

  /** Removes a status that is written or given up; if another took its place meanwhile, that one goes to the end. */
  remove(rows: Uint32Array, start: number): void {
    const hash = this.#lookAt(rows, start);
    const held = this.#find(hash);
    if (held === 0) return;
    if (this.#isSame(held, ROW_WORDS)) this.#delete(held, hash);
    else this.#moveToEnd(held);
  }

  /** Moves the status of that key to the end of the order. */
  defer(rows: Uint32Array, start: number): void {
    const held = this.#find(this.#lookAt(rows, start));
    if (held !== 0) this.#moveToEnd(held);
  }

  /** Copies a status into row 0, to be compared with others; gives the hash of its key. */
  #lookAt(rows: Uint32Array, start: number): number {
    for (let word = 0; word < ROW_WORDS; word++) this.#rows[word] = rows[start + word];
    return this.#hash(0);
  }

  /** MurmurHash3's mixing, in 32 bits. */
  #hash(start: number): number {
    let hash = this.#seed;
    for (let at = start; at < start + KEY_WORDS; at++) {
      hash ^= Math.imul(this.#rows[at], 0xcc9e2d51);
      hash = Math.imul(hash << 13 | hash >>> 19, 5) + 0xe6546b64;
    }
    hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
    return hash ^ hash >>> 13;
  }

  /** The slot that has the key at hand; 0 when none has. */
  #find(hash: number): number {
    let slot = this.#chains[hash & this.#chains.length - 1];
    while (slot !== 0 && !this.#isSame(slot, KEY_WORDS)) slot = this.#links[slot];
    return slot;
  }

  /** Whether the first words of a slot's row are those of the status at hand. */
  #isSame(slot: number, words: number): boolean {
    const start = slot * ROW_WORDS;
    for (let word = 0; word < words; word++) {
      if (this.#rows[start + word] !== this.#rows[word]) return false;
    }
    return true;
  }

  /** Makes a slot's row the status at hand. */
  #store(slot: number): void {
    const start = slot * ROW_WORDS;
    for (let word = 0; word < ROW_WORDS; word++) this.#rows[start + word] = this.#rows[word];
  }

  /** Gives the status at hand a slot, at the end of the order. */
  #insert(hash: number): void {
    if (this.#free === 0 && this.#unused === this.#links.length) this.#grow();
    let slot = this.#free;
    if (slot === 0) slot = this.#unused++;
    else this.#free = this.#links[slot];
    this.#store(slot);
    this.#chain(slot, hash);
    this.#append(slot);
    this.#size++;
  }

  #delete(slot: number, hash: number): void {
    const at = hash & this.#chains.length - 1;
    if (this.#chains[at] === slot) {
      this.#chains[at] = this.#links[slot];
    } else {
      let before = this.#chains[at];
      while (this.#links[before] !== slot) before = this.#links[before];
      this.#links[before] = this.#links[slot];
    }
    this.#detach(slot);
    this.#links[slot] = this.#free;
    this.#free = slot;
    this.#size--;
    this.#budget.giveBack();
    if (this.#size === 0 && this.#links.length > MAX_IDLE_SLOTS) this.#allocate(FIRST_SLOTS);
  }

  #moveToEnd(slot: number): void {
    this.#detach(slot);
    this.#append(slot);
  }

  #detach(slot: number): void {
    this.#after[this.#before[slot]] = this.#after[slot];
    this.#before[this.#after[slot]] = this.#before[slot];
  }

  #append(slot: number): void {
    const last = this.#before[0];
    this.#after[last] = this.#before[0] = slot;
    this.#before[slot] = last;
    this.#after[slot] = 0;
  }

  #chain(slot: number, hash: number): void {
    const at = hash & this.#chains.length - 1;
    this.#links[slot] = this.#chains[at];
    this.#chains[at] = slot;
  }

  #allocate(slots: number): void {
    this.#rows = new Uint32Array(slots * ROW_WORDS);
    this.#chains = new Uint32Array(slots);
    this.#links = new Uint32Array(slots);
    this.#after = new Uint32Array(slots);
    this.#before = new Uint32Array(slots);
    this.#free = 0;
    this.#unused = 1;
  }

  /** Goes over to twice the slots. All of them are used: each keeps its number, and is chained anew. */
  #grow(): void {
    const [rows, after, before, unused] = [this.#rows, this.#after, this.#before, this.#unused];
    this.#allocate(2 * unused);
    this.#rows.set(rows);
    this.#after.set(after);
    this.#before.set(before);
    this.#unused = unused;
    for (let slot = 1; slot < unused; slot++) this.#chain(slot, this.#hash(slot * ROW_WORDS));
  }
}
