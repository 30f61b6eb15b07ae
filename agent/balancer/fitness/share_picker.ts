/**
 * Shares picks out in proportion: hosts of the same share take turns in exact rotation, and shares take turns among each
 * other by earliest deadline.
 *
 * The hosts of one share are a class. Each class's k-th pick belongs into a window of virtual time, from k/w to (k + 1)/w, w
 * being what the shares of its hosts are together; virtual time goes on by 1/W with every pick, W being the sum of all. Of
 * the classes whose window has opened, the one whose window closes first is next: the fair schedule "Pfair" (Baruah, Cohen,
 * Plaxton, Varvel, "Proportionate progress", Algorithmica 15, 1996) for one processor. While the hosts and their shares stay
 * as they are, each host has after N picks had less than one pick more or less than its part of N; where all shares are
 * equal that is the plain queue.
 *
 * A class whose hosts come and go keeps what it is ahead or behind, in picks. Windows are divided out of whole counts of
 * picks and never added up, so that no rounding error grows. O(log classes) whatever the number of hosts, O(1) in one class.
 *
 * @module
 */

import { type HeapEntry, IndexedHeap } from "../host/indexed_heap.ts";
import { Queue } from "../host/queue.ts";
import type { HostState } from "../host/host_state.ts";

/** Two moments of virtual time so near each other, as a part of the step between two picks, are one. */
const TOLERANCE = 1e-6;

/** Classes without hosts that are kept for when they have some again. */
const MAX_EMPTY_CLASSES = 64;

/** A host that can be given a share. */
export interface ShareHolder extends HostState {
  /** The class of its share; only the picker writes to it. */
  shareClass: ShareClass | undefined;
}

/** The hosts of one share. */
export class ShareClass implements HeapEntry {
  /** Of each of its hosts. */
  readonly share: number;
  /** Which of two classes goes first whose windows are the same. */
  readonly order: number;
  /** Its hosts, the next one first. */
  readonly hosts: Queue<HostState> = new Queue<HostState>();
  /** See {@link HeapEntry}. */
  heapIndex = -1;
  /** The weight that its windows are made of. */
  weight = 0;
  /** Virtual time from which its windows count, */
  origin = 0;
  /** its picks since, */
  picks = 0;
  /** and when its next window opens */
  opens = 0;
  /** and closes. */
  closes = 0;

  /** A class without hosts. */
  constructor(share: number, order: number) {
    this.share = share;
    this.order = order;
  }
}

/** Picks hosts in proportion to their shares. */
export class SharePicker<Holder extends ShareHolder> implements Iterable<Holder> {
  readonly #classes = new Map<number, ShareClass>();
  /** Those whose window may not have opened, by when it does. */
  readonly #waiting = new IndexedHeap<ShareClass>((a, b) => isBefore(a.opens, b.opens, a, b));
  /** Those whose window has opened, by when it closes. */
  readonly #ready = new IndexedHeap<ShareClass>((a, b) => isBefore(a.closes, b.closes, a, b));
  #weights = 0;
  /** Virtual time when the sum of the weights last changed, and picks since. */
  #origin = 0;
  #picks = 0;
  #size = 0;
  #ordered = 0;

  /** How many hosts there are. */
  get size(): number {
    return this.#size;
  }

  /** Gives a host a share, the first or another one. A host whose share changes goes to the end of its new class. */
  set(host: Holder, share: number): void {
    if (host.shareClass?.share === share) return;
    this.remove(host);
    const to = this.#classOf(share);
    to.hosts.push(host.place);
    host.shareClass = to;
    this.#size++;
    this.#resize(to);
  }

  /** Lets go of a host; one that is not here is left alone. */
  remove(host: Holder): void {
    const from = host.shareClass;
    if (from === undefined) return;
    from.hosts.remove(host.place);
    host.shareClass = undefined;
    this.#size--;
    this.#resize(from);
  }

  /** The host whose turn it is; undefined when there is none. */
  pick(): Holder | undefined {
    if (this.#size === 0) return undefined;
    const isOnly = this.#waiting.size + this.#ready.size === 1;
    if (isOnly) return (this.#waiting.least ?? this.#ready.least)!.hosts.take() as Holder;
    const next = this.#open();
    this.#ready.remove(next);
    next.picks++;
    this.#picks++;
    setWindow(next);
    this.#waiting.push(next);
    return next.hosts.take() as Holder;
  }

  /** The hosts, class by class, each in the order of their turns. */
  *[Symbol.iterator](): Generator<Holder, void, undefined> {
    for (const { hosts } of this.#classes.values()) yield* hosts as Queue<Holder>;
  }

  #classOf(share: number): ShareClass {
    const known = this.#classes.get(share);
    if (known !== undefined) return known;
    if (this.#classes.size > this.#waiting.size + this.#ready.size + MAX_EMPTY_CLASSES) {
      for (const [key, { hosts }] of this.#classes) if (hosts.size === 0) this.#classes.delete(key);
    }
    const added = new ShareClass(share, this.#ordered++);
    this.#classes.set(share, added);
    return added;
  }

  /** The class whose turn it is, once the windows that open before the next step of virtual time have been opened. */
  #open(): ShareClass {
    const until = this.#virtualTime(this.#picks + 1 - TOLERANCE);
    for (;;) {
      const opening = this.#waiting.least;
      // A class that was emptied may have taken the only open window with it: then the first to open does.
      if (opening === undefined || (opening.opens >= until && this.#ready.size > 0)) break;
      this.#waiting.remove(opening);
      this.#ready.push(opening);
    }
    return this.#ready.least as ShareClass;
  }

  /** Weighs a class anew whose hosts have come or gone. */
  #resize(changed: ShareClass): void {
    this.#rebase();
    const weight = changed.share * changed.hosts.size;
    let behind = 0;
    if (changed.weight > 0) {
      behind = (this.#origin - changed.origin) * changed.weight - changed.picks;
      if (this.#ready.has(changed)) this.#ready.remove(changed);
      else this.#waiting.remove(changed);
    }
    this.#weights = this.#size === 0 ? 0 : this.#weights + weight - changed.weight;
    changed.weight = weight;
    changed.picks = 0;
    if (weight === 0) return;
    changed.origin = this.#origin - behind / weight;
    setWindow(changed);
    this.#waiting.push(changed);
  }

  #virtualTime(picks: number): number {
    return this.#weights === 0 ? this.#origin : this.#origin + picks / this.#weights;
  }

  /** To be called before the sum of the weights changes. */
  #rebase(): void {
    this.#origin = this.#virtualTime(this.#picks);
    this.#picks = 0;
  }
}

function setWindow(next: ShareClass): void {
  next.opens = next.origin + next.picks / next.weight;
  next.closes = next.origin + (next.picks + 1) / next.weight;
}

function isBefore(a: number, b: number, first: ShareClass, second: ShareClass): boolean {
  return a === b ? first.order < second.order : a < b;
}
