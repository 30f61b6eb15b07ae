/**
 * When a request is sent again, and when it is given up.
 *
 * An agent that has answered within the grace period is taken to be restarting, and its callers wait; one that has been
 * silent for longer is taken to be away, and its callers are told so after a few tries. Pure: the time is an argument.
 *
 * @module
 */

/** How a client deals with silence. */
export interface RetryOptions {
  /** How long one try waits for its answer, ms. */
  timeoutMs: number;
  /** How often a request is sent at least before it is given up. */
  tries: number;
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
  /** How long one try waits for its answer, ms. */
  readonly timeoutMs: number;
  readonly #tries: number;
  readonly #gracePeriodMs: number;
  #heardAtMs = -Infinity;

  /** Has not heard of the agent yet. */
  constructor({ timeoutMs, tries, gracePeriodMs }: RetryOptions) {
    this.timeoutMs = timeoutMs;
    this.#tries = tries;
    this.#gracePeriodMs = gracePeriodMs;
  }

  /** Notes that an answer came from any of the agent's ports, be it late. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /**
   * Whether a request is worth another try.
   *
   * After its `tries` it is while the agent has answered within the grace period, on any port: a program may ask one shard
   * all the time and another once a minute, and when the agent restarts both are silent. Nor may the port have been silent
   * for longer than that, as one shard may be gone for good while the others answer, nor may the request itself be older:
   * it may go unanswered for ever though all others are answered.
   */
  allowsAnother({ tries, sentAtMs, silentSinceMs }: TimedOut, nowMs: number): boolean {
    if (tries < this.#tries) return true;
    return nowMs - Math.min(this.#heardAtMs, silentSinceMs, sentAtMs) < this.#gracePeriodMs;
  }
}
