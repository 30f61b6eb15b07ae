import { assertEquals } from "@std/assert";
import { runInSlices, TimeSlices } from "./time_slices.ts";

Deno.test("TimeSlices.next() lets timers run that are due", async () => {
  const slices = new TimeSlices(0);
  let others = 0;
  const timer = setInterval(() => others++, 0);
  for (let i = 0; i < 5; i++) {
    assertEquals(slices.isOver, true);
    await slices.next();
  }
  clearInterval(timer);
  assertEquals(others > 0, true);
});

Deno.test("TimeSlices.isOver stays false while the slice lasts", () => {
  assertEquals(new TimeSlices(60_000).isOver, false);
});

Deno.test("runInSlices() lets timers run between two steps, and gives what the work returns", async () => {
  let others = 0;
  const timer = setInterval(() => others++, 0);
  const seen: number[] = [];
  function* work(): Generator<void, string> {
    for (let step = 0; step < 5; step++) {
      seen.push(others);
      yield;
    }
    return "done";
  }
  assertEquals(await runInSlices(work(), { sliceMs: 0 }), "done");
  clearInterval(timer);
  assertEquals(seen.length, 5);
  assertEquals(seen[4] > 0, true);
});

Deno.test("runInSlices() does short work before it returns", () => {
  let steps = 0;
  runInSlices(
    function* () {
      while (steps < 10) yield steps++;
    }(),
    { sliceMs: 60_000 },
  );
  assertEquals(steps, 10);
});
