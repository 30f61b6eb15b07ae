import { assertEquals, assertThrows } from "@std/assert";
import { parse } from "@std/ini";

Deno.test("parse() reads sections, keys and comments", () => {
  const text = `
    top = 1
    ; comment
    # comment
    // comment
    [mysql]
    db_host = 127.0.0.1
    db_passwd=p;w#d=//x
    [reactor]\r\n\tport = 7778\r
  `;
  assertEquals(parse(text), {
    top: 1,
    mysql: { db_host: "127.0.0.1", db_passwd: "p;w#d=//x" },
    reactor: { port: 7778 },
  });
});

Deno.test("parse() converts null, true, false and numbers, and takes one pair of quotes away", () => {
  const text =
    `a = null\nb = true\nc = false\nd = 1.5\ne = "007"\nf = ""x""\ng =\nh = "open\ni = 0x10`;
  assertEquals(parse(text), {
    a: null,
    b: true,
    c: false,
    d: 1.5,
    e: "007",
    f: '"x"',
    g: 0,
    h: '"open',
    i: 16,
  });
});

Deno.test("parse() lets a repeated section replace the earlier", () => {
  assertEquals(parse("[a]\nx = 1\n[b]\ny = 1\n[a]\nz = 1"), { a: { z: 1 }, b: { y: 1 } });
});

Deno.test("parse() throws with the line number when a line is none of these", () => {
  assertThrows(() => parse("a = 1\nnonsense"), SyntaxError, "line 2");
  assertThrows(() => parse("\n\n= 1"), SyntaxError, "line 3");
  assertThrows(() => parse("[ ]"), SyntaxError, "line 1");
  assertThrows(() => parse("[open"), SyntaxError, "line 1");
});

Deno.test("parse() keeps a key called __proto__ a key", () => {
  const parsed: Record<string, unknown> = parse("__proto__ = 1");
  assertEquals(Object.keys(parsed), ["__proto__"]);
  assertEquals(Object.getPrototypeOf(parsed), Object.prototype);
});
