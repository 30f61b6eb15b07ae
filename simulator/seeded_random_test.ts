import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { seededRandom } from "./seeded_random.ts";

function take(seed: number, count: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
}

Deno.test("seededRandom() repeats a seed's numbers, and no other's", () => {
  assertEquals(take(7, 100), take(7, 100));
  assertNotEquals(take(7, 3), take(8, 3));
});

Deno.test("seededRandom() gives even numbers below 1", () => {
  const tenths = Array(10).fill(0);
  for (const x of take(1, 100_000)) tenths[Math.floor(x * 10)]++;
  assertEquals(tenths.length, 10);
  for (const count of tenths) assert(Math.abs(count - 10_000) < 500, String(tenths));
});
