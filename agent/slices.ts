/**
 * Large amounts in parts, so that no thread is at work for as long as one that hangs.
 *
 * @module
 */

/**
 * Modules in one message from thread to thread. A thread takes up to 128 messages that wait for it before it looks after
 * anything else, its beats among them: at 10 µs a module that is 40 ms.
 */
export const MESSAGE_ITEMS = 32;

/** The items in parts of so many, the last one shorter; no part of none. */
export function* slices<Item>(items: Iterable<Item>, length = MESSAGE_ITEMS): Generator<Item[]> {
  let slice: Item[] = [];
  for (const item of items) {
    slice.push(item);
    if (slice.length < length) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}
