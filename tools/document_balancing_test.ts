import { assertEquals, assertThrows } from "@std/assert";
import { DOCUMENT, documentBalancing, PICTURES } from "./document_balancing.ts";
import { isThorough } from "../testing/thorough.ts";

/** An hour of a thousand calls a second: as long as all others together. */
const LONGEST = ["background-1000"];

Deno.test("docs/balancing.md has the simulator's own tables and pictures (else: deno task balancing)", async () => {
  const found = await Deno.readTextFile(DOCUMENT);
  const { text, pictures } = documentBalancing(found, isThorough ? {} : { keeps: LONGEST });
  assertEquals(found, text);
  const files = Array.from(Deno.readDirSync(PICTURES), ({ name }) => name).sort();
  assertEquals(files, [...pictures.keys()].sort());
  for (const [file, svg] of pictures) {
    assertEquals(await Deno.readTextFile(new URL(file, PICTURES)), svg, file);
  }
});

Deno.test("documentBalancing() replaces the table after a mark, and nothing else", () => {
  const mark = "<!-- simulation: dead-host-quiet; policies: round-robin -->";
  const { text, pictures } = documentBalancing(`Before\n\n${mark}\n\n| old |\n| --- |\n\nAfter\n`);
  const [before, table, after] = text.split(/\n\n(?=\||After)/);
  assertEquals([before, after], [`Before\n\n${mark}`, "After\n"]);
  const [heading, , row, ...more] = table.split("\n");
  assertEquals([heading.startsWith("| policy "), row.startsWith("| round-robin ")], [true, true]);
  assertEquals([more, pictures.size], [[], 0]);
});

Deno.test("documentBalancing() leaves rows as they are that it is told to keep", () => {
  const mark = "<!-- simulation: dead-host-quiet, small-service; policies: lars, envoy -->";
  const { text: whole } = documentBalancing(`${mark}\n\n`);
  const old = whole.replaceAll(/[0-9]+\.[0-9]+/g, (number) => "9".repeat(number.length));
  const keeps = ["small-service"];
  const { text } = documentBalancing(old, { keeps });
  const rowsOf = (text: string, name: string) =>
    text.split("\n").filter((line) => line.startsWith(`| ${name} `));
  assertEquals(rowsOf(text, "small-service"), rowsOf(old, "small-service"));
  assertEquals(rowsOf(text, "dead-host-quiet"), rowsOf(whole, "dead-host-quiet"));
});

for (
  const [mark, message] of [
    ["<!-- simulation: no-such -->\n\n", "Cannot simulate no-such"],
    ["<!-- simulation: dead-host; policies: lars,best -->\n\n", "Cannot simulate best"],
    ["<!-- picture: dead-host -->\n\n", "Cannot place a picture"],
    ["<!-- overview -->\n", "Cannot find a table"],
  ]
) {
  Deno.test(`documentBalancing() refuses ${mark.trim()}: ${message}`, () => {
    assertThrows(() => documentBalancing(mark), Error, message);
  });
}
