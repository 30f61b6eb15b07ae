/**
 * When a request is sent again, and when it is given up.
 *
 * An agent that has answered within the grace period is taken to be restarting, and its callers wait. One that has not is
 * given the total time-out, in which it may ask a distant dns. One that was silent for longer is taken to be away, and its
 * callers are told so after a few tries. Pure: the time is an argument.
 *
 * @module
 */

/** Each try beyond the first ones waits so many times as long as the one before, */
const GROWTH = 1.5;

/** and at most so many times as long as those. */
const MAX_GROWTH = 4;

/** How a client deals with silence. */
export interface RetryOptions {
  /** How long each of the first tries waits for its answer, ms. */
  timeoutMs: number;
  /** How many tries these are: a request is sent so often at least before it is given up. */
  tries: number;
  /** For how long it is sent again at least to an agent that is not known to be away, ms. */
  totalTimeoutMs: number;
  /** How long an agent that has answered lately may be silent, ms. */
  gracePeriodMs: number;
}

/** A request whose last try timed out. */
export interface TimedOut {
  /** How often it was sent. */
  tries: number;
  /** When it was sent first, ms. */
  sentAtMs: number;
  /** When a try first timed out on its port, which has not answered since, ms. */
  silentSinceMs: number;
}

/** What holds for all requests to one agent, whichever of its ports they go to. */
export class RetryPolicy {
  /** How long each of the first tries waits for its answer, ms. */
  readonly timeoutMs: number;
  readonly #tries: number;
  readonly #totalTimeoutMs: number;
  readonly #gracePeriodMs: number;
  #heardAtMs = -Infinity;

  /** Has not heard of the agent yet. */
  constructor({ timeoutMs, tries, totalTimeoutMs, gracePeriodMs }: RetryOptions) {
    this.timeoutMs = timeoutMs;
    this.#tries = tries;
    this.#totalTimeoutMs = totalTimeoutMs;
    this.#gracePeriodMs = gracePeriodMs;
  }

  /** Notes that an answer came from any of the agent's ports, be it late. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /** How long a request's last try waits for its answer, ms: the `tries`-th one. */
  timeoutOf(tries: number): number {
    const growth = GROWTH ** Math.max(0, tries - this.#tries);
    return this.timeoutMs * Math.min(growth, MAX_GROWTH);
  }

  /**
   * Whether a request is worth another try.
   *
   * After its `tries` it is until it has waited for the total time-out, or for the grace period where that is longer and
   * the agent has answered within it, on any port: a program may ask one shard all the time and another once a minute, and
   * when the agent restarts both are silent. Nor may its port have been silent for longer than that, as one shard may be
   * gone for good while the others answer.
   */
  allowsAnother({ tries, sentAtMs, silentSinceMs }: TimedOut, nowMs: number): boolean {
    if (tries < this.#tries) return true;
    const waitedMs = nowMs - Math.min(sentAtMs, silentSinceMs);
    const hasGrace = nowMs - this.#heardAtMs < this.#gracePeriodMs;
    return waitedMs < this.#totalTimeoutMs || (hasGrace && waitedMs < this.#gracePeriodMs);
  }
}
