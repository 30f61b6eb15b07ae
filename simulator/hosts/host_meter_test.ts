import { assertEquals } from "@std/assert";
import { HostMeter } from "./host_meter.ts";

Deno.test("HostMeter.report() tells how many calls are in hand", () => {
  const meter = new HostMeter();
  assertEquals(meter.report(0), { inFlight: 0, latencyMs: 0 });
  for (const latencyMs of [10, 30, 20]) meter.begin(latencyMs, 100);
  const inFlight = [100, 109, 110, 120, 130].map((nowMs) => meter.report(nowMs).inFlight);
  assertEquals(inFlight, [3, 3, 2, 1, 0]);
});

Deno.test("HostMeter.report() tells the median of the last calls that met as many others", () => {
  const meter = new HostMeter();
  // One after the other, and then the last eight of them.
  const latenciesMs = [900, 900, 900, 1, 2, 3, 4, 5, 6, 7, 8];
  let nowMs = 0;
  for (const latencyMs of latenciesMs) {
    meter.begin(latencyMs, nowMs);
    nowMs += latencyMs;
  }
  assertEquals(meter.report(nowMs), { inFlight: 0, latencyMs: 5 });
  // Two at once: the second one met another.
  meter.begin(50, nowMs);
  meter.begin(40, nowMs);
  assertEquals(meter.report(nowMs + 45), { inFlight: 1, latencyMs: 40 });
});

Deno.test("HostMeter.report() takes latencies at the nearest load where there are none at the present one", () => {
  const meter = new HostMeter();
  meter.begin(7, 0);
  for (let i = 0; i < 3; i++) meter.begin(100, 10);
  assertEquals(meter.report(20), { inFlight: 3, latencyMs: 7 });
});

Deno.test("HostMeter.report() forgets latencies after five seconds", () => {
  const meter = new HostMeter();
  meter.begin(2000, 0);
  assertEquals(meter.report(7000).latencyMs, 2000);
  assertEquals(meter.report(7001).latencyMs, 0);
});
