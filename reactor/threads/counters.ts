/**
 * Named numbers that a thread keeps and any other may read: how often something happened, or how much of it there is.
 * They lie in shared memory, so reading them asks nothing of the thread that keeps them, even when it hangs.
 *
 * @module
 */

/**
 * A block of named numbers. One thread writes a block, which makes plain stores enough; any thread reads it. The block
 * outlives the thread: a replacement is given the same buffer and counts on.
 *
 * @example
 * ```ts
 * import { Counters } from "./counters.ts";
 *
 * const mine = new Counters(["received", "dropped"]);
 * mine.add("received");
 * const elsewhere = new Counters(["received", "dropped"], mine.buffer);
 * console.log(elsewhere.get("received")); // 1
 * ```
 */
export class Counters<Name extends string> {
  /** The names, in the order of their numbers. */
  readonly names: readonly Name[];
  /** The memory to hand to another thread. */
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array;
  readonly #index: Record<Name, number>;

  /** Makes a block of zeros, or joins the one in `buffer`. */
  constructor(
    names: readonly Name[],
    buffer: SharedArrayBuffer = new SharedArrayBuffer(names.length * 8),
  ) {
    this.names = names;
    this.buffer = buffer;
    this.#values = new Float64Array(buffer);
    this.#index = Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, number>;
  }

  /** Counts on. */
  add(name: Name, by = 1): void {
    this.#values[this.#index[name]] += by;
  }

  /** Puts a value, for what goes up and down. */
  set(name: Name, value: number): void {
    this.#values[this.#index[name]] = value;
  }

  /** The present value. */
  get(name: Name): number {
    return this.#values[this.#index[name]];
  }
}
