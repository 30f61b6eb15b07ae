/**
 * How long the harness itself could not run: what it saw late is nobody's fault. It is told the time at short intervals; a
 * gap between two of these is a stall, which counts for none of the limits. On a machine that others use as well, limits
 * so become as much longer as the machine was away. Pure.
 *
 * @module
 */

/** How often the meter is to be told the time, ms. */
export const TICK_MS = 20;

/** A gap longer than this is a stall, ms: timers are never exact. */
const STALL_MS = 50;

/** The stalls of a run. */
export class StallMeter {
  readonly #stalls: { fromMs: number; toMs: number }[] = [];
  #lastMs?: number;

  /** It is `nowMs`: to be called every {@link TICK_MS}. */
  tick(nowMs: number): void {
    const lastMs = this.#lastMs ?? nowMs;
    if (nowMs - lastMs > STALL_MS) this.#stalls.push({ fromMs: lastMs, toMs: nowMs });
    this.#lastMs = nowMs;
  }

  /** How much of the time between was none of a stall, ms. */
  unstalledMs(fromMs: number, toMs: number): number {
    return Math.max(0, toMs - fromMs - this.stalledMs(fromMs, toMs));
  }

  /** How much of the time between was stalled, ms. */
  stalledMs(fromMs: number, toMs: number): number {
    let stalledMs = 0;
    for (const stall of this.#stalls) {
      stalledMs += Math.max(0, Math.min(toMs, stall.toMs) - Math.max(fromMs, stall.fromMs));
    }
    return stalledMs;
  }
}
