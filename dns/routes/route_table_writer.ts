/**
 * The one end of a route table (route_table.ts) that writes to it.
 *
 * Blocks are appended to the segment at work, and those that are replaced are left where they are. When a segment is full
 * and less than {@link LEAST_LIVE} of all blocks are still in use, the emptiest segment is cleaned: what is in use of it is
 * appended anew, as any other block, and the segment waits until no reader can be reading it. So the table takes half as
 * much again as what is in use, and a few segments, however much is changed. What it has grown to it keeps.
 *
 * Readers go on all the while. Nothing of a table that is found is ever half-written: not even where a writer dies or hangs
 * and another one takes over, which counts anew, and fences the old one off.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import { findSlot, indexWords, SLOT_WORDS } from "./module_index.ts";
import type { RouteFrame } from "./route_frame.ts";
import {
  BLOCK_HEADER_WORDS,
  frameBytes,
  Header,
  headerOf,
  hostCount,
  indexOf,
  MAX_READERS,
  NO_HOSTS,
  placeOf,
  rangeOf,
  type RouteTable,
  SEGMENT_WORDS,
  sizeWord,
} from "./route_table.ts";

/** The share of the blocks' segments that is in use before one is cleaned. */
const LEAST_LIVE = 2 / 3;

/** A segment that was emptied, and the epoch that readers must have seen before it is used again. */
interface Emptied {
  segment: number;
  epoch: number;
}

/** Writes to a table. */
export class RouteTableWriter {
  readonly #buffer: SharedArrayBuffer;
  readonly #header: Uint32Array;
  readonly #number: number;
  #words!: Uint32Array;
  #bytes!: Uint8Array;
  #index: Uint32Array;
  /** Slots of the index in use, also by modules without hosts. */
  #slots = 0;
  /** Words in use of each segment that has blocks. */
  readonly #live = new Map<number, number>();
  #liveWords = 0;
  readonly #free: number[] = [];
  #emptied: Emptied[] = [];
  /** The segment at work: where the next block goes, and where its last word is. */
  #next = 0;
  #last = 0;

  /** Takes a table over: the writer before, if there was one, can write no more. */
  constructor({ buffer }: RouteTable) {
    this.#buffer = buffer;
    this.#header = headerOf(buffer);
    this.#number = Atomics.add(this.#header, Header.writer, 1) + 1;
    this.#index = indexOf(buffer);
    this.#openViews();
    this.#count();
  }

