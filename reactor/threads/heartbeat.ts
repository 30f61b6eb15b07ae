/**
 * How a thread is known to be alive: it raises a number in shared memory, by itself and with each piece of work that it
 * does, and whoever watches reads it at intervals.
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

/** Checks in that time. */
const CHECKS = 16;

/** After so many checks a beat is overdue, and the state of the thread is read. */
const OVERDUE_CHECKS = 5;

/** After so many the thread is given up, however little it has run. */
const MAX_CHECKS = 4 * CHECKS;

/** A check is late when it comes after so many times its interval. */
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
 * all the while is slow, not stuck. Counts its own checks, not time: a process that was suspended must not give up its
 * threads.
 */
export class HeartbeatMonitor {
  /** What the thread is to be given. */
  readonly init: HeartbeatInit;
  /** How often {@link check} is to be called, ms. */
  readonly checkMs: number;
  readonly #words: Int32Array<ArrayBufferLike>;
  readonly #hangMs: number;
  readonly #stateOf: typeof threadState;
  #last = 0;
  #checkedAtMs?: number;
  #silentChecks = 0;
  #lateChecks = 0;
  #starvation = new Starvation();

  /** Begins with a thread that has not beaten yet; `stateOf` gives the state of a thread. */
  constructor(hangMs: number, { stateOf = threadState }: { stateOf?: typeof threadState } = {}) {
    const memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
    this.init = { memory, intervalMs: hangMs / BEATS_PER_LIMIT };
    this.checkMs = hangMs / CHECKS;
    this.#words = new Int32Array(memory);
    this.#hangMs = hangMs;
    this.#stateOf = stateOf;
  }

  /** Whether it has beaten since the last check. */
  get hasBeaten(): boolean {
    return Atomics.load(this.#words, BEATS) !== this.#last;
  }

  /** Checks whether the thread hangs. It does not before its first beat, as loading modules takes its time. */
  check(nowMs: number): boolean {
    const elapsedMs = nowMs - (this.#checkedAtMs ?? nowMs);
    this.#checkedAtMs = nowMs;
    if (this.hasBeaten || this.#last === 0) this.#silentChecks = this.#lateChecks = 0;
    else this.#silentChecks++;
    this.#last = Atomics.load(this.#words, BEATS);
    // This thread is late itself: neither does the other get a processor then.
    if (elapsedMs > LATE * this.checkMs) this.#lateChecks++;
    if (this.#silentChecks < OVERDUE_CHECKS) return false;
    if (this.#silentChecks === OVERDUE_CHECKS) this.#starvation = new Starvation();
    this.#starvation.sample(this.#stateOf(this.#words[THREAD]));
    const mayBeStarved = this.#silentChecks - this.#lateChecks < CHECKS ||
      this.#starvation.holdsFor(this.#hangMs / 4);
    return this.#silentChecks >= (mayBeStarved ? MAX_CHECKS : CHECKS);
  }
}
