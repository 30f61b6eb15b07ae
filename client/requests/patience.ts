/**
 * How long the client bears with an agent that is silent. One that has answered a moment ago is taken to be restarting,
 * and its callers wait; one that has been silent for long is taken to be away, and its callers are told so at once.
 * Pure: the time is an argument.
 *
 * @module
 */

/**
 * What is known of an agent's answers.
 *
 * A try that timed out is worth another one while the agent has answered, on any of its ports, within `patienceMs`, and
 * the port in question has not been silent for that long itself. The agent as a whole counts because a program may ask
 * one shard all the time and another once a minute: when the agent restarts, both are silent. The port counts because a
 * shard may be gone for good while the others go on answering. And no question is asked for longer than that: one may go
 * unanswered for ever though all others are answered.
 */
export class Patience {
  readonly #patienceMs: number;
  #answeredAtMs = -Infinity;
  /** When a try first timed out on a port that has not answered since. */
  readonly #silentSinceMs = new Map<number, number>();

  /** Knows of no answer yet, and so has no patience. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Notes that an answer came from a port, be it late. */
  answered(port: number, nowMs: number): void {
    this.#answeredAtMs = nowMs;
    this.#silentSinceMs.delete(port);
  }

  /** For how long a port has not answered though it was asked, ms: since a try first timed out. */
  silentMs(port: number, nowMs: number): number {
    return nowMs - (this.#silentSinceMs.get(port) ?? nowMs);
  }

  /** Notes that a try timed out on a port, of a question asked at `askedAtMs`, and says whether to go on trying. */
  timedOut(port: number, { askedAtMs, nowMs }: { askedAtMs: number; nowMs: number }): boolean {
    const silentSinceMs = this.#silentSinceMs.get(port) ?? nowMs;
    this.#silentSinceMs.set(port, silentSinceMs);
    return nowMs - this.#answeredAtMs < this.#patienceMs &&
      nowMs - silentSinceMs < this.#patienceMs &&
      nowMs - askedAtMs < this.#patienceMs;
  }
}
