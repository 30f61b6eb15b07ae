/**
 * Large amounts in parts, so that no message between threads is long work for whoever takes it.
 *
 * @module
 */

/**
 * Modules in one message from thread to thread. A thread takes up to 128 messages that wait for it before it looks after
 * anything else, its beats among them: at 10 µs a module that is 40 ms.
 */
export const MESSAGE_ITEMS = 32;

/** What one item is worth in a part. */
type WeightOf<Item> = (item: Item) => number;

/**
 * The items in parts that weigh `limit` at least, the last one less, and each no more than its last item is over that; no
 * part of none.
 */
export function* slices<Item>(
  items: Iterable<Item>,
  { weightOf = () => 1, limit = MESSAGE_ITEMS }: { weightOf?: WeightOf<Item>; limit?: number } = {},
): Generator<Item[]> {
  let slice: Item[] = [];
  let weight = 0;
  for (const item of items) {
    slice.push(item);
    weight += weightOf(item);
    if (weight < limit) continue;
    yield slice;
    slice = [];
    weight = 0;
  }
  if (slice.length > 0) yield slice;
}

/** What a route is worth: ten hosts are as much work as a module without any. */
export function routeWeight({ hosts }: { hosts: { length: number } }): number {
  return 1 + hosts.length / 10;
}
