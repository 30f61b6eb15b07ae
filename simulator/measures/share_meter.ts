/**
 * What share of its fair one each host has of an agent's picks, now: the picks of the last second, or of the last ten for
 * each host where these take longer. A fair share is that of the host's weight in the route.
 *
 * The picks are counted in slices, of which a window has four: a host's share is known four times in a window.
 *
 * @module
 */

const SLICES = 4;
/** A window has at least this length, ms, … */
const WINDOW_MS = 1_000;
/** … and so many picks for each host on an average. */
const WINDOW_PICKS = 10;

/** A host's picks in a window. */
export interface WindowShare {
  /** Whose picks. */
  readonly agent: number;
  /** The host. */
  readonly host: number;
  /** Beside its fair share: 1 is just that. */
  readonly share: number;
  /** When the window began, ms. */
  readonly sinceMs: number;
}

/** Counts of one agent. */
interface Counts {
  /** The picks of each host, slice by slice. */
  readonly picks: Uint32Array;
  /** All picks of each slice. */
  readonly total: Uint32Array;
  /** When each slice began, ms. */
  readonly beganMs: Float64Array;
  /** How many slices have begun since the route is as it is. */
  slices: number;
}

/** Measures the shares of all hosts. */
export class ShareMeter {
  readonly #onShare: (share: WindowShare) => void;
  readonly #hosts: number;
  readonly #agents: readonly Counts[];
  /** The part of the picks that is fair, by host; 0 is not in the route. */
  #fairShares: readonly number[] = [];
  #slicePicks = 0;

  /** Tells `onShare` the share of every host of the route, in windows one after the other. */
  constructor(
    { agents, hosts, onShare }: {
      agents: number;
      hosts: number;
      onShare: (share: WindowShare) => void;
    },
  ) {
    this.#hosts = hosts;
    this.#onShare = onShare;
    this.#agents = Array.from({ length: agents }, () => ({
      picks: new Uint32Array(SLICES * hosts),
      total: new Uint32Array(SLICES),
      beganMs: new Float64Array(SLICES),
      slices: 0,
    }));
  }

  /** The route changes: what came before says nothing of the shares that are fair now. */
  setWeights(weights: ReadonlyMap<number, number>): void {
    const sum = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
    this.#fairShares = Array.from(
      { length: this.#hosts },
      (_, host) => (weights.get(host) ?? 0) / sum,
    );
    this.#slicePicks = weights.size * WINDOW_PICKS / SLICES;
    for (const counts of this.#agents) counts.slices = 0;
  }

  /** An agent picks a host. */
  picked({ agent, host }: { agent: number; host: number }, nowMs: number): void {
    const counts = this.#agents[agent];
    let slice = (counts.slices - 1) % SLICES;
    if (counts.slices === 0 || this.#isOver(counts, { slice, nowMs })) {
      if (counts.slices >= SLICES) this.#tell(agent);
      slice = counts.slices++ % SLICES;
      counts.beganMs[slice] = nowMs;
      counts.total[slice] = 0;
      counts.picks.fill(0, slice * this.#hosts, (slice + 1) * this.#hosts);
    }
    counts.total[slice]++;
    counts.picks[slice * this.#hosts + host]++;
  }

  #isOver({ total, beganMs }: Counts, { slice, nowMs }: { slice: number; nowMs: number }): boolean {
    return total[slice] >= this.#slicePicks && nowMs - beganMs[slice] >= WINDOW_MS / SLICES;
  }

  /** The last slices are a window that is whole. */
  #tell(agent: number): void {
    const { picks, total, beganMs, slices } = this.#agents[agent];
    const sinceMs = beganMs[slices % SLICES];
    const all = total.reduce((sum, count) => sum + count, 0);
    for (let host = 0; host < this.#hosts; host++) {
      const fair = all * this.#fairShares[host];
      // So little is fair that chance decides whether it has any.
      if (fair < WINDOW_PICKS / 2) continue;
      let sum = 0;
      for (let slice = 0; slice < SLICES; slice++) sum += picks[slice * this.#hosts + host];
      this.#onShare({ agent, host, share: sum / fair, sinceMs });
    }
  }
}
