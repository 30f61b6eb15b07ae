/**
 * Which calls are refused since the hosts of a module are saturated: then all that are admitted are late, and refusing some
 * keeps the rest quick. It is wrong where hosts fail fast, or where there is only one.
 *
 * The agent does not know what hosts can serve, nor how long callers wait. It learns the latter by time-outs: failures that
 * take far longer than calls do at rest. It closes when time-outs come in numbers while the calls that go well take a good
 * part of that time, too. From then on answers pay for calls: one that comes in half of the time to spare pays for a little
 * more than one, a later one for less, a failure for none, so that what is under way shrinks until the line is short. A
 * call every few milliseconds is admitted whatever happens: it finds out when hosts are there again, and their first quick
 * answers open the door by multiples. When calls take hardly longer than at rest it is open again.
 *
 * Where closing does not help, as with a slow dependency of all hosts, it stays open for a while.
 *
 * @module
 */

/** What one call says of the average of late. */
const GAIN = 0.05;
/** By how much the cost at rest may rise with each call. */
const REST_RISE = 5e-5;
/** Calls that take so many times as long as at rest wait somewhere. */
const WAITING_FACTOR = 3;
/** Closed at this share of time-outs. */
const CLOSING_SHARE = 0.05;
/** The part of the callers' time that a call may take. */
const TARGET_PART = 0.25;
/** Open again when calls take no more than so many times what they do at rest. */
const OPENING_FACTOR = 2;
/** What an answer pays for: a call, more or less by this for each e-fold that it is off the target, within bounds. */
const PAY_SLOPE = 0.3;
const MIN_PAY = 0.7;
const MAX_PAY = 1.5;
/** Calls that are paid for in advance at most. */
const MAX_CREDIT = 100;
/** One call is admitted in this time, ms. */
const TRICKLE_MS = 25;
/** Closing has helped when calls take this part of what they took, after so many of the callers' times. */
const HELPED_PART = 0.7;
const HELP_TIMES = 3;
/** For so long it stays open where it did not, ms. */
const OPEN_MS = 30_000;

/** Admits calls to the hosts of a module. */
export class Admission {
  /** Whether calls are refused. */
  isClosed = false;
  #patienceMs = Infinity;
  #restMs = Infinity;
  #costMs = 0;
  #timeOutShare = 0;
  #credit = 0;
  #admittedMs = -Infinity;
  #closedAtMs = 0;
  /** What calls took when it closed; 0 once it is known whether that helped. */
  #closedCostMs = 0;
  #openUntilMs = -Infinity;

  /** Says whether a call may go to the hosts. */
  admits(nowMs: number): boolean {
    if (!this.isClosed) return true;
    if (this.#credit >= 1) this.#credit--;
    else if (nowMs - this.#admittedMs < TRICKLE_MS) return false;
    this.#admittedMs = nowMs;
    return true;
  }

  /** Learns how a call went; `costMs` is 0 where it was not measured. */
  learn(succeeded: boolean, costMs: number, nowMs: number): void {
    if (costMs === 0) return;
    const isTimeOut = !succeeded && costMs > WAITING_FACTOR * this.#restMs;
    if (isTimeOut) this.#patienceMs = costMs;
    this.#timeOutShare += GAIN * (Number(isTimeOut) - this.#timeOutShare);
    if (!succeeded) return this.#closeIfSaturated(nowMs);
    this.#costMs += (this.#costMs === 0 ? 1 : GAIN) * (costMs - this.#costMs);
    if (!this.isClosed) {
      this.#restMs = Math.min(this.#restMs * (1 + REST_RISE), this.#costMs);
      return;
    }
    const pay = 1 + PAY_SLOPE * Math.log(this.#targetMs / costMs);
    this.#credit = Math.min(MAX_CREDIT, this.#credit + Math.max(MIN_PAY, Math.min(MAX_PAY, pay)));
    this.#openIfRested(nowMs);
  }

  get #targetMs(): number {
    return TARGET_PART * this.#patienceMs;
  }

  #closeIfSaturated(nowMs: number): void {
    if (this.isClosed || nowMs < this.#openUntilMs || this.#timeOutShare <= CLOSING_SHARE) return;
    if (this.#costMs <= Math.max(this.#targetMs, WAITING_FACTOR * this.#restMs)) return;
    this.isClosed = true;
    this.#credit = 0;
    this.#closedAtMs = nowMs;
    this.#closedCostMs = this.#costMs;
  }

  #openIfRested(nowMs: number): void {
    if (this.#costMs < Math.min(OPENING_FACTOR * this.#restMs, this.#targetMs / 2)) {
      this.isClosed = false;
    } else if (
      this.#closedCostMs > 0 && nowMs - this.#closedAtMs > HELP_TIMES * this.#patienceMs
    ) {
      const hasHelped = this.#costMs <= HELPED_PART * this.#closedCostMs;
      this.#closedCostMs = 0;
      if (hasHelped) return;
      this.isClosed = false;
      this.#openUntilMs = nowMs + OPEN_MS;
    }
  }
}
