import { assertEquals } from "@std/assert";
import { Gaps } from "./gaps.ts";

Deno.test("Gaps.stretches() gives what is left when ranges came in any order", () => {
  const gaps = new Gaps([{ offset: 6, bytes: 2 }, { offset: 0, bytes: 3 }, {
    offset: 8,
    bytes: 1,
  }]);
  assertEquals([...gaps.stretches(12)], [
    { from: 0, to: 0 },
    { from: 3, to: 6 },
    { from: 8, to: 8 },
    { from: 9, to: 12 },
  ]);
});

Deno.test("Gaps.movedTo() gives the place of a byte once the gaps are closed", () => {
  const gaps = new Gaps([{ offset: 6, bytes: 1 }, { offset: 1, bytes: 3 }]);
  const left = [0, 4, 5, 7, 8];
  assertEquals(left.map((i) => gaps.movedTo(i)), [0, 1, 2, 3, 4]);
});

Deno.test("Gaps leaves everything in place when there is none", () => {
  const gaps = new Gaps([]);
  assertEquals([...gaps.stretches(5)], [{ from: 0, to: 5 }]);
  assertEquals(gaps.movedTo(4), 4);
});
