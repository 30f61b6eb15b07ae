/**
 * The routes that dns serves, in one block of shared memory: one thread writes (route_table_writer.ts), every thread reads.
 * A module's complete answer lies in it ready-made, so answering is finding it and copying its bytes. A change costs what
 * it changes: the new answer is written where nothing else is, and one store has every reader find it.
 *
 * Layout: segments of {@link SEGMENT_WORDS} 32-bit words. The first has the {@link Header}. Some, in a row, are the index
 * (module_index.ts), whose last word is where a module's block begins, or {@link NO_HOSTS}. The rest have blocks, end to
 * end up to a word 0: `hosts << 16 | bytes` (a frame has at most 65,535 bytes, and so fewer hosts), modid, cmdid, frame.
 *
 * What a reader has found stays as it is until the reader says that it has let go of it ({@link RouteTable.release}): a
 * segment that was emptied is not written to before every reader has. So what is found is to be copied in the same turn of
 * the event loop.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import { findSlot, SLOT_WORDS } from "./module_index.ts";
import { isSameFrame, type RouteFrame } from "./route_frame.ts";

/** A table grows by so many words; the longest frames fit into one several times. */
export const SEGMENT_WORDS = 65_536;

const SEGMENT_BYTES = SEGMENT_WORDS * 4;

/** The most that a table takes: address space is set aside for it, memory only for what there is. */
const MAX_BYTES = 2 ** 32;

/** Where things are in the first segment. */
export const Header = {
  /** How many writers there have been: only the last of them may write. */
  writer: 0,
  /** Where the index is, as {@link placeOf} says. */
  index: 1,
  /** How many modules have hosts. */
  modules: 2,
  /** How many hosts they have together. */
  hosts: 3,
  /** How many segments were emptied so far. */
  epoch: 4,
  /** From here on for each reader the epoch in which it let go of what it had found, or `NO_READER`. */
  readers: 8,
} as const;

/** How many readers there may be: the main thread, and those that answer. */
export const MAX_READERS = 257;

const NO_READER = 2 ** 32 - 1;

/** Stands for the block of a module that has no hosts any more. */
export const NO_HOSTS = 1;

/** Words of a block before its frame. */
export const BLOCK_HEADER_WORDS = 3;

/** A table to read from. */
export class RouteTable {
  /** The memory to hand to another thread; it grows where it is. */
  readonly buffer: SharedArrayBuffer;
  readonly #header: Uint32Array;
  #words: Uint32Array;
  #bytes: Uint8Array;
  #index!: Uint32Array;
  #indexPlace = 0;

  /** Makes an empty table. */
  static create(): RouteTable {
    const buffer = allocate(2 * SEGMENT_BYTES);
    clearReaders(buffer);
    headerOf(buffer)[Header.index] = placeOf({ segment: 1, words: SEGMENT_WORDS });
    return new RouteTable(buffer);
  }

  /**
   * Makes a table of another one's {@link image}.
   *
   * @throws {RangeError} When it is none.
   */
  static fromImage(image: Uint8Array): RouteTable {
    const header = new Uint32Array(image.slice(0, SEGMENT_BYTES).buffer);
    const { start, end } = rangeOf(header[Header.index] ?? 0);
    const indexBytes = (end - start) * 4;
    const bytes = image.length - indexBytes;
    if (bytes % SEGMENT_BYTES !== 0 || bytes < Math.max(2 * SEGMENT_BYTES, end * 4)) {
      throw new RangeError(`a table cannot be of ${image.length} bytes`);
    }
    const buffer = allocate(bytes);
    const copy = new Uint8Array(buffer);
    copy.set(image.subarray(0, SEGMENT_BYTES));
    copy.set(image.subarray(SEGMENT_BYTES + indexBytes), SEGMENT_BYTES);
    copy.set(image.subarray(SEGMENT_BYTES, SEGMENT_BYTES + indexBytes), start * 4);
    clearReaders(buffer);
    return new RouteTable(buffer);
  }

