/**
 * Ranges that are cut out of a run of bytes, and where what is left comes to lie when it closes up.
 *
 * @module
 */

/** A range of bytes. */
export interface ByteRange {
  /** Where it begins. */
  offset: number;
  /** How long it is. */
  bytes: number;
}

/** A set of ranges, none overlapping another, that are cut out. */
export class CutRanges {
  readonly #ranges: ByteRange[];
  /** How many bytes the first n ranges have together, for every n. */
  readonly #cutBytes: number[] = [0];

  /** Takes the ranges in any order. */
  constructor(ranges: readonly ByteRange[]) {
    this.#ranges = ranges.toSorted((a, b) => a.offset - b.offset);
    for (const [i, { bytes }] of this.#ranges.entries()) {
      this.#cutBytes.push(this.#cutBytes[i] + bytes);
    }
  }

  /** What is left of the first `length` bytes, in order; `to` is exclusive. */
  *kept(length: number): Generator<{ from: number; to: number }> {
    let from = 0;
    for (const { offset, bytes } of this.#ranges) {
      yield { from, to: offset };
      from = offset + bytes;
    }
    yield { from, to: length };
  }

  /** Where a byte that is left comes to lie. */
  movedTo(offset: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle].offset < offset) low = middle + 1;
      else high = middle;
    }
    return offset - this.#cutBytes[low];
  }
}
