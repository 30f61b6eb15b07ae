/**
 * Picks in proportion to weights, smoothly interleaved: the improvement `weights`, and with it `slowStartMs`.
 *
 * Each host's k-th pick belongs into a window of virtual time, from k/w to (k + 1)/w, w being its weight; virtual time goes
 * on by 1/W with every pick, W being the sum of the weights. Of the hosts whose window has opened, the one whose window
 * closes first is next. That is the fair schedule "Pfair" (Baruah, Cohen, Plaxton, Varvel, "Proportionate progress",
 * Algorithmica 15, 1996) for one processor, where the earliest deadline first keeps all of them: while the hosts stay the
 * same, each has after N picks had less than one pick more or less than N × w/W.
 *
 * A host whose weight changes keeps what it is ahead or behind, in picks. One that starts slowly is weighed anew again and
 * again, not only when it is picked: what it waits for would be long over.
 *
 * Windows are divided out of whole counts of picks and never added up, so that no rounding error grows. Hosts join and leave
 * at any time in O(log hosts): what is due to the others is in virtual time, which does not depend on who else is there.
 *
 * @module
 */

import type { HostState } from "../host/host_state.ts";
import { type HeapEntry, IndexedHeap } from "../host/indexed_heap.ts";
import { slowStartPart } from "./slow_start.ts";
import type { Picker } from "./picker.ts";

/** Two moments of virtual time so near each other, as a part of the step between two picks, are one. */
const TOLERANCE = 1e-6;

interface Slot extends HeapEntry {
  readonly host: HostState;
  /** The weight that its windows are made of. */
  weight: number;
  /** Virtual time from which its windows count, */
  origin: number;
  /** its picks since, */
  picks: number;
  /** and when its next window opens and closes. */
  opens: number;
  closes: number;
}

/** Picks idle hosts in proportion to their weights. */
export class WeightedPicker implements Picker {
  readonly #slowStartMs: number;
  /** The hosts whose weights may still rise, and which of them was weighed last. */
  readonly #starting: Slot[] = [];
  #weighed = 0;
  readonly #slots = new Map<HostState, Slot>();
  /** Those whose window may not have opened, by when it does. */
  readonly #waiting = new IndexedHeap<Slot>((a, b) => isBefore(a.opens, b.opens, a, b));
  /** Those whose window has opened, by when it closes. */
  readonly #ready = new IndexedHeap<Slot>((a, b) => isBefore(a.closes, b.closes, a, b));
  #weights = 0;
  /** Virtual time when the sum of the weights last changed, and picks since. */
  #origin = 0;
  #picks = 0;

  /** Begins without hosts. A host that joins gets to its full share within `slowStartMs`. */
  constructor(slowStartMs = 0) {
    this.#slowStartMs = slowStartMs;
  }

  /** Takes a host, whose first window opens now, or weighs one anew. */
  add(host: HostState, nowMs: number): void {
    const known = this.#slots.get(host);
    if (known !== undefined) return this.#weigh(known, nowMs);
    this.#rebase();
    const window = { origin: 0, picks: 0, opens: 0, closes: 0 };
    const slot: Slot = { host, weight: 0, ...window, heapIndex: -1 };
    this.#slots.set(host, slot);
    this.#setWeight(slot, { weight: this.#weightOf(host, nowMs), origin: this.#origin });
    this.#waiting.push(slot);
    if (slot.weight !== host.weight) this.#starting.push(slot);
  }

  /** Lets go of a host. */
  remove(host: HostState): void {
    const slot = this.#slots.get(host);
    if (slot === undefined) return;
    this.#rebase();
    this.#slots.delete(host);
    this.#weights -= slot.weight;
    if (this.#slots.size === 0) this.#weights = 0; // leaves no rounding error behind
    this.#withdraw(slot);
  }

  /** The host whose window is open and closes first. */
  pick(nowMs: number): HostState {
    if (this.#starting.length > 0) this.#weighStarting(nowMs);
    const slot = this.#open();
    this.#ready.remove(slot);
    slot.picks++;
    this.#picks++;
    setWindow(slot);
    this.#waiting.push(slot);
    return slot.host;
  }

  /** Picks go by weights alone. */
  onPick(): void {}

  /** Likewise. */
  onResult(): void {}

  /** Nothing is known but weights. */
  describe(): undefined {}

  /** Weighs one of those that start slowly, one after the other. */
  #weighStarting(nowMs: number): void {
    const starting = this.#starting;
    this.#weighed = (this.#weighed + 1) % starting.length;
    const slot = starting[this.#weighed];
    const isHere = this.#slots.get(slot.host) === slot;
    if (isHere) this.#weigh(slot, nowMs);
    if (isHere && slot.weight !== slot.host.weight) return;
    const last = starting.pop() as Slot;
    if (last !== slot) starting[this.#weighed] = last;
  }

  #weigh(slot: Slot, nowMs: number): void {
    const weight = this.#weightOf(slot.host, nowMs);
    if (weight === slot.weight) return;
    this.#withdraw(slot);
    this.#rebase();
    const behind = (this.#origin - slot.origin) * slot.weight - slot.picks;
    this.#setWeight(slot, { weight, origin: this.#origin - behind / weight });
    this.#waiting.push(slot);
  }

  #withdraw(slot: Slot): void {
    if (this.#ready.has(slot)) this.#ready.remove(slot);
    else this.#waiting.remove(slot);
  }

  /** The slot that is due, once the windows that open before the next step of virtual time have been opened. */
  #open(): Slot {
    const until = this.#virtualTime(this.#picks + 1 - TOLERANCE);
    for (;;) {
      const opening = this.#waiting.least;
      // A host that left may have taken the only open window with it: then the first to open does.
      if (opening === undefined || (opening.opens >= until && this.#ready.size > 0)) break;
      this.#waiting.remove(opening);
      this.#ready.push(opening);
    }
    return this.#ready.least as Slot;
  }

  #weightOf({ weight, idleFromMs }: HostState, nowMs: number): number {
    return this.#slowStartMs === 0
      ? weight
      : weight * slowStartPart(nowMs - idleFromMs, this.#slowStartMs);
  }

  #setWeight(slot: Slot, { weight, origin }: { weight: number; origin: number }): void {
    this.#weights += weight - slot.weight;
    slot.weight = weight;
    slot.origin = origin;
    slot.picks = 0;
    setWindow(slot);
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

function setWindow(slot: Slot): void {
  slot.opens = slot.origin + slot.picks / slot.weight;
  slot.closes = slot.origin + (slot.picks + 1) / slot.weight;
}

/** Equal moments go by the queue. */
function isBefore(a: number, b: number, first: Slot, second: Slot): boolean {
  return a === b ? first.host.place.order < second.host.place.order : a < b;
}
