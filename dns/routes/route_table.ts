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
  #words!: Uint32Array;
  #bytes!: Uint8Array;
  #index!: Uint32Array;
  #indexPlace = 0;

  /** Makes an empty table. */
  static create(): RouteTable {
    const buffer = new SharedArrayBuffer(2 * SEGMENT_WORDS * 4, { maxByteLength: MAX_BYTES });
    const header = headerOf(buffer);
    header[Header.index] = placeOf({ segment: 1, words: SEGMENT_WORDS });
    header.fill(NO_READER, Header.readers, Header.readers + MAX_READERS);
    return new RouteTable(buffer);
  }

  /** Joins the table that lies in `buffer`. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#header = headerOf(buffer);
    this.#openViews();
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

  /** A module's route, its frame a view of the table; undefined when the module has no hosts. */
  route({ modid, cmdid }: ModuleName): RouteFrame | undefined {
    const block = this.#find({ modid, cmdid });
    if (block <= NO_HOSTS) return undefined;
    const frame = this.#frameAt(block);
    return { modid, cmdid, frame, hostCount: hostCount(this.#words[block]) };
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

  /** The load is atomic, so that what the block says is seen as it was written before. */
  #find(module: ModuleName): number {
    const index = this.#openIndex();
    return Atomics.load(index, findSlot(index, module) + 3);
  }

  #frameAt(block: number): Uint8Array {
    if (block >= this.#words.length) this.#openViews();
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

  #openViews(): void {
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

/** The word that a route's block begins with. */
export function sizeWord({ frame, hostCount }: RouteFrame): number {
  return (hostCount << 16 | frame.length) >>> 0;
}

/** How many bytes the frame of a block has that begins with this word. */
export function frameBytes(size: number): number {
  return size & 0xffff;
}

/** How many hosts are in it. */
export function hostCount(size: number): number {
  return size >>> 16;
}
