import { assertEquals } from "@std/assert";
import { RetryPolicy, type TimedOut } from "./retry_policy.ts";

/** At 10,000 ms, with two tries and a grace period of 5,000 ms. */
const CASES: [what: string, heardAtMs: number, request: Partial<TimedOut>, isWorthIt: boolean][] = [
  ["has tries left, of an agent never heard of", -Infinity, { tries: 1 }, true],
  ["has had its tries, of an agent never heard of", -Infinity, {}, false],
  ["has had its tries, of an agent heard of lately", 5001, {}, true],
  ["has had its tries, of an agent not heard of lately", 5000, {}, false],
  ["goes to a port that is silent though others are not", 9999, { silentSinceMs: 5000 }, false],
  ["goes to a port that has not been silent for long", 9999, { silentSinceMs: 5001 }, true],
  ["is unanswered for long while others are answered", 9999, { sentAtMs: 5000 }, false],
  ["is unanswered for less", 9999, { sentAtMs: 5001 }, true],
];

for (const [what, heardAtMs, request, isWorthIt] of CASES) {
  Deno.test(`RetryPolicy ${isWorthIt ? "repeats" : "gives up"} a request that ${what}`, () => {
    const policy = new RetryPolicy({ timeoutMs: 100, tries: 2, gracePeriodMs: 5000 });
    policy.heard(heardAtMs);
    const timedOut = { tries: 2, sentAtMs: 9900, silentSinceMs: 9990, ...request };
    assertEquals(policy.allowsAnother(timedOut, 10_000), isWorthIt);
  });
}

Deno.test("RetryPolicy knows no grace when the period is 0", () => {
  const policy = new RetryPolicy({ timeoutMs: 100, tries: 2, gracePeriodMs: 0 });
  policy.heard(1000);
  const timedOut = { tries: 2, sentAtMs: 1000, silentSinceMs: 1000 };
  assertEquals(policy.allowsAnother(timedOut, 1000), false);
});
