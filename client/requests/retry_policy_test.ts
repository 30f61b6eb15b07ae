import { assertEquals } from "@std/assert";
import { RetryPolicy, type TimedOut } from "./retry_policy.ts";

const OPTIONS = { timeoutMs: 100, tries: 2, totalTimeoutMs: 2000, gracePeriodMs: 5000 };

/** At 10,000 ms, with two tries, a total time-out of 2,000 ms and a grace period of 5,000 ms. */
const CASES: [what: string, heardAtMs: number, request: Partial<TimedOut>, isWorthIt: boolean][] = [
  ["has tries left, of an agent never heard of", -Infinity, { tries: 1 }, true],
  ["has not had its time, of an agent never heard of", -Infinity, { sentAtMs: 8001 }, true],
  ["has had its time, of an agent never heard of", -Infinity, { sentAtMs: 8000 }, false],
  ["goes to an agent that is away", -Infinity, { silentSinceMs: 8000 }, false],
  ["has had its time, of an agent heard of lately", 5001, { sentAtMs: 8000 }, true],
  ["has had its time, of an agent not heard of lately", 5000, { sentAtMs: 8000 }, false],
  ["goes to a port that is silent though others are not", 9999, { silentSinceMs: 5000 }, false],
  ["goes to a port that has not been silent for long", 9999, { silentSinceMs: 5001 }, true],
  ["is unanswered for long while others are answered", 9999, { sentAtMs: 5000 }, false],
  ["is unanswered for less", 9999, { sentAtMs: 5001 }, true],
];

for (const [what, heardAtMs, request, isWorthIt] of CASES) {
  Deno.test(`RetryPolicy ${isWorthIt ? "repeats" : "gives up"} a request that ${what}`, () => {
    const policy = new RetryPolicy(OPTIONS);
    policy.heard(heardAtMs);
    const timedOut = { tries: 2, sentAtMs: 9900, silentSinceMs: 9990, ...request };
    assertEquals(policy.allowsAnother(timedOut, 10_000), isWorthIt);
  });
}

Deno.test("RetryPolicy gives a request its tries alone when there is no time for more", () => {
  const policy = new RetryPolicy({ ...OPTIONS, totalTimeoutMs: 0, gracePeriodMs: 0 });
  policy.heard(1000);
  const timedOut = { sentAtMs: 1000, silentSinceMs: 1000 };
  assertEquals(policy.allowsAnother({ ...timedOut, tries: 1 }, 1000), true);
  assertEquals(policy.allowsAnother({ ...timedOut, tries: 2 }, 1000), false);
});

Deno.test("RetryPolicy.timeoutOf() grows after the first tries, up to four times", () => {
  const policy = new RetryPolicy(OPTIONS);
  const timeouts = [1, 2, 3, 4, 5, 6, 7, 1e9].map((tries) => policy.timeoutOf(tries));
  assertEquals(timeouts, [100, 100, 150, 225, 337.5, 400, 400, 400]);
});
