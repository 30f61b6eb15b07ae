/**
 * Which overloaded host the next probe goes to, and whether one may be made: the improvements `probeBackoff` and
 * `returnProven`. When a probe is due by the count of picks is the balancer's own rule.
 *
 * Every probe of a host sets a number of picks before its next one, `factor` times as many as the last, and a success sets
 * it back. A probe whose outcome is not known yet counts as failed until it is: at 1,000 picks a second, a dead host that
 * costs each caller a time-out of 1 s would otherwise be probed ninety times before the first verdict.
 *
 * The least recently tried host is due, too, when that was `overdueMs` ago; and `overdueMs` after the first pick that was no
 * probe, the next pick is one. So each of k overloaded hosts is probed at least once in k × `overdueMs` and as many picks,
 * and what is probed early is no more than one pick in `overdueMs`, and every second one: a module with few picks must
 * not send all of them to the dead.
 *
 * O(log hosts) for each probe, and for each host that turns overloaded or idle; nothing for other picks.
 *
 * @module
 */

import { Queue } from "../host/queue.ts";
import type { HostState } from "../host/host_state.ts";
import { type HeapEntry, IndexedHeap } from "../host/indexed_heap.ts";

/** A host waits for its next probe at most so many times as long as for its first. */
export const MAX_PROBE_WAIT = 64;

/** What is known of one overloaded host. */
interface Wait extends HeapEntry {
  readonly host: HostState;
  /** By what the number of picks before its next probe is multiplied. */
  multiple: number;
  /** The pick before which it is not probed again, but for its age. */
  duePick: number;
  /** When it was last probed, or turned overloaded. */
  triedMs: number;
}

/** When a probe is made, by which rules. */
export interface ProbeRules {
  /** Picks before the first probe of a host, its own included. */
  readonly basePicks: number;
  /** By what the wait of a host is multiplied with each probe; 1 has hosts probed in the order of their queue. */
  readonly factor: number;
  /** After how long without a probe one is overdue, ms. */
  readonly overdueMs: number;
}

/** The overloaded hosts of a module as the probes see them. */
export class ProbeSchedule {
  readonly #queue: Queue<HostState>;
  readonly #waits = new Map<HostState, Wait>();
  readonly #byDuePick = new IndexedHeap<Wait>((a, b) =>
    a.duePick < b.duePick || (a.duePick === b.duePick && a.host.place.order < b.host.place.order)
  );
  /** Those to be probed before the others. */
  readonly #unproven = new Queue<HostState>();
  #picks = 0;
  /** When the first pick was made since the last probe. */
  #unprobedFromMs: number | undefined = undefined;
  #hasRefused = false;

  /** Schedules the probes of the hosts in `queue`, which stand there by when they were last tried. */
  constructor(queue: Queue<HostState>) {
    this.#queue = queue;
  }

  /** Takes a host that has turned overloaded and joined the queue: due at the next probe. */
  join(host: HostState, nowMs: number): void {
    // Where picks are refused, hosts that come and go between them must not put the next probe off for ever.
    if (this.#waits.size === 0 && !this.#hasRefused) this.#unprobedFromMs = undefined;
    const wait = {
      host,
      multiple: 1,
      duePick: this.#picks,
      triedMs: nowMs,
      heapIndex: -1,
    };
    this.#waits.set(host, wait);
    this.#byDuePick.push(wait);
  }

  /** Takes a host again that was overloaded before, in another schedule: its wait begins anew, as long as it was. */
  restore(
    host: HostState,
    { triedMs, probeMultiple }: { triedMs: number; probeMultiple: number },
    { basePicks }: ProbeRules,
  ): void {
    this.join(host, triedMs);
    const wait = this.#waits.get(host) as Wait;
    wait.multiple = probeMultiple;
    if (probeMultiple > 1) this.#setDue(wait, this.#picks + Math.ceil(basePicks * probeMultiple));
  }

  /** What the schedule knows of a host. */
  waitOf(host: HostState): Readonly<{ triedMs: number; multiple: number }> {
    return this.#waits.get(host) as Wait;
  }

  /** Lets go of a host that is overloaded no more, or gone. */
  leave(host: HostState): void {
    const wait = this.#waits.get(host) as Wait;
    this.#waits.delete(host);
    this.#byDuePick.remove(wait);
    this.#unproven.remove(host.agePlace);
  }

  /** Has a host, which must not be among those by age, be probed before the others, once. */
  probeNext(host: HostState): void {
    this.#unproven.push(host.agePlace);
  }

  /** Whether any is to be probed before the others. */
  get hasUnproven(): boolean {
    return this.#unproven.size > 0;
  }

  /** Lets go of all that were to be probed before the others. */
  forgetUnproven(): void {
    while (this.#unproven.head !== undefined) this.#unproven.remove(this.#unproven.head.agePlace);
  }

  /** Counts a pick that is made while a host is overloaded. */
  countPick(nowMs: number): void {
    this.#picks++;
    this.#unprobedFromMs ??= nowMs;
    this.#hasRefused = false;
  }

  /** Notes that the pick just counted got no host. */
  refused(): void {
    this.#hasRefused = true;
  }

  /** Says whether nothing was probed for too long. */
  isOverdue(nowMs: number, { factor, overdueMs }: ProbeRules): boolean {
    return factor > 1 && nowMs - (this.#unprobedFromMs ?? nowMs) >= overdueMs;
  }

  /** The host that a probe goes to now; undefined when all wait. */
  next(nowMs: number, { factor, overdueMs }: ProbeRules): HostState | undefined {
    const first = this.#unproven.head ?? this.#queue.head;
    if (first === undefined || factor === 1 || this.#unproven.size > 0) return first;
    const { triedMs } = this.#waits.get(first) as Wait;
    if (nowMs - triedMs >= overdueMs) return first;
    const due = this.#byDuePick.least as Wait;
    return due.duePick <= this.#picks ? due.host : undefined;
  }

  /**
   * Notes that a host is probed.
   *
   * @returns Whether it was one to be probed before the others.
   */
  probed(host: HostState, nowMs: number, { basePicks, factor }: ProbeRules): boolean {
    const wait = this.#waits.get(host) as Wait;
    this.#queue.moveToTail(host.place);
    this.#unprobedFromMs = undefined;
    wait.triedMs = nowMs;
    wait.multiple = Math.min(wait.multiple * factor, MAX_PROBE_WAIT);
    this.#setDue(wait, this.#picks + Math.ceil(basePicks * wait.multiple));
    const wasUnproven = host.agePlace.queue === this.#unproven;
    this.#unproven.remove(host.agePlace);
    return wasUnproven;
  }

  /** Takes a success of an overloaded host, which ends its long waits. */
  succeeded(host: HostState): void {
    const wait = this.#waits.get(host) as Wait;
    if (wait.multiple === 1) return;
    wait.multiple = 1;
    this.#setDue(wait, Math.min(wait.duePick, this.#picks));
  }

  /** How many picks an overloaded host still waits for, 0 when it is due. */
  picksLeft(host: HostState, nowMs: number, { overdueMs }: ProbeRules): number {
    const { duePick, triedMs } = this.#waits.get(host) as Wait;
    const isDue = host.agePlace.queue === this.#unproven || nowMs - triedMs >= overdueMs;
    return isDue ? 0 : Math.max(0, duePick - this.#picks);
  }

  #setDue(wait: Wait, duePick: number): void {
    wait.duePick = duePick;
    this.#byDuePick.moved(wait);
  }
}
