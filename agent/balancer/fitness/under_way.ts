/**
 * The picks of a host that are not reported on: how many of them are as young as any call, and how many are out for far
 * longer than calls take here.
 *
 * Reports carry no pick's id. What a call took says when it began, and so which of them it was; where that was not measured,
 * it was the oldest.
 *
 * @module
 */

/** Calls younger than this are not stuck, whatever is usual, ms. */
const LEAST_STRETCH_MS = 20;

/** By this time half of the stuck ones are taken to be lost: callers never report on some, and datagrams get lost. */
const LEAST_EXPIRY_MS = 10_000;

/** What all hosts of a module together have under way, but for the ejected ones; and the time that all go by. */
export class PoolLoad {
  /** Now, ms. */
  nowMs = 0;
  /** How long a stretch is, ms. */
  stretchMs = LEAST_STRETCH_MS;
  /** Calls as young as any. */
  young = 0;
  /** Calls that are out for too long. */
  stuck = 0;

  /** Goes on to `nowMs`, where the slowest usual call takes `usualMs`. */
  setTime(nowMs: number, usualMs: number): void {
    this.nowMs = Math.floor(nowMs); // whole numbers need no objects of their own in the hosts that keep them
    this.stretchMs = Math.max(LEAST_STRETCH_MS, 2 * usualMs);
  }
}

/** What one host has under way. Calls are counted by stretches of time, each twice as long as the slowest usual call. */
export class UnderWay {
  /** Calls that are out for too long. */
  stuck = 0;
  /** Picks since the last answer, … */
  unanswered = 0;
  /** … the first of them, ms; -1 where there is none, … */
  unansweredFromMs = -1;
  /** … and the last pick of all. */
  pickedMs = 0;
  #now = 0;
  #before = 0;
  /** When the present stretch of time began, and the one before. */
  #nowFromMs = 0;
  #beforeFromMs = 0;
  #halvedMs = 0;
  readonly #pool: PoolLoad;
  #isCounted = true;

  /** A host with nothing under way, which counts for `pool`. */
  constructor(pool: PoolLoad) {
    this.#pool = pool;
  }

  /** Calls as young as any. */
  get young(): number {
    return this.#now + this.#before;
  }

  /** Has the pool count what is under way here, or not. */
  setCounted(isCounted: boolean): void {
    if (isCounted === this.#isCounted) return;
    this.#tell(-1);
    this.#isCounted = isCounted;
    this.#tell(1);
  }

  /** Takes no notice of the picks that were not answered so far. */
  forgetUnanswered(): void {
    this.unanswered = 0;
    this.unansweredFromMs = -1;
  }

  /** A call begins. */
  began(): void {
    const { nowMs, stretchMs } = this.#pool;
    if (nowMs - this.#nowFromMs >= stretchMs) this.#roll();
    this.#now++;
    if (this.#isCounted) this.#pool.young++;
    this.unanswered++;
    this.pickedMs = nowMs;
    if (this.unansweredFromMs < 0) this.unansweredFromMs = nowMs;
  }

  /** A call ends that took `costMs`, 0 where that was not measured. */
  ended(costMs: number): void {
    const { nowMs, stretchMs } = this.#pool;
    if (nowMs - this.#nowFromMs >= stretchMs) this.#roll();
    this.forgetUnanswered();
    const beganMs = costMs > 0 ? nowMs - costMs : -Infinity;
    if (this.#now > 0 && beganMs >= this.#nowFromMs) this.#endYoung(true);
    else if (this.#before > 0 && beganMs >= this.#beforeFromMs) this.#endYoung(false);
    else if (this.stuck > 0) this.#endStuck();
    else if (this.#before > 0) this.#endYoung(false);
    else if (this.#now > 0) this.#endYoung(true);
  }

  #endYoung(isOfNow: boolean): void {
    if (isOfNow) this.#now--;
    else this.#before--;
    if (this.#isCounted) this.#pool.young--;
  }

  #endStuck(): void {
    this.stuck--;
    if (this.#isCounted) this.#pool.stuck--;
  }

  #roll(): void {
    const { nowMs, stretchMs } = this.#pool;
    const elapsedMs = nowMs - this.#nowFromMs;
    this.#tell(-1);
    if (this.stuck === 0) this.#halvedMs = nowMs;
    const isLong = elapsedMs >= 2 * stretchMs;
    this.stuck += this.#before + (isLong ? this.#now : 0);
    this.#before = isLong ? 0 : this.#now;
    this.#now = 0;
    this.#beforeFromMs = isLong ? nowMs : this.#nowFromMs;
    this.#nowFromMs = nowMs;
    const expiryMs = Math.max(LEAST_EXPIRY_MS, stretchMs);
    while (this.stuck > 0 && nowMs - this.#halvedMs > expiryMs) {
      this.stuck = this.stuck >> 1;
      this.#halvedMs += expiryMs;
    }
    this.#tell(1);
  }

  #tell(sign: number): void {
    if (!this.#isCounted) return;
    this.#pool.young += sign * this.young;
    this.#pool.stuck += sign * this.stuck;
  }
}
