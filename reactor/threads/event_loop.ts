/**
 * Turns of the event loop, for loops that may find their next piece of work ready every time they ask.
 *
 * An `await` of what is ready goes on in the same turn: a socket that is read as fast as it fills, a stream that has more,
 * a message that is handled and the next one asked for. As long as that lasts, this thread has no timers, no heartbeats
 * and no message ports. So such a loop gives the event loop a turn every few milliseconds.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** How long a loop may go on before everything else in the thread gets its turn, ms. */
export const MAX_TURN_MS = 5;

/**
 * Resolves after a turn of the event loop, in which timers that are due and message ports were served. It takes some 3 µs
 * beside what is served. A message to oneself takes as long but leaves timers out, `setTimeout(…, 0)` takes a millisecond
 * or more. Sockets are served for certain only by {@link nextPoll}.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Resolves after sockets were served too. The runtime asks the kernel which of them are ready when it has nothing else to
 * do, and otherwise at every 61st turn (event_interval, https://docs.rs/tokio/latest/tokio/runtime/struct.Builder.html):
 * so many empty turns take a tenth of a millisecond.
 */
export async function nextPoll(): Promise<void> {
  for (let turn = 0; turn < TURNS_PER_POLL; turn++) await nextTurn();
}

const TURNS_PER_POLL = 61;

/**
 * Says when loops that share a thread are to give way. There is one for all loops over one socket, so that none of them
 * goes on while another waits for the turn.
 *
 * @example
 * ```ts
 * import { Turns } from "./event_loop.ts";
 *
 * const turns = new Turns();
 * for (let at = 0; at < 1_000_000; at++) {
 *   const turn = turns.due(performance.now());
 *   if (turn !== undefined) await turn;
 * }
 * ```
 */
export class Turns {
  readonly #maxMs: number;
  #dueMs = 0;
  #turn?: Promise<void>;

  /** A turn is due every `maxMs`. */
  constructor(maxMs: number = MAX_TURN_MS) {
    this.#maxMs = maxMs;
  }

  /** The turn to wait for when one is due now, as performance.now() tells; undefined when there is time left. */
  due(nowMs: number): Promise<void> | undefined {
    if (nowMs < this.#dueMs) return this.#turn;
    return this.#turn ??= this.#take();
  }

  async #take(): Promise<void> {
    await nextTurn();
    this.#turn = undefined;
    this.#dueMs = performance.now() + this.#maxMs;
  }
}

/**
 * Shares a thread out between loops that each could keep it, such as connections whose peers send without a pause: one
 * after the other gets on for {@link MAX_TURN_MS} altogether, then whatever else there is in the thread gets its turn, and
 * the next in line go on. Who has little to do never waits in line: it asks {@link isOver} only after it has done some.
 *
 * @example
 * ```ts
 * import { roundRobin } from "./event_loop.ts";
 *
 * for (let at = 0; at < 1_000_000; at++) {
 *   if (at % 16 === 15 && roundRobin.isOver) await roundRobin.next();
 * }
 * ```
 */
export class RoundRobin {
  readonly #maxMs: number;
  readonly #waiting: (() => void)[] = [];
  #endsAtMs = 0;
  /** Whether {@link #endsAtMs} is of the present turn. */
  #isCurrent = false;
  #isRunning = false;

  /** A turn lasts for `maxMs`. */
  constructor(maxMs: number = MAX_TURN_MS) {
    this.#maxMs = maxMs;
  }

  /** Says whether it is the others' turn. The first to ask in a turn of the event loop begins the time. */
  get isOver(): boolean {
    const nowMs = performance.now();
    if (this.#isCurrent || this.#isRunning) return nowMs >= this.#endsAtMs;
    this.#endsAtMs = nowMs + this.#maxMs;
    this.#isCurrent = true;
    setImmediate(() => this.#isCurrent = false);
    return false;
  }

  /** Resolves when everything else and all who came before have had their turn. */
  next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    if (!this.#isRunning) this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await nextPoll();
      this.#endsAtMs = performance.now() + this.#maxMs;
      do {
        this.#waiting.shift()!();
        await undefined; // now it goes on
      } while (this.#waiting.length > 0 && performance.now() < this.#endsAtMs);
    }
    this.#isRunning = false;
  }
}

/** The one of this thread. */
export const roundRobin: RoundRobin = new RoundRobin();
