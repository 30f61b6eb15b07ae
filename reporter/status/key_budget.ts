/**
 * How many row keys the lanes of one reporter may hold together.
 *
 * It is one budget and not a share per lane: modules differ in size, so with shares one lane would refuse what the others
 * have room for, and memory is bounded as well either way.
 *
 * @module
 */

/** A number of keys to be taken one by one and given back. */
export class KeyBudget {
  /** How many may be taken at a time. Lowered below what is taken, it gives none until as many have come back. */
  max: number;
  #taken = 0;

  /** Makes a budget of `max` keys. */
  constructor(max: number) {
    this.max = max;
  }

  /** Whether all are taken. */
  get isSpent(): boolean {
    return this.#taken >= this.max;
  }

  /** Takes one; says whether there was one. */
  take(): boolean {
    if (this.isSpent) return false;
    this.#taken++;
    return true;
  }

  /** Gives back one that was taken. */
  giveBack(): void {
    this.#taken--;
  }
}
