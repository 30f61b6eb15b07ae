import { assertEquals } from "@std/assert";
import { formatTable } from "./table.ts";

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

Deno.test("formatTable() keeps a row on its line whatever others have put into it", () => {
  assertEquals(formatTable([{ heading: "name" }], [["two\nlines"], ["\x1b[31mred\x9b"], ["é😀"]]), [
    "name",
    "two\\nlines",
    "\\u001b[31mred\\u009b",
    "é😀",
  ]);
});
