/**
 * Named numbers that a thread keeps and any other may read: how often something happened, or how much of it there is.
 * They lie in shared memory, so reading them asks nothing of the thread that keeps them, even when it hangs.
 *
 * @module
 */

/** The numbers that a part keeps, each with what it means. A name is in one of the two. */
export interface CounterTable<Name extends string = string> {
  /** What only rises. */
  readonly counters: { readonly [Each in Name]?: string };
  /** What goes up and down. */
  readonly gauges?: { readonly [Each in Name]?: string };
}

/** The names in a table. */
export type CounterName<Table extends CounterTable> =
  & (keyof Table["counters"] | keyof Table["gauges"])
  & string;

/**
 * A block of the numbers in a table. One thread writes a block, which makes plain stores enough; any thread reads it. The
 * block outlives the thread: a replacement is given the same buffer and counts on.
 *
 * @example
 * ```ts
 * import { type CounterName, Counters } from "./counters.ts";
 *
 * const INBOX_COUNTERS = {
 *   counters: { received: "Letters received" },
 *   gauges: { unread: "Letters not read yet" },
 * } as const;
 * type InboxCounter = CounterName<typeof INBOX_COUNTERS>;
 *
 * const mine: Counters<InboxCounter> = new Counters(INBOX_COUNTERS);
 * mine.add("received");
 * const elsewhere = new Counters(INBOX_COUNTERS, mine.buffer);
 * console.log(elsewhere.get("received")); // 1
 * ```
 */
export class Counters<Name extends string> {
  /** What the numbers mean. */
  readonly table: CounterTable<Name>;
  /** All names. */
  readonly names: readonly Name[];
  /** The memory to hand to another thread. */
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array;
  readonly #index: Record<Name, number>;

  /** Makes a block of zeros, or joins the one in `buffer`. */
  constructor(table: CounterTable<Name>, buffer?: SharedArrayBuffer) {
    this.table = table;
    this.names = Object.keys({ ...table.counters, ...table.gauges }) as Name[];
    this.buffer = buffer ?? new SharedArrayBuffer(this.names.length * 8);
    this.#values = new Float64Array(this.buffer);
    this.#index = Object.fromEntries(this.names.map((name, i) => [name, i])) as Record<
      Name,
      number
    >;
  }

  /** Counts on. */
  add(name: Name, by = 1): void {
    this.#values[this.#index[name]] += by;
  }

  /** Sets a gauge. */
  set(name: Name, value: number): void {
    this.#values[this.#index[name]] = value;
  }

  /** The present value. */
  get(name: Name): number {
    return this.#values[this.#index[name]];
  }

  /** Sets all gauges to 0: what they measured went with the thread that kept them. */
  clearGauges(): void {
    for (const name of Object.keys(this.table.gauges ?? {}) as Name[]) this.set(name, 0);
  }
}
