import { assertEquals } from "@std/assert";
import { StallMeter } from "./stall_meter.ts";

Deno.test("StallMeter leaves out the gaps between its ticks, and no more than overlaps", () => {
  const meter = new StallMeter();
  for (const nowMs of [0, 20, 40, 340, 360, 400, 500]) meter.tick(nowMs);
  assertEquals(meter.stalledMs(0, 1000), 300 + 100);
  assertEquals(meter.stalledMs(100, 200), 100);
  assertEquals(meter.unstalledMs(0, 1000), 600);
  assertEquals(meter.unstalledMs(100, 200), 0);
  assertEquals(meter.unstalledMs(350, 390), 40);
});
