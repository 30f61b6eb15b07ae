/**
 * The overloaded hosts by how long they have been so, and which of them have been for long enough.
 *
 * @module
 */

import { Queue } from "../host/queue.ts";
import type { HostState } from "../host/host_state.ts";

/** The overloaded hosts, the oldest first. Time never goes back here, so to join is to join at the end. */
export class OverloadAges {
  readonly #byAge = new Queue<HostState>();

  /** Takes a host whose age counts from now. */
  join(host: HostState, nowMs: number): void {
    host.agedFromMs = nowMs;
    this.#byAge.push(host.agePlace);
  }

  /** Lets go of a host, if it is here. */
  leave(host: HostState): void {
    this.#byAge.remove(host.agePlace);
  }

  /** Begins anew with these hosts, each of which goes on with its age. */
  arrange(hosts: Iterable<Readonly<HostState>>): void {
    const oldestFirst = [...hosts as Iterable<HostState>]
      .sort((a, b) => a.agedFromMs - b.agedFromMs || a.place.order - b.place.order);
    for (const host of oldestFirst) {
      this.leave(host);
      this.#byAge.push(host.agePlace);
    }
  }

  /** Says whether any host is of that age. */
  hasDue(nowMs: number, ageMs: number): boolean {
    const oldest = this.#byAge.head;
    return oldest !== undefined && nowMs - oldest.agedFromMs >= ageMs;
  }

  /** Lets go of every host of that age: the oldest first, and of equals in the order of the overloaded queue. */
  takeDue(nowMs: number, ageMs: number): HostState[] {
    const due: HostState[] = [];
    for (const host of this.#byAge) {
      if (nowMs - host.agedFromMs < ageMs) break;
      due.push(host);
    }
    for (const host of due) this.leave(host);
    return due.sort((a, b) => a.agedFromMs - b.agedFromMs || a.place.order - b.place.order);
  }
}
