/**
 * Turns of the event loop, for loops that may find their next piece of work ready every time they ask.
 *
 * An `await` of what is ready goes on in the same turn: a socket that is read as fast as it fills, a stream that has more,
 * a message that is handled and the next one asked for. As long as that lasts, this thread has no timers, no heartbeats
 * and no message ports. So such a loop gives the event loop a turn every few milliseconds.
 *
 * @module
 */

/** How long a loop may go on before everything else in the thread gets its turn, ms. */
export const MAX_TURN_MS = 5;

/**
 * Resolves after a turn of the event loop, in which timers that are due, message ports and sockets were served. It takes
 * some 3 µs beside what is served. A message to oneself takes as long but leaves timers out, `setTimeout(…, 0)` takes a
 * millisecond or more.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

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
