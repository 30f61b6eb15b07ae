import { assertEquals } from "@std/assert";
import { checkIntervalMs } from "./connection_limits.ts";

Deno.test("checkIntervalMs() is a second, or half of the shortest time-out", () => {
  assertEquals(checkIntervalMs(), 1000);
  assertEquals(checkIntervalMs({ stallTimeoutMs: 2000 }), 1000);
  assertEquals(checkIntervalMs({ stallTimeoutMs: 500 }), 250);
  assertEquals(checkIntervalMs({ silenceGraceMs: 40, halfFrameTimeoutMs: 90 }), 20);
});
