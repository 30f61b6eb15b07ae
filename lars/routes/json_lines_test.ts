import { assertEquals } from "@std/assert";
import { lineStarts } from "./json_lines.ts";

Deno.test("lineStarts() gives the line of each item, whatever is in the others", () => {
  const items = ['{"a": [1, {"b": "]},\\"\\n[{"}]}', "17", '"x, y"', "[[], []]", "{}", "null"];
  for (const gap of ["", " ", "\n", "\r\n\n"]) {
    const text = `${gap}[${gap}${items.join(`${gap},${gap}`)}${gap}]${gap}`;
    const breaks = gap.split("\n").length - 1;
    const expected = items.map((_, i) => 1 + breaks * (2 + 2 * i));
    assertEquals(lineStarts(text), expected);
    assertEquals(JSON.parse(text).length, expected.length);
  }
});

Deno.test("lineStarts() gives the line on which an item of several lines begins", () => {
  assertEquals(lineStarts('[\n{\n"a": 1,\n"b": [\n1, 2]\n},\n{\n}\n]'), [2, 7]);
});

Deno.test("lineStarts() gives nothing for an empty array", () => {
  assertEquals(lineStarts("[\n]"), []);
});
