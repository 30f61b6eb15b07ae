import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { BufferPool, PoolExhaustedError } from "./buffer_pool.ts";
import { RingBuffer } from "./ring_buffer.ts";
import { anySeed, withSeed } from "../../testing/seeded_random.ts";

const CAPACITY = 4096;

/** Reads into the ring as a socket does, as much as fits in one go. */
function fill(ring: RingBuffer, bytes: Uint8Array): number {
  const space = ring.writable();
  const part = bytes.subarray(0, space.length);
  space.set(part);
  ring.commit(part.length);
  return part.length;
}

Deno.test("RingBuffer behaves as a plain list of bytes", () => {
  withSeed(anySeed(), (random) => {
    const pool = new BufferPool();
    const ring = new RingBuffer(pool);
    let model: number[] = [];
    for (let step = 0; step < 3000; step++) {
      switch (random.below(8)) {
        case 0: {
          const capacity = 4096 << (2 * random.below(2));
          ring.resize(capacity);
          assert(ring.capacity >= Math.max(capacity, model.length));
          break;
        }
        case 1:
        case 2: {
          const bytes = random.below(model.length + 1);
          ring.consume(bytes);
          model = model.slice(bytes);
          break;
        }
        case 3: {
          const offset = random.below(model.length + 1);
          const bytes = random.below(model.length - offset + 1);
          assertEquals([...ring.view(offset, bytes)], model.slice(offset, offset + bytes));
          break;
        }
        default: {
          const bytes = random.bytes(random.below(700));
          model.push(...bytes.subarray(0, fill(ring, bytes)));
        }
      }
      assertEquals(ring.size, model.length);
      if (model.length > 0) {
        const offset = random.below(model.length);
        assertEquals(ring.at(offset), model[offset]);
      }
    }
    ring.release();
    assertEquals(pool.lentBytes, 0);
  });
});

Deno.test("view() shares the ring's memory, and copies only what straddles its end", () => {
  const ring = new RingBuffer(new BufferPool());
  const memory = ring.writable().buffer;
  fill(ring, new Uint8Array(CAPACITY - 2).fill(1));
  assertStrictEquals(ring.view(10, 20).buffer, memory);
  ring.consume(CAPACITY - 4);
  fill(ring, Uint8Array.of(3, 4));
  fill(ring, Uint8Array.of(5, 6));
  assertStrictEquals(ring.view(0, 4).buffer, memory);
  assertStrictEquals(ring.view(4, 2).buffer, memory);
  assertEquals(ring.copies, 0);

  const straddling = ring.view(1, 5);
  assertEquals(straddling, Uint8Array.of(1, 3, 4, 5, 6));
  assertNotEquals(straddling.buffer, memory);
  assertEquals(ring.copies, 1);
});

Deno.test("writable() is the free space behind what is filled, in one piece", () => {
  const ring = new RingBuffer(new BufferPool());
  assertEquals(ring.writable().length, CAPACITY);
  ring.commit(CAPACITY);
  assertEquals(ring.writable().length, 0);
  ring.consume(100);
  assertEquals(ring.writable().length, 100);
  assertEquals(ring.writable().byteOffset, 0);
  ring.commit(60);
  assertEquals(ring.writable().length, 40);
  assertEquals(ring.writable().byteOffset, 60);
});

Deno.test("consume() starts an empty ring over, so that what follows does not straddle", () => {
  const ring = new RingBuffer(new BufferPool());
  ring.commit(4000);
  ring.consume(4000);
  assertEquals(ring.writable().length, CAPACITY);
});

Deno.test("resize() keeps the bytes, in order, with one copy", () => {
  const pool = new BufferPool();
  const ring = new RingBuffer(pool);
  fill(ring, new Uint8Array(CAPACITY));
  ring.consume(CAPACITY - 2);
  fill(ring, Uint8Array.of(1, 2, 3)); // straddles
  ring.resize(10_000);
  assertEquals(ring.capacity, 16 << 10);
  assertEquals([...ring.view(0, 5)], [0, 0, 1, 2, 3]);
  assertEquals(ring.copies, 1);
  assertEquals(pool.lentBytes, 16 << 10);
  ring.consume(5);
  ring.resize(1);
  assertEquals(ring.capacity, CAPACITY);
  assertEquals(ring.copies, 1);
});

Deno.test("resize() leaves the ring as it was when there is no memory", () => {
  const ring = new RingBuffer(new BufferPool({ maxBytes: 8 << 10 }));
  fill(ring, Uint8Array.of(1, 2, 3));
  assertThrows(() => ring.resize(10_000), PoolExhaustedError);
  assertEquals([...ring.view(0, 3)], [1, 2, 3]);
});
