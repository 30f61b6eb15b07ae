import { assertEquals, assertThrows } from "@std/assert";
import { median, percentile, slope } from "./statistics.ts";

Deno.test("median() is the middle one, or the mean of two", () => {
  assertEquals(median([5]), 5);
  assertEquals(median([9, 1, 5]), 5);
  assertEquals(median([10, 9, 1, 4]), 6.5);
  assertThrows(() => median([]), RangeError, "no measurements");
});

Deno.test("percentile() is the least value that so many do not exceed", () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  assertEquals([0, 0.5, 0.99, 1].map((share) => percentile(values, share)), [1, 50, 99, 100]);
  assertEquals(percentile([1, 2, 3], 0.99), 3);
  assertThrows(() => percentile([], 0.5), RangeError, "no measurements");
});

Deno.test("slope() is how steep the line through the points is", () => {
  assertEquals(slope([[0, 1], [1, 3], [2, 5]]), 2);
  assertEquals(slope([[0, 0], [1, 2], [2, 0]]), 0);
  assertEquals([slope([[1, 7]]), slope([])], [0, 0]);
});
