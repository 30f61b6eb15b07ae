/**
 * Large amounts in chunks, so that no message between threads is long work for whoever takes it, and small ones together.
 *
 * @module
 */

/**
 * What a chunk weighs: so many modules without hosts. A thread takes up to 128 messages that wait for it before it looks
 * after anything else, its beats among them: at 10 µs a module that is 40 ms.
 */
export const CHUNK_WEIGHT = 32;

/** What an item weighs. */
type WeightOf<Item> = (item: Item) => number;

/**
 * The items in chunks that weigh {@link CHUNK_WEIGHT} at least, the last one less, and each no more than its last item is
 * over that; no chunk of none. An item weighs 1 unless told otherwise.
 */
export function* chunksOf<Item>(
  items: Iterable<Item>,
  weightOf: WeightOf<Item> = () => 1,
): Generator<Item[]> {
  let chunk: Item[] = [];
  let weight = 0;
  for (const item of items) {
    chunk.push(item);
    weight += weightOf(item);
    if (weight < CHUNK_WEIGHT) continue;
    yield chunk;
    chunk = [];
    weight = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/** What a route weighs: ten hosts are as much work as a module without any. */
export function routeWeight({ hosts }: { hosts: { length: number } }): number {
  return 1 + hosts.length / 10;
}

/** Coalesces items: what is added at a time goes on together, in chunks. */
export class Coalescer<Item> {
  readonly #send: (chunk: Item[]) => void;
  readonly #weightOf?: WeightOf<Item>;
  #items: Item[] = [];

  /** Hands chunks to `send`. */
  constructor(send: (chunk: Item[]) => void, weightOf?: WeightOf<Item>) {
    this.#send = send;
    this.#weightOf = weightOf;
  }

  /** Adds items; they go on in a microtask, when what runs now is done. */
  add(items: readonly Item[]): void {
    if (this.#items.length === 0 && items.length > 0) queueMicrotask(() => this.#flush());
    for (const item of items) this.#items.push(item);
  }

  #flush(): void {
    const items = this.#items;
    this.#items = [];
    for (const chunk of chunksOf(items, this.#weightOf)) this.#send(chunk);
  }
}
