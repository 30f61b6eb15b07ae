/**
 * A rate with a burst, as a token bucket: it fills at a rate up to its size, and each event takes a token. Pure: the time
 * is an argument.
 *
 * @module
 */

/** Says whether one more event is within a rate. */
export class TokenBucket {
  #ratePerSec = 0;
  #size = 0;
  #tokens = 0;
  #filledAtMs?: number;

  /** A full one. */
  constructor(ratePerSec: number, size: number) {
    this.resize(ratePerSec, size);
    this.#tokens = size;
  }

  /** Goes on with another rate and size; what is in it stays, as far as it fits. */
  resize(ratePerSec: number, size: number): void {
    this.#ratePerSec = ratePerSec;
    this.#size = size;
    this.#tokens = Math.min(this.#tokens, size);
  }

  /** Takes a token, if there is one. */
  take(nowMs: number): boolean {
    if (!this.has(nowMs)) return false;
    this.#tokens--;
    return true;
  }

  /** Whether there is a token. */
  has(nowMs: number): boolean {
    const passedMs = Math.max(0, nowMs - (this.#filledAtMs ?? nowMs));
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(this.#size, this.#tokens + passedMs * this.#ratePerSec / 1000);
    return this.#tokens >= 1;
  }

  /** Gives back a token that was taken for what does not count. */
  giveBack(): void {
    this.#tokens = Math.min(this.#size, this.#tokens + 1);
  }
}
