import { assertEquals } from "@std/assert";
import { LiveScreen } from "./live_screen.ts";

Deno.test("LiveScreen.draw() draws over the lines drawn last, however many there were", () => {
  const written: string[] = [];
  const screen = new LiveScreen((text) => written.push(text));
  screen.draw(["a", "b"]);
  screen.draw(["c"]);
  screen.draw([]);
  assertEquals(written, ["a\nb\n", "\x1b[2A\x1b[Jc\n", "\x1b[1A\x1b[J"]);
});
