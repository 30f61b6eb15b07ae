import { assertEquals } from "@std/assert";
import { DEFAULT_SETTINGS, ORIGINAL } from "../../agent/balancer/mod.ts";
import { NO_HOST } from "./policy.ts";
import { BalancerPolicy } from "./balancer_policy.ts";

/** With the original's rules: 15 failures in a row turn a host overloaded. */
function policyOf(hosts: readonly number[]): BalancerPolicy {
  const policy = new BalancerPolicy(ORIGINAL);
  setRoute(policy, hosts);
  return policy;
}

function setRoute(policy: BalancerPolicy, hosts: readonly number[], nowMs = 0): void {
  policy.update(hosts.map((host) => ({ host, weight: 100 })), nowMs);
}

function report(
  policy: BalancerPolicy,
  { host, failed = true, times = 1 }: { host: number; failed?: boolean; times?: number },
): void {
  for (let i = 0; i < times; i++) policy.report({ host, failed, latencyMs: 1 }, 0);
}

Deno.test("BalancerPolicy.choose() gives the numbers of the hosts, in turn", () => {
  const policy = policyOf([0, 7, 9999]);
  assertEquals(Array.from({ length: 4 }, () => policy.choose(0)), [0, 7, 9999, 0]);
});

Deno.test("BalancerPolicy.choose() gives none when there is no host, or all are overloaded", () => {
  assertEquals(policyOf([]).choose(0), NO_HOST);
  const policy = policyOf([0]);
  report(policy, { host: 0, times: 15 });
  assertEquals(policy.choose(0), NO_HOST);
});

Deno.test("BalancerPolicy.isOut() follows the balancer's verdicts", () => {
  const policy = policyOf([0, 1]);
  report(policy, { host: 1, times: 14 });
  assertEquals([policy.isOut(1), policy.transitions], [false, 0]);
  report(policy, { host: 1 });
  assertEquals([policy.isOut(0), policy.isOut(1), policy.transitions], [false, true, 1]);
  report(policy, { host: 1, failed: false, times: 15 });
  assertEquals([policy.isOut(1), policy.transitions], [false, 2]);
});

Deno.test("BalancerPolicy.isOut() is false of a host that left the route", () => {
  const policy = policyOf([0, 1]);
  report(policy, { host: 1, times: 15 });
  assertEquals(policy.isOut(1), true);
  setRoute(policy, [0]);
  assertEquals([policy.isOut(1), policy.transitions], [false, 1]);
});

Deno.test("BalancerPolicy tells the balancer weights, and what calls cost", () => {
  const weighted = new BalancerPolicy(DEFAULT_SETTINGS);
  weighted.update([{ host: 0, weight: 300 }, { host: 1, weight: 100 }], 0);
  const chosen = Array.from({ length: 8 }, () => weighted.choose(0));
  assertEquals(chosen.filter((host) => host === 0).length, 6);
  // A host is out that takes a hundred times as long as another, and one that takes as long is not.
  const isOutAfter = (latencyMs: number) => {
    const policy = new BalancerPolicy(DEFAULT_SETTINGS);
    setRoute(policy, [0, 1]);
    for (let n = 0; n < 50; n++) {
      policy.report({ host: 1, failed: false, latencyMs: 10 }, n);
      if (n > 30) policy.report({ host: 0, failed: false, latencyMs }, n);
    }
    return policy.isOut(0);
  };
  assertEquals([isOutAfter(1000), isOutAfter(10)], [true, false]);
});
