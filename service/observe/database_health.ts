/**
 * What a role knows of its database: whether it answered when last asked, and if not, since when and why. A role serves on
 * without it, and says so to whoever asks how it is. It asks nothing itself.
 *
 * @module
 */

import type { Metrics } from "./metrics.ts";

/** The state of a database, by what became of the last question. */
export class DatabaseHealth {
  #failure?: { sinceMs: number; reason: string };
  #askedAtMs = -Infinity;

  /** When it was last asked, ms on the clock of `performance`; -Infinity when never. */
  get askedAtMs(): number {
    return this.#askedAtMs;
  }

  /** It answered. */
  answered(): void {
    this.#failure = undefined;
    this.#askedAtMs = performance.now();
  }

  /** It did not, for this reason, of which the newest counts. */
  failed(reason: string): void {
    this.#failure = { sinceMs: this.#failure?.sinceMs ?? Date.now(), reason };
    this.#askedAtMs = performance.now();
  }

  /** What is wrong, for people; undefined where nothing is known to be. */
  get problem(): string | undefined {
    if (this.#failure === undefined) return undefined;
    const { sinceMs, reason } = this.#failure;
    const since = new Date(sinceMs).toISOString().replace(/\.\d+/, "");
    return `its database is away since ${since}: ${reason.replaceAll(/\s+/g, " ")}`;
  }

  /** Shows in `prefix_database_up` whether it answers. */
  describe(metrics: Metrics, prefix: string): void {
    metrics.addGauge({
      name: `${prefix}_database_up`,
      help: "Whether the database answered when last asked: 1, or 0 where it did not",
      value: () => this.#failure === undefined && this.#askedAtMs > -Infinity ? 1 : 0,
    });
  }
}
