/**
 * How many calls to each host have not come back.
 *
 * @module
 */

/** Counts by host. */
export class Outstanding {
  readonly #counts: number[] = [];

  /** How many are under way. */
  of(host: number): number {
    return this.#counts[host] ?? 0;
  }

  /** One more. */
  began(host: number): void {
    while (this.#counts.length <= host) this.#counts.push(0);
    this.#counts[host]++;
  }

  /** One less. */
  ended(host: number): void {
    this.#counts[host]--;
  }
}
