import { assertEquals } from "@std/assert";
import { readIni } from "./ini.ts";

Deno.test("readIni() gives every value with its section and line", () => {
  const file = readIni(
    "[ reactor ]\nport = 7778\n\n; a comment\n# another\n  ip=127.0.0.1  \n[mysql]\n",
  );
  assertEquals(file, {
    sections: [{ name: "reactor", line: 1 }, { name: "mysql", line: 7 }],
    entries: [
      { section: "reactor", key: "port", text: "7778", line: 2 },
      { section: "reactor", key: "ip", text: "127.0.0.1", line: 6 },
    ],
    ignored: [],
  });
});

Deno.test("readIni() reads files with a byte order mark and with foreign line ends", () => {
  for (const eol of ["\n", "\r\n", "\r"]) {
    const { entries } = readIni(["\ufeff[a]", "b = 1", "c = 2"].join(eol));
    assertEquals(entries, [
      { section: "a", key: "b", text: "1", line: 2 },
      { section: "a", key: "c", text: "2", line: 3 },
    ]);
  }
});

Deno.test("readIni() takes a value to the end of its line, without one pair of quotes around it", () => {
  const texts: [written: string, text: string][] = [
    ["a;b#c", "a;b#c"],
    ["a ; b", "a ; b"],
    ["a=b==", "a=b=="],
    ["// a", "// a"],
    ["", ""],
    ['""', ""],
    ['"a b "', "a b "],
    ['""a""', '"a"'],
    ['"', '"'],
    ['a"b', 'a"b'],
    ['"a', '"a'],
    ["'a'", "'a'"],
    ["007", "007"],
    ["1e3", "1e3"],
    ["0x10", "0x10"],
    ["true", "true"],
    ["null", "null"],
    ['"1234"', "1234"],
    ["[a]", "[a]"],
    ["päss wörd ☃", "päss wörd ☃"],
  ];
  for (const [written, text] of texts) {
    const { entries, ignored } = readIni(`[mysql]\ndb_passwd = ${written}`);
    assertEquals(entries, [{ section: "mysql", key: "db_passwd", text, line: 2 }]);
    assertEquals(ignored, []);
  }
});

Deno.test("readIni() joins a section that comes twice", () => {
  const { entries } = readIni("[a]\nb = 1\n[c]\nd = 2\n[a]\ne = 3");
  assertEquals(entries.map(({ section, key }) => `${section}.${key}`), ["a.b", "c.d", "a.e"]);
});

Deno.test("readIni() names every line that is no INI, and shows none", () => {
  const { entries, ignored } = readIni("[a]\ndb_passwd: secret\n[b\n= 1\n[]\nc = 2");
  const message = "the line is ignored as it is no [section], key = value, or comment";
  assertEquals(
    ignored,
    [2, 3, 4, 5].map((line) => ({ line, message, word: line === 2 ? "db_passwd" : undefined })),
  );
  assertEquals(entries, [{ section: "a", key: "c", text: "2", line: 6 }]);
});

Deno.test("readIni() takes a comment behind a section for one", () => {
  const { sections, entries, ignored } = readIni("[a] ; first\nb = 1\n[c]# second\n\t[d] third\n");
  assertEquals(sections, [{ name: "a", line: 1 }, { name: "c", line: 3 }]);
  assertEquals(entries, [{ section: "a", key: "b", text: "1", line: 2 }]);
  assertEquals(ignored.map(({ line, message }) => `${line} ${message}`), [
    "1 what stands behind [a] is ignored",
    "3 what stands behind [c] is ignored",
    "4 the line is ignored as it is no [section], key = value, or comment",
  ]);
});

Deno.test("readIni() leaves values above the first section without one", () => {
  assertEquals(readIni("a = 1").entries, [{ section: undefined, key: "a", text: "1", line: 1 }]);
});
