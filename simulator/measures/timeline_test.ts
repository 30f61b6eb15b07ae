import { assertEquals } from "@std/assert";
import { SLICES, Timeline } from "./timeline.ts";

const SLICE_MS = 100;
const LENGTH_MS = SLICES * SLICE_MS;

/** The slices that have any, with how many. */
function filled(counts: Uint32Array): [number, number][] {
  return [...counts.entries()].filter(([, count]) => count > 0);
}

Deno.test("Timeline counts picks by host and slice of time", () => {
  const timeline = new Timeline({ hosts: 3, lengthMs: LENGTH_MS });
  for (const nowMs of [0, 99.9, 100, 250]) timeline.picked(1, nowMs);
  timeline.picked(2, LENGTH_MS - 1);
  assertEquals(filled(timeline.picksOf(0)), []);
  assertEquals(filled(timeline.picksOf(1)), [[0, 2], [1, 1], [2, 1]]);
  assertEquals(filled(timeline.picksOf(2)), [[SLICES - 1, 1]]);
  assertEquals([0, 1, 2].map((host) => timeline.picksOf(host).length), Array(3).fill(SLICES));
});

Deno.test("Timeline counts lost calls apart, where they were picked", () => {
  const timeline = new Timeline({ hosts: 2, lengthMs: LENGTH_MS });
  timeline.picked(0, 150);
  timeline.picked(0, 150);
  timeline.lost(0, 150);
  assertEquals(filled(timeline.picksOf(0)), [[1, 2]]);
  assertEquals(filled(timeline.lostOf(0)), [[1, 1]]);
  assertEquals(filled(timeline.lostOf(1)), []);
});

Deno.test("Timeline counts the very end in the last slice, and not at the next host", () => {
  const timeline = new Timeline({ hosts: 2, lengthMs: LENGTH_MS });
  timeline.picked(0, LENGTH_MS);
  timeline.picked(1, LENGTH_MS + 1);
  for (const host of [0, 1]) assertEquals(filled(timeline.picksOf(host)), [[SLICES - 1, 1]]);
});
