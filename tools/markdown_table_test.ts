import { assertEquals, assertThrows } from "@std/assert";
import { findTable, formatTable, parseTable } from "./markdown_table.ts";

const TABLE = [["what", "a number"], ["`one`", "1"], ["another", ""]];
const LINES = `| what    | a number |
| ------- | -------- |
| \`one\`   | 1        |
| another |          |
`;

Deno.test("formatTable() makes columns as wide as their widest cell", () => {
  assertEquals(formatTable(TABLE), LINES);
});

Deno.test("parseTable() reads what formatTable() wrote, and nothing out of nothing", () => {
  assertEquals(parseTable(LINES), TABLE);
  assertEquals(parseTable(""), []);
});

Deno.test("findTable() finds the table after a mark, and the place for one", () => {
  const document = `# Title\n\n<!-- mine -->\n\n${LINES}\nText.\n\n<!-- none yet -->\n\nText.\n`;
  const { start, end, table } = findTable(document, "mine");
  assertEquals(document.slice(start, end), LINES);
  assertEquals(table, TABLE);
  const empty = findTable(document, "none yet");
  assertEquals(document.slice(empty.start), "Text.\n");
  assertEquals([empty.end, empty.table], [empty.start, []]);
});

Deno.test("findTable() throws when there is no such mark", () => {
  assertThrows(() => findTable("# Title\n", "mine"), Error, "<!-- mine -->");
});
