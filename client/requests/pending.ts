/**
 * The questions that wait for an answer: which answer belongs to which, when one is asked again, and when it is given
 * up. Pure: the time is an argument, and what is to be sent goes to a function. Knows of what is asked only that it
 * concerns a module.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";

/** How a table of questions works. */
export interface PendingOptions {
  /** How long one try waits for its answer, ms. */
  timeoutMs: number;
  /** How often a question is sent at least before it is given up. */
  tries: number;
  /** Hears that a try timed out; says whether the question is worth trying on after its last one. */
  timedOut(port: number, when: { askedAtMs: number; nowMs: number }): boolean;
  /** Sends a question; called at once, and again with every further try. */
  send(datagram: Uint8Array, port: number): void;
  /** Makes the error of a question that nobody answered in so many tries. */
  giveUp(port: number, tries: number): Error;
}

/** A question about a module, to one port. */
export interface Question extends ModuleName {
  datagram: Uint8Array;
  port: number;
  /** What now is, ms on any clock that only goes forward. */
  nowMs: number;
}

interface Entry<Answer> {
  readonly question: Question;
  readonly promise: Promise<Answer>;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  tries: number;
  deadlineMs: number;
}

/**
 * The questions in flight, by key.
 *
 * Every try has the same time-out, and a question that is sent again moves to the end of the map: so the map's order is
 * the order of the deadlines, and a sweep looks at what is due and at one more, however many are in flight.
 */
export class Pending<Key, Answer extends ModuleName> {
  readonly #options: PendingOptions;
  readonly #entries = new Map<Key, Entry<Answer>>();
  #retries = 0;

  /** Makes an empty table. */
  constructor(options: PendingOptions) {
    this.#options = options;
  }

  /** How many questions are in flight. */
  get size(): number {
    return this.#entries.size;
  }

  /** How many times a question was sent again. */
  get retries(): number {
    return this.#retries;
  }

  /** When the next sweep is due; Infinity while nothing is in flight. */
  get nextDeadlineMs(): number {
    for (const { deadlineMs } of this.#entries.values()) return deadlineMs;
    return Infinity;
  }

  /** Asks a question; one that is in flight under that key already is shared. */
  ask(key: Key, question: Question): Promise<Answer> {
    const shared = this.#entries.get(key);
    if (shared !== undefined) return shared.promise;
    let resolve!: (answer: Answer) => void;
    let reject!: (error: Error) => void;
    const promise = new Promise<Answer>((onAnswer, onError) => {
      resolve = onAnswer;
      reject = onError;
    });
    const deadlineMs = question.nowMs + this.#options.timeoutMs;
    this.#entries.set(key, { question, promise, resolve, reject, tries: 1, deadlineMs });
    this.#options.send(question.datagram, question.port);
    return promise;
  }

  /**
   * Hands an answer to those who asked.
   *
   * @returns False when it is nobody's: late, never asked for, about another module, or from another port.
   */
  answer(key: Key, { port, answer }: { port: number; answer: Answer }): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    const { question } = entry;
    if (question.port !== port) return false;
    if (question.modid !== answer.modid || question.cmdid !== answer.cmdid) return false;
    this.#entries.delete(key);
    entry.resolve(answer);
    return true;
  }

  /** Asks again what is due, or gives it up. */
  sweep(nowMs: number): void {
    const { timeoutMs, tries, timedOut, giveUp, send } = this.#options;
    for (const [key, entry] of this.#entries) {
      if (entry.deadlineMs > nowMs) return;
      this.#entries.delete(key);
      const { datagram, port } = entry.question;
      const isWorthIt = timedOut(port, { askedAtMs: entry.question.nowMs, nowMs });
      if (entry.tries >= tries && !isWorthIt) {
        entry.reject(giveUp(port, entry.tries));
        continue;
      }
      entry.tries++;
      entry.deadlineMs = nowMs + timeoutMs;
      this.#entries.set(key, entry);
      this.#retries++;
      send(datagram, port);
    }
  }

  /** Gives everything up. */
  fail(error: Error): void {
    for (const { reject } of this.#entries.values()) reject(error);
    this.#entries.clear();
  }
}
