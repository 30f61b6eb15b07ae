/**
 * Routes of the agent's run before, for modules about which dns does not answer. Knows no connection: it is told what
 * dns is asked for, what it answers, and when it cannot be reached.
 *
 * Fresher routes always win: a module is answered from here only once dns has not answered for a while, or no endpoint can
 * be reached; and what dns has told of is not kept here any longer.
 *
 * @module
 */

import { ModuleMap, type ModuleName, type Route } from "../../proto/mod.ts";
import {
  type Clock,
  type CounterName,
  type Counters,
  realClock,
  runCooperatively,
  type Timer,
} from "../../reactor/mod.ts";
import { RouteSnapshot } from "./route_snapshot.ts";

/** What a {@link RouteFallback} counts. */
export const FALLBACK_COUNTERS = {
  counters: {
    answers: "Modules answered from the snapshot since dns did not answer",
  },
  gauges: {
    unconfirmed: "Modules answered from the snapshot that dns has not told of since",
    asOfSec: "Of when that snapshot is, Unix seconds",
  },
} as const;

/** A number in {@link FALLBACK_COUNTERS}. */
export type FallbackCounter = CounterName<typeof FALLBACK_COUNTERS>;

/** What a {@link RouteFallback} is made of. */
export interface RouteFallbackOptions {
  /** The routes of the run before. */
  snapshot?: RouteSnapshot;
  /** When they were right, Unix seconds. */
  asOfSec?: number;
  /** How many endpoints dns has: when each has failed, none can be reached. */
  endpoints: number;
  /** Takes a route that dns does not give. */
  answer: (route: Route) => void;
  /** What is counted. */
  counters: Counters<FallbackCounter>;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** A dns that has not answered for so long is away, ms. */
const ANSWER_MS = 200;

/** What nobody has asked for in so long is forgotten, where dns answers, ms: as the shards do with their modules. */
const KEEP_MS = 3_600_000;

/** Stands in for dns while it is away. */
export class RouteFallback {
  readonly #snapshot: RouteSnapshot;
  readonly #options: RouteFallbackOptions;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  /** What dns was asked for, and has not answered. */
  readonly #waiting = new ModuleMap<ModuleName>();
  /** What was answered from here, and dns has not told of since. */
  readonly #unconfirmed = new ModuleMap<true>();
  #isAway = false;
  /** Endpoints that have failed since dns answered last. */
  #failures = 0;
  #timer?: Timer;

  /** Answers nothing yet. */
  constructor(options: RouteFallbackOptions) {
    this.#options = options;
    this.#snapshot = options.snapshot ?? new RouteSnapshot();
    this.#clock = options.clock ?? realClock;
    this.#startedAtMs = this.#clock.nowMs();
    options.counters.set("asOfSec", options.asOfSec ?? 0);
    options.counters.set("unconfirmed", 0);
  }

  /** Dns was asked for modules of which nothing fresher is known. */
  asked(modules: readonly ModuleName[]): void {
    for (const module of modules) {
      if (this.#snapshot.has(module)) this.#waiting.set(module.modid, module.cmdid, module);
    }
    if (this.#waiting.size === 0) return;
    if (this.#isAway) this.#answerWaiting();
    else this.#timer ??= this.#clock.after(ANSWER_MS, () => this.#giveUp());
  }

  /** Dns has told of a module; says whether that was kept here. */
  told(module: ModuleName): boolean {
    this.#isAway = false;
    this.#failures = 0;
    const wasKept = this.#snapshot.has(module);
    this.forget([module]);
    if (this.#clock.nowMs() - this.#startedAtMs >= KEEP_MS) this.#snapshot.clear();
    return wasKept;
  }

  /** Nobody wants to know of these modules any more. */
  forget(modules: readonly ModuleName[]): void {
    for (const module of modules) {
      this.#snapshot.delete(module);
      this.#waiting.delete(module.modid, module.cmdid);
      this.#unconfirmed.delete(module.modid, module.cmdid);
    }
    this.#options.counters.set("unconfirmed", this.#unconfirmed.size);
  }

  /** A connection to dns is there: it has its time to answer. */
  opened(): void {
    this.#isAway = false;
  }

  /** An endpoint of dns has failed. */
  failed(): void {
    this.#failures++;
    if (this.#failures >= this.#options.endpoints) this.#giveUp();
  }

  /** What is left of the run before, as content of a snapshot. */
  records(): Iterable<Uint8Array> {
    return this.#snapshot.records();
  }

  /** Answers no more. */
  stop(): void {
    this.#timer?.cancel();
  }

  #giveUp(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isAway = true;
    this.#answerWaiting();
  }

  #answerWaiting(): void {
    if (this.#waiting.size > 0) runCooperatively(this.#answers(), { clock: this.#clock });
  }

  *#answers(): Generator<void> {
    for (const module of this.#waiting.values()) {
      const route = this.#snapshot.get(module);
      this.#waiting.delete(module.modid, module.cmdid);
      if (route === undefined) continue;
      this.#unconfirmed.set(module.modid, module.cmdid, true);
      this.#options.counters.add("answers");
      this.#options.counters.set("unconfirmed", this.#unconfirmed.size);
      yield this.#options.answer(route);
    }
  }
}
