import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { type HeapEntry, IndexedHeap } from "./indexed_heap.ts";

interface Ranked extends HeapEntry {
  rank: number;
}

function heapOf(...ranks: number[]): { heap: IndexedHeap<Ranked>; entries: Ranked[] } {
  const heap = new IndexedHeap<Ranked>((a, b) => a.rank < b.rank);
  const entries = ranks.map((rank) => ({ rank, heapIndex: -1 }));
  for (const entry of entries) heap.push(entry);
  return { heap, entries };
}

function drain(heap: IndexedHeap<Ranked>): number[] {
  const ranks: number[] = [];
  for (let least = heap.least; least !== undefined; least = heap.least) {
    ranks.push(least.rank);
    heap.remove(least);
  }
  return ranks;
}

Deno.test("IndexedHeap is empty when new", () => {
  const { heap } = heapOf();
  assertEquals([heap.size, heap.least], [0, undefined]);
});

Deno.test("IndexedHeap hands out the least entry first", () => {
  const { heap, entries } = heapOf(5, 3, 8, 1, 9, 2);
  assertEquals(heap.size, 6);
  assertStrictEquals(heap.least, entries[3]);
  assertEquals(drain(heap), [1, 2, 3, 5, 8, 9]);
});

Deno.test("IndexedHeap.has() tells its own entries from those that left and from another heap's", () => {
  const { heap, entries } = heapOf(1, 2);
  const other = heapOf(3, 4);
  heap.remove(entries[0]);
  assertEquals(entries.map((entry) => heap.has(entry)), [false, true]);
  assertEquals(other.entries.map((entry) => heap.has(entry)), [false, false]);
  assertEquals(entries[0].heapIndex, -1);
});

Deno.test("IndexedHeap.moved() finds the place of an entry whose rank fell or rose", () => {
  const { heap, entries } = heapOf(1, 2, 3, 4, 5, 6, 7);
  entries[6].rank = 0;
  heap.moved(entries[6]);
  assertEquals(heap.least?.rank, 0);
  entries[0].rank = 10;
  heap.moved(entries[0]);
  assertEquals(drain(heap), [0, 2, 3, 4, 5, 6, 10]);
});

Deno.test("IndexedHeap does as a sorted array does, whatever enters, leaves and moves", () => {
  const change = fc.record({
    kind: fc.constantFrom("push", "push", "remove", "move"),
    rank: fc.nat(50),
    which: fc.nat(1000),
  });
  const property = fc.property(fc.array(change, { maxLength: 80, size: "max" }), (changes) => {
    const { heap } = heapOf();
    const held: Ranked[] = [];
    for (const { kind, rank, which } of changes) {
      const at = which % Math.max(1, held.length);
      const entry = held[at];
      if (kind === "push" || entry === undefined) {
        const added = { rank, heapIndex: -1 };
        held.push(added);
        heap.push(added);
      } else if (kind === "remove") {
        held.splice(at, 1);
        heap.remove(entry);
      } else {
        entry.rank = rank;
        heap.moved(entry);
      }
      assertEquals(heap.size, held.length);
      if (held.length > 0) assertEquals(heap.least?.rank, Math.min(...held.map((e) => e.rank)));
    }
    assertEquals(drain(heap), held.map(({ rank }) => rank).sort((a, b) => a - b));
  });
  fc.assert(property, { seed: 1, numRuns: 2000 });
});
