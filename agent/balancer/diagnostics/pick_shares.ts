/**
 * Which share of the last picks each host got, for people to see: counted in stretches of picks, of which the present one
 * and the one before are remembered. It costs a pick two counts and a comparison, and nothing per host.
 *
 * @module
 */

import type { HostState } from "../host/host_state.ts";

const LEAST_STRETCH = 1024;
/** So that the share of a host among many says something, too. */
const PICKS_PER_HOST = 16;

/** Counts the picks of a module. */
export class PickShares {
  #stretch = 1;
  #length = LEAST_STRETCH;
  #picks = 0;
  #earlierPicks = 0;

  /** The picks that shares are of. */
  get picks(): number {
    return this.#picks + this.#earlierPicks;
  }

  /** Counts a pick. */
  count(host: HostState): void {
    if (host.pickStretch !== this.#stretch) this.#turnPage(host);
    host.picks++;
    if (++this.#picks >= this.#length) this.#beginStretch();
  }

  /** Has stretches be long enough for so many hosts. */
  fit(hosts: number): void {
    this.#length = Math.max(LEAST_STRETCH, PICKS_PER_HOST * hosts);
  }

  /** The picks of a host among the last {@link picks}. */
  picksOf(host: Readonly<HostState>): number {
    const age = this.#stretch - host.pickStretch;
    if (age === 0) return host.picks + host.earlierPicks;
    return age === 1 ? host.picks : 0;
  }

  #turnPage(host: HostState): void {
    host.earlierPicks = host.pickStretch === this.#stretch - 1 ? host.picks : 0;
    host.picks = 0;
    host.pickStretch = this.#stretch;
  }

  #beginStretch(): void {
    this.#stretch++;
    this.#earlierPicks = this.#picks;
    this.#picks = 0;
  }
}
