import { assert, assertEquals, assertThrows } from "@std/assert";
import { busyShare, cpuSec, parseCpuTicks, residentMb } from "./process_cost.ts";

Deno.test("residentMb() is about what Deno says", () => {
  const expected = Deno.memoryUsage().rss / 1e6;
  const actual = residentMb(Deno.pid);
  assert(Math.abs(actual - expected) < expected / 5, `${actual} is not about ${expected}`);
});

Deno.test("cpuSec() rises while something is done", () => {
  const before = cpuSec(Deno.pid);
  for (const untilMs = performance.now() + 50; performance.now() < untilMs;);
  assert(cpuSec(Deno.pid) > before);
});

Deno.test("busyShare() is what was not idle, waiting for disks included in idle", () => {
  const before = parseCpuTicks("cpu  10 0 10 100 0 0 0 0 0 0\ncpu0 1 2 3\n");
  const after = parseCpuTicks("cpu  20 5 15 160 10 0 5 5 7 0\ncpu0 1 2 3\n");
  assertEquals([before, after], [{ all: 120, idle: 100 }, { all: 220, idle: 170 }]);
  assertEquals(Math.round(100 * busyShare(before, after)), 30);
  assertEquals(busyShare(before, before), 0);
  assertThrows(() => parseCpuTicks("no"), Error, "/proc/stat");
});
