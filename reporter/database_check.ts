/**
 * Looks every now and then whether the database of a reporter answers, where no status asked it: an idle reporter is to
 * know as well as a busy one that its password is wrong.
 *
 * @module
 */

import { type DatabaseHealth, reasonOf } from "../service/mod.ts";

/** What was not asked for so long is asked, ms. */
const CHECK_MS = 5_000;

/** Asks a database that nobody else does, until it is told to stop. */
export class DatabaseCheck {
  readonly #open: () => Promise<{ close(): Promise<void> }>;
  readonly #health: DatabaseHealth;
  readonly #timer: ReturnType<typeof setInterval>;
  #asked = Promise.resolve();
  #isAsking = false;

  /** Begins to look. What `open` finds out is told to `health` here, and by whoever else asks the database. */
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

  /** Looks no more. */
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
