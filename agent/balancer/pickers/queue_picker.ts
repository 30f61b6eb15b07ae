/**
 * The plain queue: round robin.
 *
 * @module
 */

import type { HostState } from "../host/host_state.ts";
import type { Queue } from "../host/queue.ts";
import type { Picker } from "./picker.ts";

/** Picks the head of a queue whose owner keeps it: hosts join its tail, and those picked move there. */
export class QueuePicker implements Picker {
  readonly #queue: Queue<HostState>;

  /** Picks from `queue`. */
  constructor(queue: Queue<HostState>) {
    this.#queue = queue;
  }

  /** The head. */
  pick(): HostState {
    return this.#queue.head as HostState;
  }

  /** Nothing to do: the queue's owner does it. */
  add(): void {}

  /** Likewise. */
  remove(): void {}

  /** Picks go by the queue alone. */
  onPick(): void {}

  /** Likewise. */
  onResult(): void {}

  /** Nothing is known. */
  describe(): undefined {}
}
