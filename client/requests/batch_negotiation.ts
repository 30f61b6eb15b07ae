/**
 * Whether the agent at the other end speaks the messages of many picks and reports: agents of old do not, and never
 * answer them. Pure: the time is an argument.
 *
 * It is found out with a probe, a batch of no picks, sent beside messages that every agent speaks: so nobody waits for
 * what may not come. Until the probe is answered, and for good when probes are not though other messages are, all goes one
 * by one. A try that times out puts it in doubt again, as another agent may have taken the place; and since reports have
 * no answers that could fail to come, a probe confirms it from time to time while they are sent.
 *
 * @module
 */

/** How many probes go unanswered before the agent is taken for one of old. */
const MAX_PROBES = 3;

/** For how long an answer is good, ms. */
const CONFIRM_INTERVAL_MS = 1000;

/** What is known of one shard. */
export class BatchNegotiation {
  readonly #timeoutMs: number;
  #isKnown = false;
  #isRefuted = false;
  #probes = 0;
  #probedAtMs = -Infinity;
  #confirmedAtMs = -Infinity;
  #heardAtMs = -Infinity;

  /** Knows nothing yet; a probe is unanswered after `timeoutMs`. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Whether the agent speaks them, as far as is known. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Says whether a probe is to be sent now, with what else is sent; then it counts as sent. */
  probe(nowMs: number): boolean {
    if (this.#isRefuted || nowMs - this.#confirmedAtMs < CONFIRM_INTERVAL_MS) return false;
    if (nowMs - this.#probedAtMs < this.#timeoutMs) return false;
    // Until it is clear who is there, all goes one by one, which every agent understands.
    if (this.#probes > 0) this.#isKnown = false;
    // A probe that was lost with all else tells nothing.
    if (this.#heardAtMs <= this.#probedAtMs) this.#probes = 0;
    this.#isRefuted = this.#probes === MAX_PROBES;
    if (this.#isRefuted) return false;
    this.#probes++;
    this.#probedAtMs = nowMs;
    return true;
  }

  /** Notes an answer of the kind that every agent sends. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /** Notes an answer that only the newer agents send. */
  confirm(nowMs: number): void {
    this.#isKnown = true;
    this.#isRefuted = false;
    this.#probes = 0;
    this.#probedAtMs = -Infinity;
    this.#confirmedAtMs = nowMs;
  }

  /** Forgets what is known. */
  doubt(): void {
    this.#isKnown = false;
    this.#isRefuted = false;
    this.#probes = 0;
    this.#probedAtMs = -Infinity;
    this.#confirmedAtMs = -Infinity;
  }
}
