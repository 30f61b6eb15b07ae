/**
 * The verdicts of one shard's balancers, in memory that outlives its thread: the thread that replaces one that threw,
 * ended or hangs finds there which hosts were overloaded, since when, and what came of their probes.
 *
 * Shared memory, as a thread that hangs cannot send anything: what it knew was written there when it learned it. Each host
 * has a slot of 16 numbers, written when its verdict changes, and free again when it is overloaded no more:
 *
 *     state (0 free, 1 taken), modid, cmdid, ip, port, then the numbers of a {@link Verdict}
 *
 * Slot 0 has the owner, which alone may write, and how many slots were ever used. The thread that came last writes; one that
 * comes out of its loop after it was replaced writes nothing more. Times are Unix times there, as threads' clocks do not
 * begin together.
 *
 * @module
 */

import { ModuleMap, type ModuleName } from "../../proto/mod.ts";
import type { HostState, Verdict, VerdictKeeper } from "../balancer/mod.ts";

/** Overloaded hosts of a shard whose verdicts are kept. */
export const MAX_VERDICTS = 65_536;

const SLOT_WORDS = 16;

/** Of the first slot, as integers: the owner, and the slots that were ever used. */
const OWNER = 0;
const USED = 1;

/** What a {@link VerdictTable} is made of. */
export interface VerdictTableOptions {
  /**
   * Memory made by {@link VerdictTable.allocate}; what stands there is inherited.
   * @default memory of its own
   */
  memory?: SharedArrayBuffer;
  /**
   * Unix time at which the balancers' clock is 0, ms.
   * @default performance.timeOrigin
   */
  originMs?: number;
  /** Is called for each host that there is no room for. */
  onFull?: () => void;
}

/** Keeps the verdicts of one shard. */
export class VerdictTable {
  readonly #words: Float64Array;
  readonly #header: Int32Array;
  readonly #originMs: number;
  readonly #onFull?: () => void;
  readonly #owner: number;
  readonly #slots = new Map<Readonly<HostState>, number>();
  readonly #free: number[] = [];
  /** The slots of each module that was not there yet. */
  readonly #inherited = new ModuleMap<number[]>();

  /** Memory for the verdicts of a shard; pages that were never written to take none. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer((1 + MAX_VERDICTS) * SLOT_WORDS * Float64Array.BYTES_PER_ELEMENT);
  }

  /** Takes over what stands in the memory, and writes there from now on. */
  constructor(
    { memory = VerdictTable.allocate(), originMs = performance.timeOrigin, onFull }:
      VerdictTableOptions = {},
  ) {
    this.#words = new Float64Array(memory);
    this.#header = new Int32Array(memory, 0, 2);
    this.#originMs = originMs;
    this.#onFull = onFull;
    this.#owner = Atomics.add(this.#header, OWNER, 1) + 1;
    for (let slot = 1; slot <= this.#header[USED]; slot++) {
      if (this.#words[slot * SLOT_WORDS] === 0) this.#free.push(slot);
      else this.#inherit(slot);
    }
  }

  /** Keeps the verdicts of a module. */
  keeperOf({ modid, cmdid }: ModuleName): VerdictKeeper {
    return {
      keep: (host) => {
        if (!this.#isMine) return;
        const slot = this.#slotOf(host);
        if (slot === undefined) return;
        const words = this.#words;
        const at = slot * SLOT_WORDS;
        words[at + 1] = modid;
        words[at + 2] = cmdid;
        words[at + 3] = host.ip;
        words[at + 4] = host.port;
        words[at + 5] = this.#originMs + host.sinceMs;
        words[at + 6] = this.#originMs + host.triedAtMs;
        words[at + 7] = host.vsucc;
        words[at + 8] = host.verr;
        words[at + 9] = host.rsucc;
        words[at + 10] = host.rerr;
        words[at + 11] = host.runSucc;
        words[at + 12] = host.runErr;
        words[at] = 1;
      },
      drop: (host) => {
        const slot = this.#slots.get(host);
        if (slot === undefined) return;
        this.#slots.delete(host);
        this.#release(slot);
      },
    };
  }

  /** Takes out what was inherited of a module. */
  take({ modid, cmdid }: ModuleName): Verdict[] {
    const slots = this.#inherited.get(modid, cmdid) ?? [];
    this.#inherited.delete(modid, cmdid);
    const verdicts = slots.map((slot) => this.#read(slot));
    for (const slot of slots) this.#release(slot);
    return verdicts;
  }

  /** Forgets what was inherited and not taken. */
  *forgetInherited(): Generator<void> {
    for (const slots of this.#inherited.values()) {
      for (const slot of slots) this.#release(slot);
      yield;
    }
    this.#inherited.clear();
  }

  get #isMine(): boolean {
    return Atomics.load(this.#header, OWNER) === this.#owner;
  }

  #slotOf(host: Readonly<HostState>): number | undefined {
    let slot = this.#slots.get(host);
    if (slot !== undefined) return slot;
    slot = this.#free.pop();
    if (slot === undefined && this.#header[USED] < MAX_VERDICTS) slot = ++this.#header[USED];
    if (slot === undefined) this.#onFull?.();
    else this.#slots.set(host, slot);
    return slot;
  }

  #release(slot: number): void {
    if (!this.#isMine) return;
    this.#words[slot * SLOT_WORDS] = 0;
    this.#free.push(slot);
  }

  #inherit(slot: number): void {
    const at = slot * SLOT_WORDS;
    const [modid, cmdid] = [this.#words[at + 1], this.#words[at + 2]];
    const slots = this.#inherited.get(modid, cmdid);
    if (slots === undefined) this.#inherited.set(modid, cmdid, [slot]);
    else slots.push(slot);
  }

  #read(slot: number): Verdict {
    const words = this.#words;
    const at = slot * SLOT_WORDS;
    return {
      ip: words[at + 3],
      port: words[at + 4],
      sinceMs: words[at + 5] - this.#originMs,
      triedMs: words[at + 6] - this.#originMs,
      vsucc: words[at + 7],
      verr: words[at + 8],
      rsucc: words[at + 9],
      rerr: words[at + 10],
      runSucc: words[at + 11],
      runErr: words[at + 12],
    };
  }
}