  /**
   * Has a module's answer be this one from now on.
   *
   * @throws {Error} When another writer has taken over.
   * @throws {RangeError} When there is no more memory for it.
   */
  put(route: RouteFrame): void {
    if (Atomics.load(this.#header, Header.writer) !== this.#number) {
      throw new Error("Cannot write to the route table as another writer has taken it over");
    }
    if (route.hostCount === 0 && this.#blockOf(route) === 0) return;
    const block = route.hostCount === 0 ? NO_HOSTS : this.#append(route);
    const before = this.#blockOf(route); // only now, as it may have been moved
    this.#setBlock(route, block);
    this.#tally(block, 1);
    this.#tally(before, -1);
  }

  #blockOf(module: ModuleName): number {
    return this.#index[findSlot(this.#index, module) + 3];
  }

  /** The store is what readers see of all this. */
  #setBlock(module: ModuleName, block: number): void {
    let at = findSlot(this.#index, module);
    if (this.#index[at + 3] === 0) {
      if (this.#index.length < indexWords(this.#slots + 1)) {
        this.#rebuildIndex();
        at = findSlot(this.#index, module);
      }
      this.#index[at] = module.modid;
      this.#index[at + 1] = module.cmdid;
      this.#slots++;
    }
    Atomics.store(this.#index, at + 3, block);
  }

  /** Adds a block to what is in use, or takes it away. */
  #tally(block: number, sign: 1 | -1): void {
    if (block <= NO_HOSTS) return;
    const size = this.#words[block];
    const segment = segmentOf(block);
    this.#live.set(segment, (this.#live.get(segment) ?? 0) + sign * blockWords(size));
    this.#liveWords += sign * blockWords(size);
    Atomics.add(this.#header, Header.modules, sign);
    Atomics.add(this.#header, Header.hosts, sign * hostCount(size));
  }

  /** Writes a block that nobody finds yet. */
  #append(route: RouteFrame): number {
    const size = sizeWord(route);
    if (this.#next + blockWords(size) > this.#last) this.#beginSegment();
    const block = this.#next;
    this.#next += blockWords(size);
    this.#words[block + 1] = route.modid;
    this.#words[block + 2] = route.cmdid;
    this.#bytes.set(route.frame, (block + BLOCK_HEADER_WORDS) * 4);
    this.#words[this.#next] = 0;
    this.#words[block] = size; // the last, so that whoever walks the segment finds whole blocks
    return block;
  }

  #beginSegment(): void {
    const emptiest = this.#isWasteful ? this.#emptiestSegment() : undefined;
    const segment = this.#takeSegments(1);
    this.#live.set(segment, 0);
    this.#next = segment * SEGMENT_WORDS;
    this.#last = this.#next + SEGMENT_WORDS - 1;
    this.#words[this.#next] = 0;
    if (emptiest !== undefined) this.#clean(emptiest);
  }

  get #isWasteful(): boolean {
    return this.#liveWords < this.#live.size * SEGMENT_WORDS * LEAST_LIVE;
  }

  /** Less than two thirds of it are in use, as of all of them: what it has fits into an empty one. */
  #emptiestSegment(): number | undefined {
    let emptiest: number | undefined;
    let least = SEGMENT_WORDS * LEAST_LIVE;
    for (const [segment, live] of this.#live) {
      if (live < least) [emptiest, least] = [segment, live];
    }
    return emptiest;
  }

  #clean(segment: number): void {
    const start = segment * SEGMENT_WORDS;
    for (let block = start, size; (size = this.#words[block]) !== 0; block += blockWords(size)) {
      const module = { modid: this.#words[block + 1], cmdid: this.#words[block + 2] };
      if (this.#blockOf(module) !== block) continue;
      const frameAt = (block + BLOCK_HEADER_WORDS) * 4;
      const frame = this.#bytes.subarray(frameAt, frameAt + frameBytes(size));
      const copy = this.#append({ ...module, frame, hostCount: hostCount(size) });
      this.#setBlock(module, copy);
      this.#tally(copy, 1);
      this.#tally(block, -1);
    }
    this.#live.delete(segment);
    this.#retire(segment);
  }

  /** Nobody finds anything in it any more. */
  #retire(segment: number): void {
    const epoch = Atomics.add(this.#header, Header.epoch, 1) + 1;
    this.#emptied.push({ segment, epoch });
  }

  /** Takes segments in a row; only one is ever wanted but for an index, which grows seldom. */
  #takeSegments(count: number): number {
    const readers = this.#header.subarray(Header.readers, Header.readers + MAX_READERS);
    let seen = Infinity;
    for (let reader = 0; reader < MAX_READERS; reader++) {
      seen = Math.min(seen, Atomics.load(readers, reader));
    }
    for (const { segment, epoch } of this.#emptied) if (epoch <= seen) this.#free.push(segment);
    this.#emptied = this.#emptied.filter(({ epoch }) => epoch > seen);
    if (count === 1 && this.#free.length > 0) return this.#free.pop()!;
    const segment = this.#buffer.byteLength / 4 / SEGMENT_WORDS;
    this.#buffer.grow(this.#buffer.byteLength + count * SEGMENT_WORDS * 4);
    this.#openViews();
    return segment;
  }

  /** Makes an index with room for as many modules again, and without those that have no hosts. */
  #rebuildIndex(): void {
    const before = rangeOf(this.#header[Header.index]);
    const words = Math.max(SEGMENT_WORDS, 2 * indexWords(this.#header[Header.modules]));
    const segment = this.#takeSegments(words / SEGMENT_WORDS);
    const index = new Uint32Array(this.#buffer, segment * SEGMENT_WORDS * 4, words).fill(0);
    this.#slots = 0;
    for (let at = 0; at < this.#index.length; at += SLOT_WORDS) {
      if (this.#index[at + 3] <= NO_HOSTS) continue;
      const slot = this.#index.subarray(at, at + SLOT_WORDS);
      index.set(slot, findSlot(index, { modid: slot[0], cmdid: slot[1] }));
      this.#slots++;
    }
    this.#index = index;
    Atomics.store(this.#header, Header.index, placeOf({ segment, words }));
    for (let at = before.start; at < before.end; at += SEGMENT_WORDS) this.#retire(segmentOf(at));
  }

  /** Begins with what is there. The segment at work of the writer before is left as it is. */
  #count(): void {
    this.#header.fill(0, Header.modules, Header.hosts + 1);
    for (let at = 0; at < this.#index.length; at += SLOT_WORDS) {
      if (this.#index[at + 3] === 0) continue;
      this.#slots++;
      this.#tally(this.#index[at + 3], 1);
    }
    const index = rangeOf(this.#header[Header.index]);
    for (let at = SEGMENT_WORDS; at < this.#words.length; at += SEGMENT_WORDS) {
      const isIndex = at >= index.start && at < index.end;
      if (!isIndex && !this.#live.has(segmentOf(at))) this.#retire(segmentOf(at));
    }
  }

  #openViews(): void {
    this.#words = new Uint32Array(this.#buffer, 0, this.#buffer.byteLength / 4);
    this.#bytes = new Uint8Array(this.#buffer, 0, this.#buffer.byteLength);
  }
}

function segmentOf(word: number): number {
  return Math.floor(word / SEGMENT_WORDS);
}

function blockWords(size: number): number {
  return BLOCK_HEADER_WORDS + Math.ceil(frameBytes(size) / 4);
}
