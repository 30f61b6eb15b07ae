import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { NO_HOST } from "./policy.ts";
import { LeastOutstanding } from "./least_outstanding.ts";

function policyOf(hosts: readonly number[]): LeastOutstanding {
  const policy = new LeastOutstanding();
  setRoute(policy, hosts);
  return policy;
}

function setRoute(policy: LeastOutstanding, hosts: readonly number[]): void {
  policy.update(hosts.map((host) => ({ host, weight: 100 })), 0);
}

function choose(policy: LeastOutstanding, times: number): number[] {
  return Array.from({ length: times }, () => policy.choose(0));
}

/** A call comes back. */
function report(policy: LeastOutstanding, host: number): void {
  policy.report({ host, failed: false, latencyMs: 1 }, 0);
}

Deno.test("LeastOutstanding.choose() gives every host in turn while none has fewer calls", () => {
  assertEquals(choose(policyOf([3, 1, 4]), 7), [3, 1, 4, 3, 1, 4, 3]);
});

Deno.test("LeastOutstanding.choose() gives in turn when every call comes back at once", () => {
  const policy = policyOf([0, 1, 2]);
  const chosen = Array.from({ length: 5 }, () => {
    const host = policy.choose(0);
    report(policy, host);
    return host;
  });
  assertEquals(chosen, [0, 1, 2, 0, 1]);
});

Deno.test("LeastOutstanding.choose() gives the host with the fewest calls under way", () => {
  const policy = policyOf([0, 1, 2]);
  choose(policy, 6);
  report(policy, 1);
  report(policy, 1);
  assertEquals(choose(policy, 3), [1, 1, 2]);
});

Deno.test("LeastOutstanding.choose() gives none when there is no host", () => {
  assertEquals(policyOf([]).choose(0), NO_HOST);
});

Deno.test("LeastOutstanding keeps count of calls to a host that left the route", () => {
  const policy = policyOf([0, 1]);
  choose(policy, 6);
  setRoute(policy, [1]);
  report(policy, 0);
  setRoute(policy, [0, 1]);
  // Host 0 has two calls under way, host 1 has three.
  assertEquals(policy.choose(0), 0);
  assertEquals([policy.isOut(0), policy.transitions], [false, 0]);
});

Deno.test("LeastOutstanding.choose() never gives a host that has more calls than another one", () => {
  // Numbers name which of the calls under way comes back; null is a pick.
  const steps = fc.array(fc.option(fc.nat(1000)), { maxLength: 200 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), steps, (count, steps) => {
    const policy = policyOf(Array.from({ length: count }, (_, host) => host));
    const underWay: number[] = [];
    for (const step of steps) {
      if (step === null) {
        const counts = Array(count).fill(0);
        for (const host of underWay) counts[host]++;
        const host = policy.choose(0);
        assertEquals(counts[host], Math.min(...counts));
        underWay.push(host);
      } else if (underWay.length > 0) {
        report(policy, underWay.splice(step % underWay.length, 1)[0]);
      }
    }
  }));
});

Deno.test("LeastOutstanding.choose() passes over outliers when it ejects, but not when too many are", () => {
  const policy = new LeastOutstanding({ ejects: true });
  policy.update([0, 1, 2].map((host) => ({ host, weight: 100 })), 0);
  const fail = (host: number) => policy.report({ host, failed: true, latencyMs: 1 }, 0);
  for (let i = 0; i < 15; i++) fail(policy.choose(0));
  assertEquals([policy.isOut(0), policy.isOut(1), policy.transitions], [true, false, 1]);
  assertEquals(choose(policy, 6), [1, 2, 1, 2, 1, 2]);
  policy.update([{ host: 0, weight: 100 }], 0);
  assertEquals(choose(policy, 2), [0, 0]);
});
