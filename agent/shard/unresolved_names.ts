/**
 * The names of a shard that have no route: those that dns was asked for and has not answered, whose callers may wait, and
 * those that it says do not exist. Pure: the time is an argument. When dns is asked is module_table.ts's business.
 *
 * @module
 */

import { ModuleMap, type ModuleName } from "../../proto/mod.ts";
import { Place, Queue } from "../balancer/mod.ts";
import type { Module } from "./module.ts";

/** Names that are remembered; past it the one that was pulled the longest ago is forgotten. */
const MAX_UNRESOLVED = 10_000;

/** Callers that wait for a route at a time; past it they are told at once that there is none. */
const MAX_WAITING = 10_000;

/** Callers whose wait is ended at a time. */
const EXPIRED_AT_ONCE = 256;

/** Takes the module that was waited for, or undefined where there is none. */
export type Waiter = (module: Module | undefined) => void;

/** A name without a route. */
export class Unresolved implements ModuleName {
  /** Its modid. */
  readonly modid: number;
  /** Its cmdid. */
  readonly cmdid: number;
  /** When it was last asked for. */
  usedAtMs: number;
  /** When dns was last asked; while it has not answered. */
  pulledAtMs?: number;
  /** Until when it is taken not to exist; once dns has answered. */
  absentUntilMs?: number;
  /** Who waits for its route. */
  waiters: Waiter[] = [];
  /** Until when callers wait; Infinity while there is nobody to ask. */
  waitUntilMs: number;
  /** Its place among all names without a route. */
  readonly place: Place<Unresolved> = new Place<Unresolved>(this);
  /** Its place among those whose callers may still wait. */
  readonly awaitedPlace: Place<Unresolved> = new Place<Unresolved>(this);

  /** A name that is asked for now. */
  constructor({ modid, cmdid }: ModuleName, nowMs: number) {
    this.modid = modid;
    this.cmdid = cmdid;
    this.usedAtMs = nowMs;
    this.waitUntilMs = nowMs;
  }
}

/** Remembers names without a route, and who waits for one. */
export class UnresolvedNames {
  readonly #names = new ModuleMap<Unresolved>();
  /** All of them, in the order in which they were last pulled. */
  readonly #byPull = new Queue<Unresolved>();
  /** Those whose callers may still wait, in the order of their deadlines. */
  readonly #awaited = new Queue<Unresolved>();
  #waiting = 0;
  #forgotten = 0;

  /** How many are remembered. */
  get size(): number {
    return this.#names.size;
  }

  /** How many had to be forgotten for newer ones. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** All of them. */
  values(): Iterable<Unresolved> {
    return this.#names.values();
  }

  /** The name, if it is remembered. */
  get({ modid, cmdid }: ModuleName): Unresolved | undefined {
    return this.#names.get(modid, cmdid);
  }

  /** Remembers a name, in place of the oldest where there are too many. */
  add(name: ModuleName, nowMs: number): Unresolved {
    if (this.size >= MAX_UNRESOLVED) {
      this.remove(this.#byPull.head!, undefined);
      this.#forgotten++;
    }
    const unresolved = new Unresolved(name, nowMs);
    this.#names.set(name.modid, name.cmdid, unresolved);
    this.#byPull.push(unresolved.place);
    return unresolved;
  }

  /** Forgets a name, and tells its callers what came of it. */
  remove(unresolved: Unresolved, module: Module | undefined): void {
    this.#names.delete(unresolved.modid, unresolved.cmdid);
    this.#byPull.remove(unresolved.place);
    this.#answer(unresolved, module);
  }

  /** Dns says that a name does not exist. */
  setAbsent(unresolved: Unresolved, untilMs: number): void {
    unresolved.pulledAtMs = undefined;
    unresolved.absentUntilMs = untilMs;
    this.#answer(unresolved, undefined);
  }

  /** Has callers wait until then for a name that dns is asked for now. It goes to the end, where the latest deadline belongs. */
  awaitAnswer(unresolved: Unresolved, untilMs: number): void {
    this.#answer(unresolved, undefined);
    unresolved.absentUntilMs = undefined;
    unresolved.waitUntilMs = untilMs;
    this.#byPull.moveToTail(unresolved.place);
    this.#awaited.push(unresolved.awaitedPlace);
  }

  /** Has a caller wait, or tells it at once that there is no route: the wait is over, or too many wait. */
  join(unresolved: Unresolved, nowMs: number, waiter: Waiter): void {
    const { absentUntilMs, waitUntilMs } = unresolved;
    const isAbsent = absentUntilMs !== undefined && nowMs < absentUntilMs;
    if (isAbsent || nowMs >= waitUntilMs || this.#waiting >= MAX_WAITING) return waiter(undefined);
    unresolved.waiters.push(waiter);
    this.#waiting++;
  }

  /** Has those that wait without an end, since there was nobody to ask, wait until then. */
  limitWaits(untilMs: number): void {
    for (const unresolved of this.#awaited) {
      if (unresolved.waitUntilMs === Infinity) unresolved.waitUntilMs = untilMs;
    }
  }

  /** When the first callers have waited long enough; undefined when none waits, or there is nobody to ask. */
  get nextDeadlineMs(): number | undefined {
    const deadlineMs = this.#awaited.head?.waitUntilMs;
    return deadlineMs === Infinity ? undefined : deadlineMs;
  }

  /** Answers callers that have waited long enough: the rest of very many at the next call, which is due at once. */
  expireWaiters(nowMs: number): void {
    for (let answered = 0; answered < EXPIRED_AT_ONCE;) {
      const first = this.#awaited.head;
      if (first === undefined || nowMs < first.waitUntilMs) return;
      answered += 1 + first.waiters.length;
      this.#answer(first, undefined);
    }
  }

  /** Has nobody wait for a name any more. */
  #answer(unresolved: Unresolved, module: Module | undefined): void {
    this.#awaited.remove(unresolved.awaitedPlace);
    const { waiters } = unresolved;
    if (waiters.length === 0) return;
    unresolved.waiters = [];
    this.#waiting -= waiters.length;
    for (const waiter of waiters) waiter(module);
  }
}
