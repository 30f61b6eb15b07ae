/**
 * How long calls take when nothing stands in their way: distributions, as tables of quantiles. A table makes a draw an
 * access to an array, and its entries are whole microseconds, so that a draw is the same on every machine.
 *
 * @module
 */

/** A distribution of latencies, as a scenario gives it. */
export type LatencySpec =
  | { readonly kind: "constant"; readonly ms: number }
  | { readonly kind: "exponential"; readonly meanMs: number }
  | { readonly kind: "lognormal"; readonly medianMs: number; readonly p99Ms: number }
  /** Calls of several kinds, each a share of all of them. */
  | { readonly kind: "mixture"; readonly parts: readonly LatencyPart[] };

/** One kind of calls in a mixture. */
export interface LatencyPart {
  /** Its share of the calls, beside the others' shares. */
  readonly share: number;
  /** How long its calls take. */
  readonly latency: Exclude<LatencySpec, { kind: "mixture" }>;
}

/** Quantiles of a table: its ends are those of 0.00012 and 0.99988. */
const QUANTILES = 4096;

/** Where the standard normal distribution has reached 0.99. */
const NORMAL_P99 = 2.3263;

/** A distribution that latencies are drawn from. */
export class Latency {
  /** The average, ms. */
  readonly meanMs: number;
  readonly #quantilesMs: Float64Array;

  /** Makes the table of a distribution. */
  constructor(spec: LatencySpec) {
    this.#quantilesMs = Float64Array.from(tableOf(spec), (ms) => Math.round(ms * 1000) / 1000);
    this.meanMs = this.#quantilesMs.reduce((sum, ms) => sum + ms, 0) / QUANTILES;
  }

  /** The latency that a share `u` of the calls stays below, 0 ≤ u < 1; of a random `u` it is a draw. */
  at(u: number): number {
    return this.#quantilesMs[Math.floor(u * QUANTILES)];
  }

  /** The share of the calls that take longer than this, 0 … 1. */
  shareAbove(ms: number): number {
    let [low, high] = [0, QUANTILES];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#quantilesMs[middle] > ms) high = middle;
      else low = middle + 1;
    }
    return 1 - low / QUANTILES;
  }
}

function tableOf(spec: LatencySpec): Float64Array {
  switch (spec.kind) {
    case "constant":
      return new Float64Array(QUANTILES).fill(spec.ms);
    case "exponential":
      return SHARES.map((share) => -Math.log(1 - share) * spec.meanMs);
    case "lognormal": {
      const sigma = Math.log(spec.p99Ms / spec.medianMs) / NORMAL_P99;
      return NORMAL.map((z) => spec.medianMs * Math.exp(sigma * z));
    }
    case "mixture":
      return mixtureTable(spec.parts);
  }
}

/** As many entries of each part's table as its share says, evenly spaced, and all of them in order. */
function mixtureTable(parts: readonly LatencyPart[]): Float64Array {
  const whole = parts.reduce((sum, { share }) => sum + share, 0);
  const table = new Float64Array(QUANTILES);
  let end = 0;
  let sum = 0;
  for (const { share, latency } of parts) {
    const part = tableOf(latency);
    const begin = end;
    end = Math.round(QUANTILES * (sum += share) / whole);
    for (let at = begin; at < end; at++) {
      table[at] = part[Math.floor(QUANTILES * (at - begin + 0.5) / (end - begin))];
    }
  }
  return table.sort();
}

/** The middle of every quantile's share of the calls. */
const SHARES = Float64Array.from({ length: QUANTILES }, (_, i) => (i + 0.5) / QUANTILES);

/** The standard normal distribution at {@link SHARES}: its density, added up in small steps. */
const NORMAL = normalQuantiles();

function normalQuantiles(): Float64Array {
  const step = 1 / 1024;
  let z = -5;
  let share = 0;
  return SHARES.map((wanted) => {
    while (share < wanted) {
      const middle = z + step / 2;
      share += step * Math.exp(-middle * middle / 2) / Math.sqrt(2 * Math.PI);
      z += step;
    }
    return z;
  });
}
