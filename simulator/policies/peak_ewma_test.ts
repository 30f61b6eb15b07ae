import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { seededRandom } from "../seeded_random.ts";
import { NO_HOST } from "./policy.ts";
import { PeakEwma } from "./peak_ewma.ts";

/** Draws the first of two hosts, and then the other one. */
function policyOf(count: number, random: () => number = () => 0): PeakEwma {
  const policy = new PeakEwma(random);
  setRoute(policy, Array.from({ length: count }, (_, host) => host));
  return policy;
}

function setRoute(policy: PeakEwma, hosts: readonly number[], nowMs = 0): void {
  policy.update(hosts.map((host) => ({ host, weight: 100 })), nowMs);
}

function report(policy: PeakEwma, host: number, { latencyMs = 0, nowMs = 0 } = {}): void {
  policy.report({ host, failed: false, latencyMs }, nowMs);
}

/**
 * Two hosts that took so long when they were called at 0 ms. Of two of equal cost it takes the first, which is host 0.
 */
function measured(latenciesMs: readonly [number, number]): PeakEwma {
  const policy = policyOf(2);
  assertEquals([policy.choose(0), policy.choose(0)], [0, 1]);
  for (const [host, latencyMs] of latenciesMs.entries()) report(policy, host, { latencyMs });
  return policy;
}

Deno.test("PeakEwma.choose() takes the host with the lower latency", () => {
  assertEquals(measured([20, 10]).choose(0), 1);
  assertEquals(measured([10, 20]).choose(0), 0);
});

Deno.test("PeakEwma.choose() weighs the latency with the calls under way", () => {
  const policy = measured([10, 25]);
  // 10, 20, then 30 against 25, 30 against 50, 40 against 50, …
  assertEquals(Array.from({ length: 4 }, () => policy.choose(0)), [0, 0, 1, 0]);
});

Deno.test("PeakEwma.choose() avoids a host that was never measured while a call to it is under way", () => {
  const policy = policyOf(2);
  policy.choose(0);
  policy.choose(0);
  report(policy, 1, { latencyMs: 60_000 });
  assertEquals([policy.choose(0), policy.choose(0)], [1, 1]);
});

Deno.test("PeakEwma takes a worse latency at once, and a better one little by little", () => {
  const policy = measured([10, 100]);
  assertEquals(policy.choose(0), 0);
  report(policy, 0, { latencyMs: 101 });
  assertEquals([policy.choose(0), policy.choose(0)], [1, 0]);
  report(policy, 1, { latencyMs: 100 });
  // A better one in the same moment changes nothing.
  report(policy, 0, { latencyMs: 1 });
  assertEquals(policy.choose(0), 1);
});

Deno.test("PeakEwma forgets by a factor e in 10 s", () => {
  for (const [laterMs, chosen] of [[9900, 1], [10_100, 0]]) {
    const policy = measured([100 * Math.E, 100]);
    // At the later moment the other host takes 100 ms anew, while the first one's latency has decayed.
    assertEquals(policy.choose(0), 1);
    report(policy, 1, { latencyMs: 100, nowMs: laterMs });
    assertEquals(policy.choose(laterMs), chosen, `${laterMs} ms later`);
  }
});

Deno.test("PeakEwma averages towards better latencies by the time that has gone by", () => {
  // 100 ms, and 10 s later a call of 10 ms: 100 / e + 10 (1 - 1 / e) = 43.1.
  for (const [otherMs, chosen] of [[43.0, 1], [43.2, 0]]) {
    const policy = policyOf(2);
    assertEquals([policy.choose(0), policy.choose(0), policy.choose(0)], [0, 1, 0]);
    report(policy, 0, { latencyMs: 100 });
    report(policy, 0, { latencyMs: 10, nowMs: 10_000 });
    report(policy, 1, { latencyMs: otherMs, nowMs: 10_000 });
    assertEquals(policy.choose(10_000), chosen, `${otherMs} ms`);
  }
});

Deno.test("PeakEwma.choose() draws two different hosts, each pair as likely", () => {
  const policy = policyOf(4, seededRandom(1));
  // Whoever is never drawn, or drawn against itself alone, would show in the counts.
  const counts = Array(4).fill(0);
  for (let i = 0; i < 8000; i++) {
    const host = policy.choose(0);
    counts[host]++;
    report(policy, host, { latencyMs: host === 3 ? 1000 : 1 });
  }
  assert(counts[3] <= 1, `the slow host never is the better one of two: ${counts}`);
  for (const count of counts.slice(0, 3)) assert(Math.abs(count - 8000 / 3) < 400, String(counts));
});

Deno.test("PeakEwma.choose() gives the only host, and none when there is none", () => {
  assertEquals([policyOf(1).choose(0), policyOf(1, () => 0.999).choose(0)], [0, 0]);
  assertEquals(policyOf(0).choose(0), NO_HOST);
});

Deno.test("PeakEwma.choose() gives a host of the route, whatever is drawn", () => {
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const hosts = fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(hosts, fc.array(fc.tuple(draw, draw)), (hosts, draws) => {
    const numbers = draws.flat();
    const policy = new PeakEwma(() => numbers.shift()!);
    setRoute(policy, hosts);
    for (const _ of draws) {
      const host = policy.choose(0);
      assertEquals(hosts.includes(host), true);
      if (numbers.length % 4 === 0) report(policy, host, { latencyMs: host });
    }
  }));
});

Deno.test("PeakEwma keeps no host out, however slow", () => {
  const policy = measured([1e6, 1]);
  assertEquals([policy.isOut(), policy.transitions], [false, 0]);
});
