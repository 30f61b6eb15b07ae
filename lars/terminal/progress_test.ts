import { assertEquals } from "@std/assert";
import { Progress } from "./progress.ts";

/** What is written when there is an update every 50 ms for so long. */
function run({ isTerminal, forMs }: { isTerminal: boolean; forMs: number }): string[] {
  const written: string[] = [];
  let nowMs = 0;
  using progress = new Progress({
    isTerminal,
    write: (text) => written.push(text),
    now: () => nowMs,
  });
  for (; nowMs <= forMs; nowMs += 50) progress.update(`at ${nowMs}`);
  progress[Symbol.dispose]();
  return written;
}

Deno.test("Progress says nothing of what is quick", () => {
  for (const isTerminal of [true, false]) assertEquals(run({ isTerminal, forMs: 499 }), []);
});

Deno.test("Progress writes over its line on a terminal, and takes it away in the end", () => {
  assertEquals(run({ isTerminal: true, forMs: 720 }), [
    "\r\x1b[Kat 500",
    "\r\x1b[Kat 600",
    "\r\x1b[Kat 700",
    "\r\x1b[K",
  ]);
});

Deno.test("Progress writes a line now and then elsewhere", () => {
  assertEquals(run({ isTerminal: false, forMs: 4_600 }), ["at 500\n", "at 2500\n", "at 4500\n"]);
});
