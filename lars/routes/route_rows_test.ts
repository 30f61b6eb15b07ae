import { assertEquals } from "@std/assert";
import { formatOf, lineStarts } from "./route_rows.ts";

Deno.test("formatOf() goes by the name, or else by the text", () => {
  assertEquals(formatOf("routes.CSV", "[]"), "csv");
  assertEquals(formatOf("routes.json", "modid"), "json");
  assertEquals(formatOf("routes", " [1]"), "json");
  assertEquals(formatOf("-", "modid,cmdid"), "csv");
});

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
