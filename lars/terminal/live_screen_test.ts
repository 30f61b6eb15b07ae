import { assertEquals } from "@std/assert";
import { LiveScreen } from "./live_screen.ts";

const SIZE = { columns: 10, rows: 24 };

function createScreen() {
  const written: string[] = [];
  return { written, screen: new LiveScreen((text) => written.push(text)) };
}

Deno.test("LiveScreen.draw() draws over the lines drawn last, however many there were", () => {
  const { written, screen } = createScreen();
  screen.draw(["a", "b"], SIZE);
  screen.draw(["c"], SIZE);
  screen.draw([], SIZE);
  assertEquals(written, ["a\nb\n", "\x1b[2A\x1b[Jc\n", "\x1b[1A\x1b[J"]);
});

Deno.test("LiveScreen.draw() cuts what would wrap or scroll, and keeps every colour", () => {
  const { written, screen } = createScreen();
  screen.draw(["0123456789ab", "01234\x1b[31m56789ab\x1b[0mcd", "third"], { columns: 10, rows: 3 });
  screen.draw([], SIZE);
  assertEquals(written, [
    "0123456789\n01234\x1b[31m56789\x1b[0m\n",
    "\x1b[2A\x1b[J",
  ]);
});
