/**
 * How the picks were spread over the hosts as time went by: counts for each host and slice of time.
 *
 * @module
 */

/** How many slices there are: as many as a picture has room for. */
export const SLICES = 180;

/** Counts of picks by host and slice of time. */
export class Timeline {
  readonly #sliceMs: number;
  readonly #picks: Uint32Array;
  readonly #lost: Uint32Array;

  /** Cuts `lengthMs` into slices for so many hosts. */
  constructor({ hosts, lengthMs }: { hosts: number; lengthMs: number }) {
    this.#sliceMs = lengthMs / SLICES;
    this.#picks = new Uint32Array(hosts * SLICES);
    this.#lost = new Uint32Array(hosts * SLICES);
  }

  /** The host is picked. */
  picked(host: number, nowMs: number): void {
    this.#picks[this.#at(host, nowMs)]++;
  }

  /** A call to the host was lost that was picked then. */
  lost(host: number, pickedMs: number): void {
    this.#lost[this.#at(host, pickedMs)]++;
  }

  /** The picks of a host, slice by slice. */
  picksOf(host: number): Uint32Array {
    return this.#picks.subarray(host * SLICES, (host + 1) * SLICES);
  }

  /** Those of them that were lost. */
  lostOf(host: number): Uint32Array {
    return this.#lost.subarray(host * SLICES, (host + 1) * SLICES);
  }

  #at(host: number, ms: number): number {
    return host * SLICES + Math.min(SLICES - 1, Math.floor(ms / this.#sliceMs));
  }
}
