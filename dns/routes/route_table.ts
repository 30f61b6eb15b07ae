/**
 * The routes that dns serves, in one block of shared memory: built once, never changed, read by every worker. A module's
 * complete answer lies in it ready-made, so answering is finding it and copying its bytes. Says nothing of where routes
 * come from, nor of when one table replaces another.
 *
 * Layout, in 32-bit words: module count, host count, index words, frame bytes; then the index (module_index.ts), whose
 * two words are a frame's offset and `hosts << 16 | bytes` (a frame has at most 65,535 bytes, and so fewer hosts); then
 * the frames, end to end. A module without hosts is not in it.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import { CutRanges } from "./cut_ranges.ts";
import { doubleIndex, findSlot, indexWords, SLOT_WORDS } from "./module_index.ts";
import { isSameFrame, type RouteFrame } from "./route_frame.ts";

const HEADER_WORDS = 4;

/** An immutable table of routes. */
export class RouteTable {
  /** The memory to hand to another thread. */
  readonly buffer: SharedArrayBuffer;
  /** How many modules have hosts. */
  readonly moduleCount: number;
  /** How many hosts they have together. */
  readonly hostCount: number;
  readonly #index: Uint32Array;
  readonly #frames: Uint8Array;

  /** Joins the table that lies in `buffer`. */
  constructor(buffer: SharedArrayBuffer) {
    const parts = openTable(buffer);
    this.buffer = buffer;
    this.moduleCount = parts.moduleCount;
    this.hostCount = parts.hostCount;
    this.#index = parts.index;
    this.#frames = parts.frames;
  }

  /** A module's frame, a view of the table, or undefined when the module has no hosts. */
  frame(module: ModuleName): Uint8Array | undefined {
    const at = findSlot(this.#index, module);
    const size = this.#index[at + 3];
    if (size === 0) return undefined;
    const offset = this.#index[at + 2];
    return this.#frames.subarray(offset, offset + frameBytes(size));
  }

  /** A module's route, its frame a view of the table; undefined when the module has no hosts. */
  route({ modid, cmdid }: ModuleName): RouteFrame | undefined {
    const frame = this.frame({ modid, cmdid });
    if (frame === undefined) return undefined;
    const size = this.#index[findSlot(this.#index, { modid, cmdid }) + 3];
    return { modid, cmdid, frame, hostCount: hostCount(size) };
  }

  /** Says whether a module's answer is exactly `route`. */
  holds(route: RouteFrame): boolean {
    const frame = this.frame(route);
    if (frame === undefined) return route.hostCount === 0;
    return route.hostCount > 0 && isSameFrame(frame, route.frame);
  }

  /** Every module that has hosts, in no particular order. */
  *modules(): Generator<ModuleName> {
    for (const at of usedSlots(this.#index)) yield moduleAt(this.#index, at);
  }

  /** Every module whose answer is another one in `next`; those that are in only one of the tables are among them. */
  *diff(next: RouteTable): Generator<ModuleName> {
    for (const module of next.modules()) {
      const frame = this.frame(module);
      if (frame === undefined || !isSameFrame(frame, next.frame(module)!)) yield module;
    }
    for (const module of this.modules()) {
      if (next.frame(module) === undefined) yield module;
    }
  }

  /** Makes a table that has the modules of `routes`, each named once, as they are there, and all others as here. */
  patch(routes: readonly RouteFrame[]): RouteTable {
    const builder = RouteTableBuilder.without(this, routes);
    for (const route of routes) builder.add(route);
    return builder.build();
  }
}

/** A table in the making. It can be left and come back to, so that a long build need not hold its thread up. */
export class RouteTableBuilder {
  #moduleCount = 0;
  #hostCount = 0;
  #index: Uint32Array;
  #frames: Uint8Array;
  #bytes = 0;

  /** Begins with nothing. */
  constructor() {
    this.#index = new Uint32Array(indexWords(0));
    this.#frames = new Uint8Array(4096);
  }

  /**
   * Begins with everything in `table` but some modules. Frames that stay are moved in long runs that close the gaps of
   * those that do not: little more than copying memory.
   */
  static without(table: RouteTable, modules: readonly ModuleName[]): RouteTableBuilder {
    const { index, frames } = openTable(table.buffer);
    const left = new Set(modules.map((module) => findSlot(index, module)));
    const cut = new CutRanges(
      [...left].filter((at) => index[at + 3] !== 0)
        .map((at) => ({ offset: index[at + 2], bytes: frameBytes(index[at + 3]) })),
    );
    const builder = new RouteTableBuilder();
    builder.#index = new Uint32Array(index.length);
    builder.#frames = new Uint8Array(frames.length);
    for (const { from, to } of cut.kept(frames.length)) {
      builder.#append(frames.subarray(from, to));
    }
    for (const at of usedSlots(index)) {
      if (left.has(at)) continue;
      builder.#place(moduleAt(index, at), {
        offset: cut.movedTo(index[at + 2]),
        size: index[at + 3],
      });
    }
    return builder;
  }

  /** Adds a module that is not in it yet; one without hosts is passed over. */
  add(route: RouteFrame): void {
    if (route.hostCount === 0) return;
    const size = (route.hostCount << 16 | route.frame.length) >>> 0;
    this.#place(route, { offset: this.#bytes, size });
    this.#append(route.frame);
  }

  /** Makes the table. */
  build(): RouteTable {
    const indexStart = HEADER_WORDS * 4;
    const framesStart = indexStart + this.#index.byteLength;
    const buffer = new SharedArrayBuffer(framesStart + this.#bytes);
    new Uint32Array(buffer, 0, HEADER_WORDS)
      .set([this.#moduleCount, this.#hostCount, this.#index.length, this.#bytes]);
    new Uint32Array(buffer, indexStart, this.#index.length).set(this.#index);
    new Uint8Array(buffer, framesStart).set(this.#frames.subarray(0, this.#bytes));
    return new RouteTable(buffer);
  }

  #append(bytes: Uint8Array): void {
    const end = this.#bytes + bytes.length;
    if (end > this.#frames.length) {
      const larger = new Uint8Array(Math.max(end, this.#frames.length * 2));
      larger.set(this.#frames);
      this.#frames = larger;
    }
    this.#frames.set(bytes, this.#bytes);
    this.#bytes = end;
  }

  #place(module: ModuleName, { offset, size }: { offset: number; size: number }): void {
    if (this.#index.length < indexWords(this.#moduleCount + 1)) {
      this.#index = doubleIndex(this.#index);
    }
    const at = findSlot(this.#index, module);
    this.#index[at] = module.modid;
    this.#index[at + 1] = module.cmdid;
    this.#index[at + 2] = offset;
    this.#index[at + 3] = size;
    this.#moduleCount++;
    this.#hostCount += hostCount(size);
  }
}

function openTable(buffer: SharedArrayBuffer) {
  const [moduleCount, hostCount, words, bytes] = new Uint32Array(buffer, 0, HEADER_WORDS);
  const index = new Uint32Array(buffer, HEADER_WORDS * 4, words);
  const frames = new Uint8Array(buffer, (HEADER_WORDS + words) * 4, bytes);
  return { moduleCount, hostCount, index, frames };
}

function* usedSlots(index: Uint32Array): Generator<number> {
  for (let at = 0; at < index.length; at += SLOT_WORDS) {
    if (index[at + 3] !== 0) yield at;
  }
}

function moduleAt(index: Uint32Array, at: number): ModuleName {
  return { modid: index[at], cmdid: index[at + 1] };
}

function frameBytes(size: number): number {
  return size & 0xffff;
}

function hostCount(size: number): number {
  return size >>> 16;
}
