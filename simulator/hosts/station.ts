/**
 * A host that can serve so many calls at once: the others wait in line. A call that its caller has given up on is served
 * all the same, which is how a pool that is too small for its load stays down after the load has gone.
 *
 * @module
 */

import { TimeQueue } from "../time_queue.ts";

/** The call is turned away, since the line is too long. */
export const TURNED_AWAY = -1;

/** The workers of one host, and the line before them. */
export class Station {
  readonly #maxWaitMs: number;
  /** When each worker has done all that it was given. */
  readonly #free = new TimeQueue();

  /** Free workers; a call that would wait longer than `maxWaitMs` is turned away. */
  constructor({ workers, maxWaitMs }: { workers: number; maxWaitMs: number }) {
    this.#maxWaitMs = maxWaitMs;
    for (let worker = 0; worker < workers; worker++) this.#free.push(worker, 0);
  }

  /** How long a call that comes now would wait for a worker, ms. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#free.nextMs - nowMs);
  }

  /** Whether a call that would wait so long is turned away. */
  turnsAway(waitMs: number): boolean {
    return waitMs > this.#maxWaitMs;
  }

  /** Takes a call that needs a worker for `serviceMs`; how long it waits for one, ms, or {@link TURNED_AWAY}. */
  accept(serviceMs: number, nowMs: number): number {
    const waitMs = this.waitMs(nowMs);
    if (this.turnsAway(waitMs)) return TURNED_AWAY;
    this.#free.push(this.#free.take(), nowMs + waitMs + serviceMs);
    return waitMs;
  }
}