  /** Joins the table that lies in `buffer`. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#header = headerOf(buffer);
    this.#words = new Uint32Array(buffer, 0, buffer.byteLength / 4);
    this.#bytes = new Uint8Array(buffer, 0, buffer.byteLength);
  }

  /** How many modules have hosts. */
  get moduleCount(): number {
    return Atomics.load(this.#header, Header.modules);
  }

  /** How many hosts they have together. */
  get hostCount(): number {
    return Atomics.load(this.#header, Header.hosts);
  }

  /** A module's frame, a view of the table, or undefined when the module has no hosts. */
  frame(module: ModuleName): Uint8Array | undefined {
    const block = this.#find(module);
    return block > NO_HOSTS ? this.#frameAt(block) : undefined;
  }

  /** Says whether a module's answer is exactly `route`. */
  holds(route: RouteFrame): boolean {
    const frame = this.frame(route);
    if (frame === undefined) return route.hostCount === 0;
    return route.hostCount > 0 && isSameFrame(frame, route.frame);
  }

  /** Every module that has hosts, in no particular order; nothing may be written meanwhile. */
  *modules(): Generator<ModuleName> {
    const index = this.#openIndex();
    for (let at = 0; at < index.length; at += SLOT_WORDS) {
      if (index[at + 3] > NO_HOSTS) yield { modid: index[at], cmdid: index[at + 1] };
    }
  }

  /** Says that this reader, a number below {@link MAX_READERS}, has let go of all that it has found so far. */
  release(reader: number): void {
    const epoch = Atomics.load(this.#header, Header.epoch);
    Atomics.store(this.#header, Header.readers + reader, epoch);
  }

  /**
   * The table as it is now, in views for {@link fromImage}, to be copied in their order. The index comes first: what is
   * written afterwards is nowhere in it.
   */
  image(): Uint8Array[] {
    const { start, end } = rangeOf(Atomics.load(this.#header, Header.index));
    this.#openBytes();
    return [
      this.#bytes.subarray(0, SEGMENT_BYTES),
      this.#bytes.subarray(start * 4, end * 4),
      this.#bytes.subarray(SEGMENT_BYTES),
    ];
  }

  /** The load is atomic, so that what the block says is seen as it was written before. */
  #find(module: ModuleName): number {
    const index = this.#openIndex();
    return Atomics.load(index, findSlot(index, module) + 3);
  }

  #frameAt(block: number): Uint8Array {
    if (block >= this.#words.length) this.#openBytes();
    const start = (block + BLOCK_HEADER_WORDS) * 4;
    return this.#bytes.subarray(start, start + frameBytes(this.#words[block]));
  }

  #openIndex(): Uint32Array {
    const place = Atomics.load(this.#header, Header.index);
    if (place !== this.#indexPlace) {
      this.#index = indexOf(this.buffer);
      this.#indexPlace = place;
    }
    return this.#index;
  }

  #openBytes(): void {
    this.#words = new Uint32Array(this.buffer, 0, this.buffer.byteLength / 4);
    this.#bytes = new Uint8Array(this.buffer, 0, this.buffer.byteLength);
  }
}

/** The first segment. */
export function headerOf(buffer: SharedArrayBuffer): Uint32Array {
  return new Uint32Array(buffer, 0, SEGMENT_WORDS);
}

/** The index in use. */
export function indexOf(buffer: SharedArrayBuffer): Uint32Array {
  const { start, end } = rangeOf(Atomics.load(headerOf(buffer), Header.index));
  return new Uint32Array(buffer, start * 4, end - start);
}

/** Where an index is and how long, a power of two, in one word, which is replaced at once. */
export function placeOf({ segment, words }: { segment: number; words: number }): number {
  return (segment << 5 | Math.log2(words)) >>> 0;
}

/** The words of an index. */
export function rangeOf(place: number): { start: number; end: number } {
  const start = (place >>> 5) * SEGMENT_WORDS;
  return { start, end: start + 2 ** (place & 31) };
}

/** How many bytes the frame of a block has that begins with this word. */
export function frameBytes(size: number): number {
  return size & 0xffff;
}

/** How many hosts are in it. */
export function hostCount(size: number): number {
  return size >>> 16;
}

function allocate(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes, { maxByteLength: MAX_BYTES });
}

function clearReaders(buffer: SharedArrayBuffer): void {
  headerOf(buffer).fill(NO_READER, Header.readers, Header.readers + MAX_READERS);
}
