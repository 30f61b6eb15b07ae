import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { BufferPool, PoolExhaustedError, SIZE_CLASSES } from "./buffer_pool.ts";

Deno.test("acquire() lends the smallest size class that is large enough", () => {
  const pool = new BufferPool();
  for (const [i, size] of SIZE_CLASSES.entries()) {
    assertEquals(pool.acquire(size).length, size);
    assertEquals(pool.acquire(size - 1).length, size);
    if (i > 0) assertEquals(pool.acquire(SIZE_CLASSES[i - 1] + 1).length, size);
  }
  assertThrows(() => pool.acquire((8 << 20) + 1), RangeError, "must be at most 8388608 bytes");
});

Deno.test("acquire() lends again what was released, and counts what is out", () => {
  const pool = new BufferPool();
  const first = pool.acquire(100);
  assertEquals(pool.lentBytes, 4096);
  pool.release(first);
  assertEquals(pool.lentBytes, 0);
  assertStrictEquals(pool.acquire(4096), first);
  assertEquals(pool.lentBytes, 4096);
});

Deno.test("acquire() throws at the cap, until something is released", () => {
  const pool = new BufferPool({ maxBytes: 20 << 10 });
  const large = pool.acquire(16 << 10);
  const small = pool.acquire(1);
  assertThrows(() => pool.acquire(1), PoolExhaustedError, "20480 of at most 20480 are lent out");
  assertEquals(pool.lentBytes, 20 << 10);
  pool.release(small);
  assertStrictEquals(pool.acquire(1), small);
  pool.release(large);
  assertStrictEquals(pool.acquire(16 << 10), large);
});

Deno.test("acquire() drops idle buffers of other sizes rather than fail", () => {
  const pool = new BufferPool({ maxBytes: 16 << 10 });
  const small = Array.from({ length: 4 }, () => pool.acquire(1));
  for (const buffer of small) pool.release(buffer);
  assertEquals(pool.acquire(16 << 10).length, 16 << 10);
  assertEquals(pool.lentBytes, 16 << 10);
  assertThrows(() => pool.acquire(1), PoolExhaustedError);
});
