import { assertEquals } from "@std/assert";
import { Pace } from "./demo_caller.ts";

Deno.test("Pace.due() keeps the rate, however unevenly it is asked", () => {
  const pace = new Pace(200);
  let started = 0;
  for (const nowMs of [0, 4, 5, 11, 11, 30, 100, 300.5, 999, 1000]) {
    started += pace.due(nowMs);
    assertEquals(started, Math.floor(nowMs / 5), `at ${nowMs} ms`);
  }
});

Deno.test("Pace.due() leaves out what is more than a second late", () => {
  const pace = new Pace(200);
  assertEquals(pace.due(60_000), 200);
  assertEquals(pace.due(60_000), 0);
  assertEquals(pace.due(60_010), 2);
});
