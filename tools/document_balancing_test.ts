import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { DOCUMENT, documentBalancing, PICTURES } from "./document_balancing.ts";
import { findTable } from "./markdown_table.ts";
import { isThorough } from "../testing/thorough.ts";

/** Scenarios of few calls: all of them take a minute. */
const SMALL = ["dead-host-quiet", "small-service", "only-host", "background-1"];

Deno.test("docs/balancing.md has the simulator's own tables and pictures (else: deno task balancing)", async () => {
  const found = await Deno.readTextFile(DOCUMENT);
  const only = isThorough ? undefined : [...SMALL, "gray-failure"];
  const { text, pictures } = await documentBalancing(found, { only });
  assertEquals(found, text);
  const files = Array.from(Deno.readDirSync(PICTURES), ({ name }) => name).sort();
  const shown = Array.from(found.matchAll(/<!-- picture: ([a-z0-9-]+)/g), ([, name]) => name);
  assertEquals(files, shown.map((name) => `${name}.svg`).sort());
  for (const [file, svg] of pictures) {
    assertEquals(await Deno.readTextFile(new URL(file, PICTURES)), svg, file);
  }
});

Deno.test("documentBalancing() replaces the table after a mark, and nothing else", async () => {
  const mark = "<!-- simulation: dead-host-quiet; policies: round-robin -->";
  const { text, pictures } = await documentBalancing(
    `Before\n\n${mark}\n\n| old |\n| --- |\n\nAfter\n`,
  );
  const [before, table, after] = text.split(/\n\n(?=\||After)/);
  assertEquals([before, after], [`Before\n\n${mark}`, "After\n"]);
  const [heading, , row, ...more] = table.split("\n");
  assertEquals([heading.startsWith("| policy "), row.startsWith("| round-robin ")], [true, true]);
  assertEquals([more, pictures.size], [[], 0]);
});

Deno.test("documentBalancing() leaves what is said of other scenarios as it is", async () => {
  const marks = [
    "<!-- overview; policies: lars, oracle -->",
    "<!-- standings; policies: lars -->",
    "<!-- simulation: dead-host-quiet, small-service; policies: lars, envoy -->",
    "<!-- simulation: small-service; policies: lars -->",
  ];
  const only = ["dead-host-quiet", "small-service"];
  const { text: whole } = await documentBalancing(`${marks.join("\n\n")}\n\n`, { only });
  const changed = whole.replaceAll(/[0-9]+\.[0-9]+/g, (number) => "9".repeat(number.length));
  const { text } = await documentBalancing(changed, { only: ["dead-host-quiet"] });
  const rowsOf = (text: string, mark: string, name: string) =>
    findTable(text, mark.slice(5, -4)).table.filter(([first]) => first === name);
  const [overview, standings, several, single] = marks;
  for (const mark of [overview, several]) {
    const [ours, theirs] = only.map((name) =>
      [text, changed, whole].map((text) => rowsOf(text, mark, name))
    );
    assertEquals([ours[0], theirs[0]], [ours[2], theirs[1]]);
    assertNotEquals(theirs[1], theirs[2]);
  }
  for (const mark of [standings, single]) {
    assertEquals(rowsOf(text, mark, "lars"), rowsOf(changed, mark, "lars"));
  }
});

for (
  const [mark, message] of [
    ["<!-- simulation: no-such -->\n\n", "Cannot simulate no-such"],
    ["<!-- simulation: dead-host; policies: lars,best -->\n\n", "Cannot simulate best"],
    ["<!-- picture: dead-host -->\n\n", "Cannot place a picture"],
    ["<!-- overview -->\n", "Cannot find a table"],
  ]
) {
  Deno.test(`documentBalancing() refuses ${mark.trim()}: ${message}`, async () => {
    await assertRejects(() => documentBalancing(mark), Error, message);
  });
}
