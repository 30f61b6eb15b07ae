/**
 * Percentiles of many latencies in little memory: they are counted in buckets whose width is at most a 1024th of
 * their value.
 *
 * @module
 */

const SUB_BITS = 10;
const SUB_BUCKETS = 2 ** SUB_BITS;
/** Up to 2³¹ µs, 35 minutes; what is longer counts as that. */
const BUCKETS = SUB_BUCKETS * (31 - SUB_BITS + 1);
const MAX_US = 2 ** 31 - 1;

/** Counts of latencies. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  /** Counts one, ms. */
  add(latencyMs: number): void {
    this.#counts[bucketOf(Math.min(latencyMs * 1000, MAX_US) | 0)]++;
    this.#total++;
  }

  /** The latency, ms, that `share` of them do not exceed; 0 when there is none. */
  percentile(share: number): number {
    const rank = share * this.#total;
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket];
      if (seen >= rank && seen > 0) return upperUs(bucket) / 1000;
    }
    return 0;
  }
}

/** Whole values below 1024 have a bucket each; above, every doubling is cut into 1024. */
function bucketOf(us: number): number {
  if (us < SUB_BUCKETS) return us;
  const shift = 31 - SUB_BITS - Math.clz32(us);
  return (shift << SUB_BITS) + (us >>> shift);
}

/** The largest value of a bucket. */
function upperUs(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket;
  const shift = (bucket >>> SUB_BITS) - 1;
  return ((bucket - (shift << SUB_BITS)) + 1) * 2 ** shift - 1;
}
