/**
 * Whether the agent at the other end speaks the messages of many picks and reports: agents of old do not, and never
 * answer them. Pure: the time is an argument.
 *
 * It is found out with an offer, a batch of no picks, sent beside messages that every agent speaks: so nobody waits for
 * what may not come. Until the offer is answered, and for good when offers are not though other messages are, all goes one
 * by one. A try that times out puts it in doubt again, as another agent may have taken the place; and since reports have
 * no answers that could fail to come, an offer confirms it from time to time while they are sent.
 *
 * @module
 */

/** How many offers go unanswered before the agent is taken for one of old. */
const MAX_OFFERS = 3;

/** For how long an answer is good, ms. */
const CONFIRM_INTERVAL_MS = 1000;

/** What is known of one shard. */
export class BatchNegotiation {
  readonly #timeoutMs: number;
  #isKnown = false;
  #isRefuted = false;
  #offers = 0;
  #offeredAtMs = -Infinity;
  #confirmedAtMs = -Infinity;
  #heardAtMs = -Infinity;

  /** Knows nothing yet; an offer is unanswered after `timeoutMs`. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Whether the agent speaks them, as far as is known. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Says whether an offer is to be sent now, with what else is sent; then it counts as sent. */
  offer(nowMs: number): boolean {
    if (this.#isRefuted || nowMs - this.#confirmedAtMs < CONFIRM_INTERVAL_MS) return false;
    if (nowMs - this.#offeredAtMs < this.#timeoutMs) return false;
    // Until it is clear who is there, all goes one by one, which every agent understands.
    if (this.#offers > 0) this.#isKnown = false;
    // An offer that was lost with all else tells nothing.
    if (this.#heardAtMs <= this.#offeredAtMs) this.#offers = 0;
    this.#isRefuted = this.#offers === MAX_OFFERS;
    if (this.#isRefuted) return false;
    this.#offers++;
    this.#offeredAtMs = nowMs;
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
    this.#offers = 0;
    this.#offeredAtMs = -Infinity;
    this.#confirmedAtMs = nowMs;
  }

  /** Forgets what is known. */
  doubt(): void {
    this.#isKnown = false;
    this.#isRefuted = false;
    this.#offers = 0;
    this.#offeredAtMs = -Infinity;
    this.#confirmedAtMs = -Infinity;
  }
}
