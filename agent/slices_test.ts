import { assertEquals } from "@std/assert";
import { slices } from "./slices.ts";

Deno.test("slices() parts items, and gives no empty part", () => {
  const lengths = (count: number) => [...slices(Array(count).keys())].map(({ length }) => length);
  assertEquals(lengths(0), []);
  assertEquals(lengths(1), [1]);
  assertEquals(lengths(32), [32]);
  assertEquals(lengths(65), [32, 32, 1]);
  assertEquals([...slices([7, 8, 9], 2)], [[7, 8], [9]]);
});
