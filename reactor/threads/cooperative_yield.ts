/**
 * Cooperative yields: how loops that could keep a thread let others have it.
 *
 * An `await` of what is ready already goes on at once: a socket that is read as fast as it fills, a stream that has more,
 * a message that is handled and the next one asked for. As long as that lasts, the thread has no timers, no heartbeats and
 * no message ports. So such a loop asks now and then whether a yield is due, and awaits one if so:
 * `if (yielder.isDue()) await yielder.yield();`
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { type Clock, realClock } from "../clock.ts";

/** How long loops may go on between two yields unless they say otherwise, ms. */
const BUDGET_MS = 5;

/** The same for long work beside others, ms: they wait for the rest of it. */
const WORK_BUDGET_MS = 2;

/**
 * Yields to timers that are due and to message ports. It takes some 3 µs beside what is served. A message to oneself takes
 * as long but leaves timers out. Sockets are served for certain only by {@link yieldToSockets} and {@link yieldToAll}.
 */
export function yieldToTimers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Yields to sockets too. The runtime asks the kernel which of them are ready when it has nothing else to do, and otherwise
 * in every 61st turn of the event loop (event_interval, https://docs.rs/tokio/latest/tokio/runtime/struct.Builder.html):
 * so many empty turns take a tenth of a millisecond.
 */
export async function yieldToSockets(): Promise<void> {
  for (let turn = 0; turn < TURNS_PER_POLL; turn++) await yieldToTimers();
}

const TURNS_PER_POLL = 61;

/** Yields to everything, for a millisecond or more: work in the background leaves the thread to whoever comes meanwhile. */
export function yieldToAll(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** How a {@link Yielder} yields. */
export interface YielderOptions {
  /**
   * Time between two yields, ms.
   * @default 5
   */
  budgetMs?: number;
  /**
   * To whom.
   * @default yieldToTimers
   */
  yieldTo?: () => Promise<void>;
  /**
   * What measures the budget: on virtual time work costs none, so no yield is ever due.
   * @default the system's
   */
  clock?: Clock;
}

/**
 * Says when yields are due. One serves all loops that belong together: they yield together, so that none of them goes on
 * while another waits.
 */
export class Yielder {
  readonly #budgetMs: number;
  readonly #yieldTo: () => Promise<void>;
  readonly #clock: Clock;
  #dueMs: number;
  #yielding?: Promise<void>;

  /** The first yield is due when the budget is spent. */
  constructor(
    { budgetMs = BUDGET_MS, yieldTo = yieldToTimers, clock = realClock }: YielderOptions = {},
  ) {
    this.#budgetMs = budgetMs;
    this.#yieldTo = yieldTo;
    this.#clock = clock;
    this.#dueMs = clock.nowMs() + budgetMs;
  }

  /** Says whether to yield. Whoever has looked at the clock already says what it was, ms. */
  isDue(nowMs: number = this.#clock.nowMs()): boolean {
    return nowMs >= this.#dueMs || this.#yielding !== undefined;
  }

  /** Yields, or joins those who do. */
  yield(): Promise<void> {
    return this.#yielding ??= this.#yield();
  }

  async #yield(): Promise<void> {
    await this.#yieldTo();
    this.#yielding = undefined;
    this.#dueMs = this.#clock.nowMs() + this.#budgetMs;
  }
}

/**
 * Shares a thread out between loops that each could keep it, such as connections whose peers send without a pause: one
 * after the other goes on until the budget of all of them is spent, then sockets and everything else are served, and the
 * next in line go on. Who has little to do never waits in line: it asks {@link isDue} only after it has done some.
 */
export class FairYielder {
  readonly #budgetMs: number;
  readonly #waiting: (() => void)[] = [];
  #dueMs = 0;
  /** Whether {@link #dueMs} is of the present turn. */
  #isCurrent = false;
  #isRunning = false;

  /** All loops together have `budgetMs`. */
  constructor({ budgetMs = BUDGET_MS }: { budgetMs?: number } = {}) {
    this.#budgetMs = budgetMs;
  }

  /** Says whether to yield. The first to ask in a turn of the event loop begins the budget. */
  isDue(): boolean {
    const nowMs = performance.now();
    if (this.#isCurrent || this.#isRunning) return nowMs >= this.#dueMs;
    this.#dueMs = nowMs + this.#budgetMs;
    this.#isCurrent = true;
    setImmediate(() => this.#isCurrent = false);
    return false;
  }

  /** Yields, and resolves when everything else and all who came before were served. */
  yield(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    if (!this.#isRunning) this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await yieldToSockets();
      this.#dueMs = performance.now() + this.#budgetMs;
      do {
        this.#waiting.shift()!();
        await undefined; // now it goes on
      } while (this.#waiting.length > 0 && performance.now() < this.#dueMs);
    }
    this.#isRunning = false;
  }
}

/** The one that all connections of this thread share. */
export const fairYielder: FairYielder = new FairYielder();

/**
 * Does long work step by step, and yields to everything between two steps when its budget is spent, 2 ms unless told
 * otherwise. The first steps are done before this returns.
 *
 * @returns What the work returns.
 */
export async function runCooperatively<Result>(
  steps: Iterator<unknown, Result>,
  { budgetMs = WORK_BUDGET_MS, yieldTo = yieldToAll, clock }: YielderOptions = {},
): Promise<Result> {
  const yielder = new Yielder({ budgetMs, yieldTo, clock });
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (yielder.isDue()) await yielder.yield();
  }
}
