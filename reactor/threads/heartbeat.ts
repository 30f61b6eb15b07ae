/**
 * How a thread is known to be alive: it raises a number in shared memory, by itself and with each piece of work that it
 * does, and whoever watches looks at that again and again.
 *
 * @module
 */

import { currentThreadId, Starvation, threadState } from "./thread_state.ts";

/** A thread's heartbeat, as it is given to the thread. */
export interface HeartbeatInit {
  /** Two Int32: how many beats there were, and which thread it is, 0 where that is not known. */
  readonly memory: SharedArrayBuffer;
  /** How often it is to beat by itself, ms. */
  readonly intervalMs: number;
}

const BEATS = 0;
const THREAD = 1;
const WORDS = 2;

/** How often a thread beats in the time after which it would be given up. */
const BEATS_PER_LIMIT = 4;

/** How often it is looked at in that time. */
const LOOKS = 16;

/** After so many looks a beat is overdue, and it is asked what the thread does. */
const OVERDUE_LOOKS = 5;

/** After so many it is given up, however little it has run. */
const MAX_LOOKS = 4 * LOOKS;

/** A look is late when it comes after so many times its interval. */
const LATE = 1.5;

/** Has this thread beat from now on, where somebody watches; gives what beats besides, in some nanoseconds. */
export function startHeartbeat(init: HeartbeatInit | undefined): () => void {
  if (init === undefined) return () => {};
  const words = new Int32Array(init.memory);
  words[THREAD] = currentThreadId();
  // Nobody else writes it, so a plain store is enough; with each datagram the other kind would cost 3 %.
  const beat = () => void (words[BEATS] = words[BEATS] + 1 | 0);
  beat();
  setInterval(beat, init.intervalMs);
  return beat;
}

/**
 * Says when a thread hangs: when it has not beaten for `hangMs` though it had the time to. One that waits for a processor
 * all the while is slow, not stuck. Counts its own looks, not time: a process that was suspended must not give up its
 * threads.
 */
export class HeartbeatMonitor {
  /** What the thread is to be given. */
  readonly init: HeartbeatInit;
  /** How often {@link look} is to be called, ms. */
  readonly lookMs: number;
  readonly #words: Int32Array<ArrayBufferLike>;
  readonly #hangMs: number;
  readonly #stateOf: typeof threadState;
  #last = 0;
  #lookedAtMs?: number;
  #silentLooks = 0;
  #lateLooks = 0;
  #starvation = new Starvation();

  /** Begins with a thread that has not beaten yet; `stateOf` tells what a thread does. */
  constructor(hangMs: number, { stateOf = threadState }: { stateOf?: typeof threadState } = {}) {
    const memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
    this.init = { memory, intervalMs: hangMs / BEATS_PER_LIMIT };
    this.lookMs = hangMs / LOOKS;
    this.#words = new Int32Array(memory);
    this.#hangMs = hangMs;
    this.#stateOf = stateOf;
  }

  /** Whether it has beaten since the last look. */
  get hasBeaten(): boolean {
    return Atomics.load(this.#words, BEATS) !== this.#last;
  }

  /** Looks, and says whether the thread hangs. It does not before its first beat, as loading modules takes its time. */
  look(nowMs: number): boolean {
    const elapsedMs = nowMs - (this.#lookedAtMs ?? nowMs);
    this.#lookedAtMs = nowMs;
    if (this.hasBeaten || this.#last === 0) this.#silentLooks = this.#lateLooks = 0;
    else this.#silentLooks++;
    this.#last = Atomics.load(this.#words, BEATS);
    // Whoever looks is late: neither does the thread get a processor then.
    if (elapsedMs > LATE * this.lookMs) this.#lateLooks++;
    if (this.#silentLooks < OVERDUE_LOOKS) return false;
    if (this.#silentLooks === OVERDUE_LOOKS) this.#starvation = new Starvation();
    this.#starvation.look(this.#stateOf(this.#words[THREAD]));
    const mayBeStarved = this.#silentLooks - this.#lateLooks < LOOKS ||
      this.#starvation.holdsFor(this.#hangMs / 4);
    return this.#silentLooks >= (mayBeStarved ? MAX_LOOKS : LOOKS);
  }
}
