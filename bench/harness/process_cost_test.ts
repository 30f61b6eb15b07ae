import { assert } from "@std/assert";
import { cpuSec, residentMb } from "./process_cost.ts";

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
