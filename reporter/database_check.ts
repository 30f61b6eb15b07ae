/**
 * Checks regularly whether the database of a reporter answers, unless statuses do so: an idle reporter, too, must notice
 * that its password is wrong.
 *
 * @module
 */

import { type DatabaseHealth, reasonOf } from "../service/mod.ts";

/** A database without an answer or failure for so long is checked, ms. */
const CHECK_MS = 5_000;

/** Checks a database until it is stopped. */
export class DatabaseCheck {
  readonly #open: () => Promise<{ close(): Promise<void> }>;
  readonly #health: DatabaseHealth;
  readonly #timer: ReturnType<typeof setInterval>;
  #asked = Promise.resolve();
  #isAsking = false;

  /** Starts checking. `health` is told here, and by whoever else uses the database. */
  constructor(
    { open, health, checkMs = CHECK_MS }: {
      open: () => Promise<{ close(): Promise<void> }>;
      health: DatabaseHealth;
      /** @default 5 s */
      checkMs?: number;
    },
  ) {
    this.#open = open;
    this.#health = health;
    this.#timer = setInterval(() => {
      if (this.#isAsking || performance.now() - health.askedAtMs < checkMs) return;
      this.#isAsking = true;
      this.#asked = this.#ask().finally(() => this.#isAsking = false);
    }, checkMs);
  }

  /** Stops checking. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#asked;
  }

  async #ask(): Promise<void> {
    try {
      const store = await this.#open();
      this.#health.answered();
      await store.close();
    } catch (error) {
      this.#health.failed(reasonOf(error));
    }
  }
}
