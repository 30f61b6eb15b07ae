/**
 * A queue that costs O(1) whatever it holds: a doubly linked list through places that its members themselves own, so that
 * joining, leaving from anywhere, and moving to the tail neither search nor allocate. (A Map or Set is no such queue: its
 * first entry is found behind all the deleted ones.)
 *
 * Whether somebody is in the right queue is the owner's business. A place is in one queue at most: putting it into a
 * second breaks both.
 *
 * @module
 */

/** Where somebody stands in a queue. Whoever can be in several queues at a time has a place for each. */
export class Place<Owner> {
  /** Whose place it is. */
  readonly owner: Owner;
  /** The place nearer to the head. */
  previous: Place<Owner> | undefined = undefined;
  /** The place nearer to the tail. */
  next: Place<Owner> | undefined = undefined;
  /** Rises from head to tail, and compares two places of a queue without walking it. */
  order = 0;
  /** The queue that it is in. */
  queue: Queue<Owner> | undefined = undefined;

  /** A place in no queue yet. */
  constructor(owner: Owner) {
    this.owner = owner;
  }
}

/** A queue, iterated head first. */
export class Queue<Owner> implements Iterable<Owner> {
  #head: Place<Owner> | undefined = undefined;
  #tail: Place<Owner> | undefined = undefined;
  #size = 0;
  #pushed = 0;

  /** How many it holds. */
  get size(): number {
    return this.#size;
  }

  /** Who is at the head, or undefined when the queue is empty. */
  get head(): Owner | undefined {
    return this.#head?.owner;
  }

  /** Puts a place at the tail. */
  push(place: Place<Owner>): void {
    place.queue = this;
    place.order = ++this.#pushed;
    place.previous = this.#tail;
    if (this.#tail === undefined) this.#head = place;
    else this.#tail.next = place;
    this.#tail = place;
    this.#size++;
  }

  /** Takes a place out, wherever it stands; one that is not in here stays where it is. */
  remove(place: Place<Owner>): void {
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

  /** Moves the head to the tail, and returns its owner; undefined when the queue is empty. */
  take(): Owner | undefined {
    const place = this.#head;
    if (place === undefined) return undefined;
    this.moveToTail(place);
    return place.owner;
  }

  /** Moves a place that is in here to the tail. */
  moveToTail(place: Place<Owner>): void {
    const { previous, next } = place;
    place.order = ++this.#pushed;
    if (next === undefined) return; // is there already
    next.previous = previous;
    if (previous === undefined) this.#head = next;
    else previous.next = next;
    const tail = this.#tail as Place<Owner>;
    tail.next = place;
    place.previous = tail;
    place.next = undefined;
    this.#tail = place;
  }

  /** Those in it, head first. The queue must not change meanwhile. */
  *[Symbol.iterator](): Generator<Owner, void, undefined> {
    for (let place = this.#head; place !== undefined; place = place.next) yield place.owner;
  }
}
