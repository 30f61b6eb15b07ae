import { assertAlmostEquals, assertEquals } from "@std/assert";
import { slowStartPart } from "./slow_start.ts";

for (
  const { idleMs, part } of [
    { idleMs: 0, part: 0.1 },
    { idleMs: 5000, part: 0.55 },
    { idleMs: 9000, part: 0.91 },
    { idleMs: 10_000, part: 1 },
    { idleMs: 1e9, part: 1 },
  ]
) {
  Deno.test(`slowStartPart() is ${part} after ${idleMs} of 10,000 ms`, () => {
    assertAlmostEquals(slowStartPart(idleMs, 10_000), part);
  });
}

Deno.test("slowStartPart() is all of the share where there is no slow start", () => {
  assertEquals(slowStartPart(0, 0), 1);
});
