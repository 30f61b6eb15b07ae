import { assertEquals } from "@std/assert";
import { formatCell, readCsv } from "./csv.ts";

Deno.test("readCsv() numbers the lines and leaves out empty ones", () => {
  assertEquals(readCsv("a,b\r\n\r\n 1 ,\u00a02\n\n,\n"), [
    { line: 1, cells: ["a", "b"] },
    { line: 3, cells: ["1", "2"] },
  ]);
  assertEquals(readCsv("a,b\r1,2\r").length, 2);
  assertEquals(readCsv(""), []);
});

Deno.test("readCsv() reads quoted values, and empty ones", () => {
  const cells = (line: string) => readCsv(line)[0].cells;
  assertEquals(cells('"1","a, b" , "say ""x""",,""'), ["1", "a, b", 'say "x"', "", ""]);
  assertEquals(cells("1,,"), ["1", "", ""]);
  assertEquals(readCsv('"",'), []);
});

Deno.test("readCsv() finds out what parts the values, or is told so", () => {
  const read = (text: string) => readCsv(text).map(({ line, cells }) => [line, ...cells ?? []]);
  for (const delimiter of [",", ";", "\t", "|"]) {
    const text = ["a", "b", '"c, d; e"'].join(delimiter);
    assertEquals(read(`${text}\n1${delimiter}${delimiter}2`), [
      [1, "a", "b", "c, d; e"],
      [2, "1", "", "2"],
    ]);
    assertEquals(read(`sep=${delimiter}\r\na${delimiter}1`), [[2, "a", "1"]]);
  }
  assertEquals(read("a;b;c,d\n1;2;3,5"), [[1, "a", "b", "c,d"], [2, "1", "2", "3,5"]]);
});

Deno.test("readCsv() reads what formatCell() writes", () => {
  const values = [
    "plain",
    'say "x"',
    "a,b",
    "a;b",
    "a\tb",
    "a|b",
    "",
    "é 'x'",
    "two\nlines",
    " in blanks ",
  ];
  const [{ cells }] = readCsv(values.map(formatCell).join(","));
  assertEquals(cells, values);
});

Deno.test("readCsv() reads values of several lines, and numbers records by their first", () => {
  assertEquals(readCsv('a,b\r\n1,"x\r\n""y"",\r\n"\r\n2,z\r\n'), [
    { line: 1, cells: ["a", "b"] },
    { line: 2, cells: ["1", 'x\n"y",\n'] },
    { line: 5, cells: ["2", "z"] },
  ]);
});

Deno.test("readCsv() takes a quote that no near line closes for left open", () => {
  const lines = ['1,"2', ...Array(1000).fill("3,4"), '5,"6"', '7"'];
  const records = readCsv(lines.join("\n"));
  assertEquals(records.length, lines.length);
  const spoilt = records.filter(({ cells }) => cells === undefined).map(({ line }) => line);
  assertEquals(spoilt, [1, lines.length]);
});

Deno.test("readCsv() gives no cells for a line whose quotes do not match, and reads the next", () => {
  for (const line of ['1,"2', '1,2"', '"1"2,3', '"', 'a"b"']) {
    assertEquals(readCsv(`${line}\n3,4`), [
      { line: 1, cells: undefined },
      { line: 2, cells: ["3", "4"] },
    ]);
  }
});
