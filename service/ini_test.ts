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
    mistakes: [],
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
    const { entries, mistakes } = readIni(`[mysql]\ndb_passwd = ${written}`);
    assertEquals(entries, [{ section: "mysql", key: "db_passwd", text, line: 2 }]);
    assertEquals(mistakes, []);
  }
});

Deno.test("readIni() joins a section that comes twice", () => {
  const { entries } = readIni("[a]\nb = 1\n[c]\nd = 2\n[a]\ne = 3");
  assertEquals(entries.map(({ section, key }) => `${section}.${key}`), ["a.b", "c.d", "a.e"]);
});

Deno.test("readIni() names every line that is no INI, and shows none", () => {
  const { entries, mistakes } = readIni("[a]\ndb_passwd: secret\n[b\n= 1\n[]\nc = 2");
  const message = "must be [section], key = value, or a comment";
  assertEquals(mistakes, [2, 3, 4, 5].map((line) => ({ line, message })));
  assertEquals(entries, [{ section: "a", key: "c", text: "2", line: 6 }]);
});

Deno.test("readIni() leaves values above the first section without one", () => {
  assertEquals(readIni("a = 1").entries, [{ section: undefined, key: "a", text: "1", line: 1 }]);
});
