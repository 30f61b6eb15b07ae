/**
 * One caller's question for a host, from the call to its answer.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import type { Host } from "../host.ts";

/** A module as a client knows it. */
export interface Module extends ModuleName {
  /** Its way's epoch in which the shard answered last for this module and knew it; else 0. */
  answeredIn: number;
}

/** A question that waits. */
export class Ask {
  /** What it asks for. */
  readonly module: Module;
  /** Where it stands in the order of all questions to its shard. */
  readonly serial: number;
  /** The host, or the retcode where there is none. */
  readonly answer: Promise<Host | number>;
  /** How often it was sent. */
  tries = 0;
  /** When it was sent first, ms. */
  sentAtMs = 0;
  /** The serial of the last question that had been asked when this one was sent first. */
  sentAtSerial = 0;
  #resolve!: (answer: Host | number) => void;
  #reject!: (error: Error) => void;
  #isSettled = false;

  /** Makes a question that was not sent yet. */
  constructor(module: Module, serial: number) {
    this.module = module;
    this.serial = serial;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Whether it was answered or given up: another answer has no effect. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Answers it. */
  settle(answer: Host | number): void {
    this.#isSettled = true;
    this.#resolve(answer);
  }

  /** Gives it up. */
  fail(error: Error): void {
    this.#isSettled = true;
    this.#reject(error);
  }
}
