import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Latency, type LatencySpec } from "./latency.ts";

const PER_MILLE = Array.from({ length: 1000 }, (_, i) => i / 1000);

const specs: fc.Arbitrary<LatencySpec> = fc.oneof(
  fc.record({ kind: fc.constant("constant" as const), ms: fc.nat(3_600_000) }),
  fc.record({ kind: fc.constant("exponential" as const), meanMs: fc.nat(3_600_000) }),
  fc.tuple(fc.integer({ min: 1, max: 10_000 }), fc.nat(10_000)).map(([medianMs, more]) => ({
    kind: "lognormal" as const,
    medianMs,
    p99Ms: medianMs + more,
  })),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(1000)).map(([share, ms]) => ({
    kind: "mixture" as const,
    parts: [
      { share, latency: { kind: "constant" as const, ms } },
      { share: 1, latency: { kind: "exponential" as const, meanMs: 100 } },
    ],
  })),
);

Deno.test("Latency.at() is always the same when constant", () => {
  const latency = new Latency({ kind: "constant", ms: 2.5 });
  assert(PER_MILLE.every((u) => latency.at(u) === 2.5));
});

Deno.test("Latency.at() has the median and the 99th percentile of a lognormal distribution", () => {
  const latency = new Latency({ kind: "lognormal", medianMs: 10, p99Ms: 50 });
  assertAlmostEquals(latency.at(0.5), 10, 0.05);
  assertAlmostEquals(latency.at(0.99), 50, 0.5);
  // It is symmetric on a scale of logarithms.
  assertAlmostEquals(latency.at(0.01), 10 * 10 / 50, 0.02);
});

Deno.test("Latency.at() is constant when a lognormal distribution has no spread", () => {
  const latency = new Latency({ kind: "lognormal", medianMs: 10, p99Ms: 10 });
  assert(PER_MILLE.every((u) => latency.at(u) === 10));
});

Deno.test("Latency.at() has the mean and the quantiles of an exponential distribution", () => {
  const latency = new Latency({ kind: "exponential", meanMs: 100 });
  const mean = PER_MILLE.reduce((sum, u) => sum + latency.at(u + 0.0005), 0) / PER_MILLE.length;
  assertAlmostEquals(mean, 100, 0.5);
  for (const u of [0.1, 0.5, 0.9, 0.99]) {
    assertAlmostEquals(latency.at(u), -Math.log(1 - u) * 100, 2);
  }
});

Deno.test("Latency.at() ends at the middle of the first and of the last of 4096 quantiles", () => {
  const latency = new Latency({ kind: "exponential", meanMs: 1000 });
  assertAlmostEquals(latency.at(0), 0.122, 0.0001);
  assertAlmostEquals(latency.at(1 - 2 ** -53), 1000 * Math.log(8192), 0.001);
});

Deno.test("Latency.at() rises with the share, is finite, and is whole microseconds", () => {
  fc.assert(fc.property(specs, (spec) => {
    const latency = new Latency(spec);
    let before = 0;
    for (const u of [...PER_MILLE, 1 - 2 ** -53]) {
      const ms = latency.at(u);
      assert(ms >= before && ms < Infinity, `${ms} at ${u} after ${before}`);
      assertEquals(ms, Math.round(ms * 1000) / 1000);
      before = ms;
    }
  }));
});

Deno.test("Latency.at() has of every kind of a mixture as many as its share says", () => {
  const latency = new Latency({
    kind: "mixture",
    parts: [
      { share: 1, latency: { kind: "constant", ms: 800 } },
      { share: 3, latency: { kind: "exponential", meanMs: 5 } },
    ],
  });
  assertEquals([0.751, 0.999].map((u) => latency.at(u)), [800, 800]);
  assertAlmostEquals(latency.at(0.375), 5 * Math.LN2, 0.05);
  assertAlmostEquals(latency.meanMs, 800 / 4 + 5 * 3 / 4, 0.1);
});

Deno.test("Latency.shareAbove() is the share of the calls that take longer", () => {
  const latency = new Latency({ kind: "exponential", meanMs: 100 });
  for (const ms of [0, 50, 100, 300]) {
    assertAlmostEquals(latency.shareAbove(ms), Math.exp(-ms / 100), 0.0005);
  }
  assertEquals([latency.shareAbove(1e9), latency.shareAbove(-1)], [0, 1]);
  const constant = new Latency({ kind: "constant", ms: 10 });
  assertEquals([constant.shareAbove(9.9), constant.shareAbove(10)], [1, 0]);
});
