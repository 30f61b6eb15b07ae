import { assertEquals, assertMatch } from "@std/assert";
import { terminalSvg } from "./terminal_svg.ts";

Deno.test("terminalSvg() places every part of a line at its column, in its colour", () => {
  const svg = terminalSvg(["host  state", "a     \x1b[32mhealthy\x1b[0m <&"], { label: 'a "b"' });
  assertMatch(svg, /aria-label="a &quot;b&quot;"/);
  const texts = [...svg.matchAll(/<text x="([\d.]+)" y="(\d+)" [^>]*?(?:class="(\w+)")?>(.*?)</g)];
  assertEquals(texts.map(([, x, y, color, text]) => [Number(x), Number(y), color, text]), [
    [16, 29, undefined, "host  state"],
    [16, 47, undefined, "a     "],
    [62.8, 47, "green", "healthy"],
    [117.4, 47, undefined, " &lt;&amp;"],
  ]);
});

Deno.test("terminalSvg() draws nothing for other escape sequences and empty lines", () => {
  const svg = terminalSvg(["\x1b[2Ka\x1b[J", ""], { label: "" });
  assertEquals([...svg.matchAll(/<text/g)].length, 1);
});
