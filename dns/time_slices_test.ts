import { assertEquals } from "@std/assert";
import { TimeSlices } from "./time_slices.ts";

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
