import { assertEquals } from "@std/assert";
import { formatTable, wrapLine } from "./table.ts";

const COLUMNS = [{ heading: "host" }, { heading: "picks", isNumber: true }, { heading: "state" }];

Deno.test("formatTable() aligns texts at the left and numbers at the right", () => {
  const rows = [["10.0.0.1:80", 7, "idle"], ["10.0.0.21:8080", 123456, ""]];
  assertEquals(formatTable(COLUMNS, rows), [
    "host             picks  state",
    "10.0.0.1:80          7  idle",
    "10.0.0.21:8080  123456",
  ]);
});

Deno.test("formatTable() gives the headings alone when there are no rows", () => {
  assertEquals(formatTable(COLUMNS, []), ["host  picks  state"]);
});

Deno.test("formatTable() takes as many rows as there are", () => {
  const rows = Array.from({ length: 300_000 }, (_, i) => ["host", i, ""]);
  assertEquals(formatTable(COLUMNS, rows).at(-1), "host  299999");
});

Deno.test("wrapLine() breaks at blanks, and leaves a long word whole", () => {
  assertEquals(wrapLine("one two", 7), ["one two"]);
  assertEquals(wrapLine("one two three four", 9), ["one two", "  three", "  four"]);
  assertEquals(wrapLine("overloooooong word", 6), ["overloooooong", "  word"]);
  assertEquals(wrapLine("overloooooong", 6), ["overloooooong"]);
  assertEquals(wrapLine("a b", Infinity), ["a b"]);
  for (const columns of [0, 1, 2]) assertEquals(wrapLine("a b c", columns), ["a b c"]);
});

Deno.test("formatTable() keeps a row on its line whatever others have put into it", () => {
  assertEquals(formatTable([{ heading: "name" }], [["two\nlines"], ["\x1b[31mred\x9b"], ["é😀"]]), [
    "name",
    "two\\nlines",
    "\\u001b[31mred\\u009b",
    "é😀",
  ]);
});
