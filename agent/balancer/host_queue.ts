/**
 * A queue of hosts that costs O(1) whatever it holds: a doubly linked list through places that the hosts themselves own,
 * so that joining, leaving from anywhere, and moving to the tail neither search nor allocate.
 *
 * Whether a host is in the right queue is the balancer's business. A place is in one queue at most: putting it into a
 * second breaks both.
 *
 * @module
 */

import type { HostState } from "./host_state.ts";

/** Where a host stands in a queue. A host has one place for each queue it can be in at a time. */
export class Place {
  /** Whose place it is. */
  readonly host: HostState;
  /** The place nearer to the head. */
  previous: Place | undefined = undefined;
  /** The place nearer to the tail. */
  next: Place | undefined = undefined;
  /** Rises from head to tail, and compares two places of a queue without walking it. */
  order = 0;
  /** The queue that it is in. */
  queue: HostQueue | undefined = undefined;

  /** A place in no queue yet. */
  constructor(host: HostState) {
    this.host = host;
  }
}

/** A queue of hosts, iterated head first. */
export class HostQueue implements Iterable<Readonly<HostState>> {
  #head: Place | undefined = undefined;
  #tail: Place | undefined = undefined;
  #size = 0;
  #pushed = 0;

  /** How many hosts it holds. */
  get size(): number {
    return this.#size;
  }

  /** The host at the head, or undefined when the queue is empty. */
  get head(): HostState | undefined {
    return this.#head?.host;
  }

  /** Puts a place at the tail. */
  push(place: Place): void {
    place.queue = this;
    place.order = ++this.#pushed;
    place.previous = this.#tail;
    if (this.#tail === undefined) this.#head = place;
    else this.#tail.next = place;
    this.#tail = place;
    this.#size++;
  }

  /** Takes a place out, wherever it stands; one that is not in here stays where it is. */
  remove(place: Place): void {
    if (place.queue !== this) return;
    const { previous, next } = place;
    if (previous === undefined) this.#head = next;
    else previous.next = next;
    if (next === undefined) this.#tail = previous;
    else next.previous = previous;
    place.previous = undefined;
    place.next = undefined;
    place.queue = undefined;
    this.#size--;
  }

  /** Moves the head to the tail, and returns its host; undefined when the queue is empty. */
  take(): HostState | undefined {
    const place = this.#head;
    if (place === undefined) return undefined;
    this.moveToTail(place);
    return place.host;
  }

  /** Moves a place that is in here to the tail. */
  moveToTail(place: Place): void {
    const { previous, next } = place;
    place.order = ++this.#pushed;
    if (next === undefined) return; // is there already
    next.previous = previous;
    if (previous === undefined) this.#head = next;
    else previous.next = next;
    const tail = this.#tail as Place;
    tail.next = place;
    place.previous = tail;
    place.next = undefined;
    this.#tail = place;
  }

  /** The hosts, head first. The queue must not change meanwhile. */
  *[Symbol.iterator](): Generator<HostState, void, undefined> {
    for (let place = this.#head; place !== undefined; place = place.next) yield place.host;
  }
}
