import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LatencyHistogram } from "./latency_histogram.ts";

function histogramOf(latenciesMs: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const ms of latenciesMs) histogram.add(ms);
  return histogram;
}

Deno.test("LatencyHistogram.percentile() is 0 when nothing was counted", () => {
  assertEquals([0, 0.5, 1].map((share) => new LatencyHistogram().percentile(share)), [0, 0, 0]);
});

Deno.test("LatencyHistogram.percentile() is exact below 2 ms", () => {
  // In the order of none: 1 µs, 2 µs, … 1000 µs.
  const latencies = Array.from({ length: 1000 }, (_, i) => (i * 7 % 1000 + 1) / 1000);
  const histogram = histogramOf(latencies);
  assertEquals([0, 0.001, 0.5, 0.99, 1].map((share) => histogram.percentile(share)), [
    0.001,
    0.001,
    0.5,
    0.99,
    1,
  ]);
});

Deno.test("LatencyHistogram.percentile() skips the gap when few latencies lie far above the others", () => {
  const histogram = histogramOf([...Array(99).fill(1), 1.5]);
  assertEquals([histogram.percentile(0.99), histogram.percentile(0.991)], [1, 1.5]);
});

Deno.test("LatencyHistogram counts what is longer than 2³¹ µs as that", () => {
  const histogram = histogramOf([1e12, Infinity]);
  assertEquals(histogram.percentile(1), (2 ** 31 - 1) / 1000);
});

Deno.test("LatencyHistogram.percentile() is within a 1024th of a sorted array's", () => {
  const micros = fc.oneof(fc.nat(3000), fc.nat(1_000_000), fc.nat(2 ** 31 - 1));
  const shares = fc.double({ min: 0.001, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(micros, { minLength: 1 }), shares, (micros, share) => {
      const histogram = histogramOf(micros.map((us) => us / 1000));
      const sorted = micros.toSorted((a, b) => a - b);
      const exactUs = sorted[Math.ceil(share * sorted.length) - 1];
      const us = histogram.percentile(share) * 1000;
      // A microsecond is lost where us / 1000 · 1000 falls short of us.
      assert(us >= exactUs - 1.001, `${us} is below ${exactUs}`);
      assert(us <= exactUs * (1 + 1 / 1024) + 0.001, `${us} is above ${exactUs}`);
    }),
  );
});
