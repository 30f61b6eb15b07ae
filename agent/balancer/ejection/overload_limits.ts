/**
 * What many overloaded hosts of one module lead to: the improvements `maxOverloadedPercent` and `panicPercent`.
 *
 * @module
 */

/** How many hosts a module has, and how many of them are overloaded. */
export interface HostCounts {
  /** All of them. */
  readonly hosts: number;
  /** The overloaded ones. */
  readonly overloaded: number;
}

/** Says whether one more host may be overloaded. One always may. */
export function mayOverload({ hosts, overloaded }: HostCounts, maxPercent: number): boolean {
  return overloaded === 0 || (overloaded + 1) * 100 <= maxPercent * hosts;
}

/** Says whether more are overloaded than may be. */
export function isTooMany({ hosts, overloaded }: HostCounts, maxPercent: number): boolean {
  return overloaded > 1 && overloaded * 100 > maxPercent * hosts;
}

/** Says whether so many are overloaded that picks go over all hosts. */
export function isPanic({ hosts, overloaded }: HostCounts, panicPercent: number): boolean {
  return panicPercent > 0 && overloaded * 100 > panicPercent * hosts;
}

/**
 * Spreads picks evenly over all hosts where they stand in two queues: which queue the next is taken from.
 */
export class EvenPicks {
  #debt = 0;

  /** Says whether the next pick is an overloaded host's. */
  isOverloadedNext({ hosts, overloaded }: HostCounts): boolean {
    this.#debt = this.#debt % hosts + overloaded; // there may have been more hosts before
    if (this.#debt < hosts) return false;
    this.#debt -= hosts;
    return true;
  }
}
