import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { Backoff } from "./backoff.ts";

function waits(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => backoff.nextMs());
}

Deno.test("nextMs() doubles up to the bound and stays there", () => {
  const longest = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 1 });
  assertEquals(waits(longest, 6), [100, 200, 400, 800, 1000, 1000]);
  const shortest = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 0 });
  assertEquals(waits(shortest, 6), [50, 100, 200, 400, 500, 500]);
});

Deno.test("nextMs() never overflows, however long it goes on", () => {
  const backoff = new Backoff({ maxMs: 5000, random: () => 1 });
  assertEquals(waits(backoff, 10_000).at(-1), 5000);
});

Deno.test("nextMs() draws from the upper half by default", () => {
  for (let i = 0; i < 1000; i++) {
    const ms = new Backoff({ firstMs: 80 }).nextMs();
    assertGreaterOrEqual(ms, 40);
    assertLess(ms, 80);
  }
});

Deno.test("reset() starts again at the first wait", () => {
  const backoff = new Backoff({ firstMs: 10, random: () => 1 });
  waits(backoff, 5);
  backoff.reset();
  assertEquals(waits(backoff, 2), [10, 20]);
});
