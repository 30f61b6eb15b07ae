import { assertEquals, assertThrows } from "@std/assert";
import { busyShare, parseCpuTicks } from "./idleness.ts";

Deno.test("busyShare() is what was not idle, waiting for disks included in idle", () => {
  const before = parseCpuTicks("cpu  10 0 10 100 0 0 0 0 0 0\ncpu0 1 2 3\n");
  const after = parseCpuTicks("cpu  20 5 15 160 10 0 5 5 7 0\ncpu0 1 2 3\n");
  assertEquals([before, after], [{ all: 120, idle: 100 }, { all: 220, idle: 170 }]);
  assertEquals(Math.round(100 * busyShare(before, after)), 30);
  assertEquals(busyShare(before, before), 0);
  assertThrows(() => parseCpuTicks("no"), Error, "/proc/stat");
});
