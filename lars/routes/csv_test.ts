import { assertEquals } from "@std/assert";
import { readCsv } from "./csv.ts";

Deno.test("readCsv() numbers the lines and leaves out empty ones", () => {
  assertEquals(readCsv("\ufeffa,b\r\n\r\n 1 , 2\n\n"), [
    { line: 1, cells: ["a", "b"] },
    { line: 3, cells: ["1", "2"] },
  ]);
  assertEquals(readCsv(""), []);
});

Deno.test("readCsv() reads quoted values, and empty ones", () => {
  const cells = (line: string) => readCsv(line)[0].cells;
  assertEquals(cells('"1","a, b" , "say ""x""",,""'), ["1", "a, b", 'say "x"', "", ""]);
  assertEquals(cells("1,,"), ["1", "", ""]);
  assertEquals(cells('"",'), ["", ""]);
});

Deno.test("readCsv() gives no cells for a line whose quotes do not match, and reads the next", () => {
  for (const line of ['1,"2', '1,2"', '"1"2,3', '"', 'a"b"']) {
    assertEquals(readCsv(`${line}\n3,4`), [
      { line: 1, cells: undefined },
      { line: 2, cells: ["3", "4"] },
    ]);
  }
});
