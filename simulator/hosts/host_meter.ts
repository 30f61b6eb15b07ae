/**
 * What a host knows of its own load, and answers to probes: how many calls it has in hand, and how long calls took of
 * late that came when it had about as many. A call that its caller gave up on is in hand all the same.
 *
 * Source: Wydrowski et al., "Load is not what you should balance: Introducing Prequal", NSDI 2024, section 4, which
 * leaves open how many calls are looked at; here the median is that of the last {@linkcode SAMPLES}.
 *
 * @module
 */

import type { LoadReport } from "../policies/policy.ts";
import { TimeQueue } from "../time_queue.ts";

/** Latencies that are kept of calls that met alike many others. */
const SAMPLES = 8;

/** For so long the last of them is worth something, ms. */
const FRESH_MS = 5_000;

/** Latencies of calls that met alike many others. */
class Samples {
  readonly #latenciesMs: number[] = [];
  #next = 0;
  #endedMs = -Infinity;
  /** The median, where it is known. */
  #medianMs: number | undefined;

  add(latencyMs: number, nowMs: number): void {
    this.#latenciesMs[this.#next++ % SAMPLES] = latencyMs;
    this.#endedMs = nowMs;
    this.#medianMs = undefined;
  }

  isFresh(nowMs: number): boolean {
    return nowMs - this.#endedMs <= FRESH_MS;
  }

  get medianMs(): number {
    return this.#medianMs ??= medianOf(this.#latenciesMs);
  }
}

/** The load of one host. */
export class HostMeter {
  readonly #ends = new TimeQueue();
  /** Of each call in hand, how long it takes and in which bucket that counts; by row. */
  readonly #latenciesMs: number[] = [];
  readonly #bucketOf: number[] = [];
  readonly #freeRows: number[] = [];
  readonly #buckets: Samples[] = [];

  /** A call comes that will take so long, its wait included. */
  begin(latencyMs: number, nowMs: number): void {
    this.#endCalls(nowMs);
    const row = this.#freeRows.pop() ?? this.#latenciesMs.length;
    this.#latenciesMs[row] = latencyMs;
    this.#bucketOf[row] = bucketOf(this.#ends.size);
    this.#ends.push(row, nowMs + latencyMs);
  }

  /** What a probe is answered. */
  report(nowMs: number): LoadReport {
    this.#endCalls(nowMs);
    const inFlight = this.#ends.size;
    return { inFlight, latencyMs: this.#latencyNear(bucketOf(inFlight), nowMs) };
  }

  #endCalls(nowMs: number): void {
    while (this.#ends.nextMs <= nowMs) {
      const endedMs = this.#ends.nextMs;
      const row = this.#ends.take();
      (this.#buckets[this.#bucketOf[row]] ??= new Samples()).add(this.#latenciesMs[row], endedMs);
      this.#freeRows.push(row);
    }
  }

  /** Of the bucket itself, or of the nearest one that has any. */
  #latencyNear(bucket: number, nowMs: number): number {
    const furthest = Math.max(bucket, this.#buckets.length - bucket);
    for (let distance = 0; distance <= furthest; distance++) {
      const [lower, higher] = [this.#buckets[bucket - distance], this.#buckets[bucket + distance]];
      if (lower?.isFresh(nowMs)) return lower.medianMs;
      if (higher?.isFresh(nowMs)) return higher.medianMs;
    }
    return 0;
  }
}

const sorted = new Float64Array(SAMPLES);

/** The higher one of two in the middle. Of so few values, sorting them by hand is several times as quick. */
function medianOf(values: readonly number[]): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    let at = i;
    for (; at > 0 && sorted[at - 1] > value; at--) sorted[at] = sorted[at - 1];
    sorted[at] = value;
  }
  return sorted[values.length >> 1];
}

/** Below 8 calls a bucket each, and then one for each doubling. */
function bucketOf(inFlight: number): number {
  return inFlight < 8 ? inFlight : 5 + Math.floor(Math.log2(inFlight));
}
