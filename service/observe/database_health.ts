/**
 * The health of a role's database: whether the last query was answered, and if not, since when and why. A role serves on
 * without its database, and reports it in /readyz and /metrics. Nothing is queried from here.
 *
 * @module
 */

import { formatTime } from "./admin.ts";
import type { Metrics } from "./metrics.ts";

/** The state of a database, by the outcome of the last query. */
export class DatabaseHealth {
  #failure?: { sinceMs: number; reason: string };
  #askedAtMs = -Infinity;

  /** When it was last queried, ms on the clock of `performance`; -Infinity when never. */
  get askedAtMs(): number {
    return this.#askedAtMs;
  }

  /** Notes that it answered. */
  answered(): void {
    this.#failure = undefined;
    this.#askedAtMs = performance.now();
  }

  /** Notes that it did not, and why; the newest reason is the one shown. */
  failed(reason: string): void {
    this.#failure = { sinceMs: this.#failure?.sinceMs ?? Date.now(), reason };
    this.#askedAtMs = performance.now();
  }

  /** What is wrong, in words; undefined where nothing is known to be. */
  get problem(): string | undefined {
    if (this.#failure === undefined) return undefined;
    const { sinceMs, reason } = this.#failure;
    return `its database is away since ${formatTime(sinceMs / 1000)}: ${
      reason.replaceAll(/\s+/g, " ")
    }`;
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
