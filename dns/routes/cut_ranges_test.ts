import { assertEquals } from "@std/assert";
import { CutRanges } from "./cut_ranges.ts";

Deno.test("CutRanges.kept() gives what is left when ranges came in any order", () => {
  const cut = new CutRanges([{ offset: 6, bytes: 2 }, { offset: 0, bytes: 3 }, {
    offset: 8,
    bytes: 1,
  }]);
  assertEquals([...cut.kept(12)], [
    { from: 0, to: 0 },
    { from: 3, to: 6 },
    { from: 8, to: 8 },
    { from: 9, to: 12 },
  ]);
});

Deno.test("CutRanges.movedTo() gives the place of a byte once the ranges are cut out", () => {
  const cut = new CutRanges([{ offset: 6, bytes: 1 }, { offset: 1, bytes: 3 }]);
  const left = [0, 4, 5, 7, 8];
  assertEquals(left.map((i) => cut.movedTo(i)), [0, 1, 2, 3, 4]);
});

Deno.test("CutRanges leaves everything in place when there is none", () => {
  const cut = new CutRanges([]);
  assertEquals([...cut.kept(5)], [{ from: 0, to: 5 }]);
  assertEquals(cut.movedTo(4), 4);
});
