/**
 * The policy `p2c`: of two idle hosts drawn at random, the one with less load, where
 *
 *     load = latency × (outstanding picks + 1) ÷ (weight × the part of its share that slow start leaves it)
 *
 * (power of two choices: M. Mitzenmacher, 1996; the load is that of Finagle's `p2cPeakEwma`). The latency is a peak-heeding
 * moving average: a worse sample counts at once and whole, better ones by and by, and without samples it fades, so that a
 * host that was slow is tried again:
 *
 *     latency = max(sample, latency × d + sample × (1 − d)),  d = e^(−elapsed / DECAY_MS)
 *
 * A failed call counts as one that took `FAILURE_FACTOR` times as long as the host's calls usually do, or as long as it did
 * take where that is more: latency alone would send every call to the host that fails fastest. Picks that nobody reports on are
 * outstanding for one to two `EXPIRE_MS`, then forgotten: callers that never report must not make a host look loaded for
 * ever.
 *
 * O(1) for each call.
 *
 * @module
 */

import type { HostState } from "../host/host_state.ts";
import { slowStartPart } from "./slow_start.ts";
import type { CallResult, HostLoad, Picker } from "./picker.ts";

/** Time constant of the moving average, ms: Finagle's default. */
const DECAY_MS = 10_000;

/** How long a pick without an outcome counts at least, ms: longer than most callers wait for an answer. */
const EXPIRE_MS = 10_000;

/**
 * How many good calls a failed one costs as much as. Enough to stand out from a host whose slowest call in a hundred was just
 * now: services with a 99th percentile of five to ten times the median are common. The simulator's gray-failure and
 * rolling-restart lose a sixth of the calls with 16 that they lose with 4; with 32 a healed host waits 20 s for its share.
 */
const FAILURE_FACTOR = 16;

/** How much one good call says of what is usual: the gain of TCP's smoothed round-trip time (RFC 6298). */
const USUAL_GAIN = 1 / 8;

/** What a latency counts at least, ms: below that, and where nothing is known, the outstanding picks alone decide. */
const LEAST_LATENCY_MS = 1;

interface Load {
  /** Where the host stands among the idle ones; -1 while it is none of them. */
  index: number;
  latencyMs: number;
  /** When the latency was that. */
  atMs: number;
  /** What a good call usually takes. */
  usualMs: number;
  /** Picks less outcomes, of the present stretch of time and the one before. */
  outstanding: number;
  earlierOutstanding: number;
  stretch: number;
}

/** Picks the less loaded of two idle hosts. */
export class P2cPicker implements Picker {
  readonly #random: () => number;
  readonly #slowStartMs: number;
  readonly #idle: HostState[] = [];
  /** Those of overloaded hosts, too; of forgotten ones until they are collected. */
  readonly #loads = new WeakMap<HostState, Load>();

  /**
   * Draws by `random`, which gives numbers 0 ≤ x < 1. A host that joins gets to its full share within `slowStartMs`; 0 is
   * at once.
   */
  constructor(random: () => number, slowStartMs = 0) {
    this.#random = random;
    this.#slowStartMs = slowStartMs;
  }

  /** Takes a host. One that was ejected is as slow as it usually is, whatever it was last. */
  add(host: HostState, nowMs: number): void {
    const load = this.#loadOf(host, nowMs);
    if (load.index >= 0) return;
    load.index = this.#idle.length;
    load.latencyMs = load.usualMs;
    load.atMs = nowMs;
    this.#idle.push(host);
  }

  /** Lets go of a host. */
  remove(host: HostState): void {
    const load = this.#loads.get(host);
    if (load === undefined || load.index < 0) return;
    const last = this.#idle.pop() as HostState;
    if (last !== host) {
      this.#idle[load.index] = last;
      (this.#loads.get(last) as Load).index = load.index;
    }
    load.index = -1;
  }

  /** The less loaded of two; of equally loaded ones the one that was not picked for longer. */
  pick(nowMs: number): HostState {
    const [first, second] = this.#draw();
    const [firstLoad, secondLoad] = [this.#score(first, nowMs), this.#score(second, nowMs)];
    const isFirst = firstLoad === secondLoad
      ? first.place.order <= second.place.order
      : firstLoad < secondLoad;
    return isFirst ? first : second;
  }

  /** Counts the pick until its outcome is known, that of an overloaded host, too. */
  onPick(host: HostState, nowMs: number): void {
    this.#loadOf(host, nowMs).outstanding++;
  }

  /** Learns latencies. */
  onResult(host: HostState, { succeeded, costMs, count }: CallResult, nowMs: number): void {
    const load = this.#loadOf(host, nowMs);
    this.#forgetPicks(load, count);
    if (succeeded && costMs === 0) return; // not measured
    const sampleMs = succeeded ? costMs : Math.max(costMs, costOfFailureMs(load));
    if (succeeded) load.usualMs = nextUsualMs(load, { costMs, count });
    const keep = Math.exp((load.atMs - nowMs) / DECAY_MS);
    load.latencyMs = Math.max(sampleMs, load.latencyMs * keep + sampleMs * (1 - keep));
    load.atMs = nowMs;
  }

  /** What its load is made of. */
  describe(host: HostState, nowMs: number): HostLoad {
    const load = this.#loadOf(host, nowMs);
    const latencyMs = load.latencyMs * Math.exp((load.atMs - nowMs) / DECAY_MS);
    return { latencyMs, outstanding: load.outstanding + load.earlierOutstanding };
  }

  #draw(): [HostState, HostState] {
    const count = this.#idle.length;
    const first = Math.floor(this.#random() * count);
    if (count === 1) return [this.#idle[0], this.#idle[0]];
    const step = 1 + Math.floor(this.#random() * (count - 1));
    return [this.#idle[first], this.#idle[(first + step) % count]];
  }

  #score(host: HostState, nowMs: number): number {
    const { latencyMs, outstanding } = this.describe(host, nowMs);
    const weight = host.weight * slowStartPart(nowMs - host.idleFromMs, this.#slowStartMs);
    return Math.max(LEAST_LATENCY_MS, latencyMs) * (outstanding + 1) / weight;
  }

  #loadOf(host: HostState, nowMs: number): Load {
    const stretch = Math.floor(nowMs / EXPIRE_MS);
    let load = this.#loads.get(host);
    if (load === undefined) {
      load = {
        index: -1,
        latencyMs: 0,
        atMs: nowMs,
        usualMs: 0,
        outstanding: 0,
        earlierOutstanding: 0,
        stretch,
      };
      this.#loads.set(host, load);
    }
    if (load.stretch !== stretch) {
      load.earlierOutstanding = load.stretch === stretch - 1 ? load.outstanding : 0;
      load.outstanding = 0;
      load.stretch = stretch;
    }
    return load;
  }

  /** Those of the stretch before are answered first. */
  #forgetPicks(load: Load, count: number): void {
    const earlier = Math.min(load.earlierOutstanding, count);
    load.earlierOutstanding -= earlier;
    load.outstanding = Math.max(0, load.outstanding - (count - earlier));
  }
}

function costOfFailureMs({ usualMs }: Load): number {
  return FAILURE_FACTOR * Math.max(LEAST_LATENCY_MS, usualMs);
}

/** The moving average after so many samples that are alike. */
function nextUsualMs(
  { usualMs }: Load,
  { costMs, count }: { costMs: number; count: number },
): number {
  if (usualMs === 0) return costMs;
  return usualMs + (costMs - usualMs) * (1 - (1 - USUAL_GAIN) ** count);
}
