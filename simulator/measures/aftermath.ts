/**
 * How long trouble lasts after its cause is gone: for how long an agent refuses calls when a host answers again after none
 * did, and for how long calls are late that begin after a surge.
 *
 * @module
 */

/** What comes later has another cause, ms. */
const LIMIT_MS = 30_000;

/** Watches what comes after outages and surges. */
export class Aftermath {
  /** The longest time from the end of a total outage to a refused call, ms; undefined where there was no such outage. */
  refusedMs: number | undefined;
  /** The longest time from the end of a surge to the beginning of a call that was late, ms; undefined likewise. */
  lateMs: number | undefined;

  /** When the last outage of each agent ended; NaN while there is one, and before the first. */
  readonly #servedSinceMs: Float64Array;
  readonly #isServing: Uint8Array;
  /** When surges end. */
  readonly #surgeEndsMs: readonly number[];

  /** So many agents, which all have a host that answers. */
  constructor({ agents, surgeEndsMs }: { agents: number; surgeEndsMs: readonly number[] }) {
    this.#servedSinceMs = new Float64Array(agents).fill(NaN);
    this.#isServing = new Uint8Array(agents).fill(1);
    this.#surgeEndsMs = surgeEndsMs;
    if (surgeEndsMs.length > 0) this.lateMs = 0;
  }

  /** Some host answers an agent's calls from now on, or none does. */
  setServing({ agent, isServing }: { agent: number; isServing: boolean }, nowMs: number): void {
    if (isServing === (this.#isServing[agent] === 1)) return;
    this.#isServing[agent] = Number(isServing);
    this.#servedSinceMs[agent] = isServing ? nowMs : NaN;
    if (isServing) this.refusedMs ??= 0;
  }

  /** An agent refuses a call. */
  refused(agent: number, nowMs: number): void {
    const afterMs = nowMs - this.#servedSinceMs[agent];
    if (afterMs <= LIMIT_MS) this.refusedMs = Math.max(this.refusedMs!, afterMs);
  }

  /** A call was late, or failed since its caller waited no longer. Calls are told of in any order. */
  late(beganMs: number): void {
    for (const endMs of this.#surgeEndsMs) {
      const afterMs = beganMs - endMs;
      if (afterMs < 0 || afterMs > LIMIT_MS) continue;
      this.lateMs = Math.max(this.lateMs!, afterMs);
    }
  }
}
