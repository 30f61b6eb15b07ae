import { assertEquals } from "@std/assert";
import { wrapColumns, wrapLine } from "./wrap.ts";

Deno.test("wrapLine() breaks at blanks, and leaves a long word whole", () => {
  assertEquals(wrapLine("one two", 7), ["one two"]);
  assertEquals(wrapLine("one two three four", 9), ["one two", "  three", "  four"]);
  assertEquals(wrapLine("overloooooong word", 6), ["overloooooong", "  word"]);
  assertEquals(wrapLine("overloooooong", 6), ["overloooooong"]);
  assertEquals(wrapLine("a b", Infinity), ["a b"]);
  for (const columns of [0, 1, 2]) assertEquals(wrapLine("a b c", columns), ["a b c"]);
});

Deno.test("wrapColumns() aligns the second column, also where it is wrapped", () => {
  assertEquals(wrapColumns([["--a", "one"], ["--set a.b=c", "two three four"]], 22), [
    "--a          one",
    "--set a.b=c  two three",
    "             four",
  ]);
});
