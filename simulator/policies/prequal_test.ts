import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../seeded_random.ts";
import { type LoadReport, NO_HOST } from "./policy.ts";
import { Prequal } from "./prequal.ts";

/** Asks hosts that answer this; undefined answers nothing. */
function policyOf(loads: readonly (LoadReport | undefined)[]): Prequal {
  const policy = new Prequal({
    faultShare: () => 0,
    lossShare: () => 0,
    expectedMs: () => 0,
    probe: (host) => loads[host],
  }, seededRandom(1));
  policy.update(loads.map((_, host) => ({ host, weight: 100 })));
  return policy;
}

/** How often each host is chosen of 1000 times, one each `gapMs`, after some for a start. */
function countChoices(loads: readonly (LoadReport | undefined)[], { gapMs = 10 } = {}): number[] {
  const policy = policyOf(loads);
  const counts = loads.map(() => 0);
  for (let i = 0; i < 1020; i++) {
    const host = policy.choose(i * gapMs);
    if (i >= 20) counts[host]++;
  }
  return counts;
}

const quick = { inFlight: 1, latencyMs: 10 };

Deno.test("Prequal.choose() takes the quickest of the hosts that are not among the busiest", () => {
  const slow = { inFlight: 0, latencyMs: 20 };
  const busy = { inFlight: 9, latencyMs: 1 };
  // What is sent to the quick host makes it a busy one until its next answer.
  const counts = countChoices([quick, slow, slow, slow, slow, slow, slow, busy]);
  const [quicks, , , , , , , busies] = counts;
  assert(quicks > 2 * Math.max(...counts.slice(1)), String(counts));
  assert(busies < 20, String(counts));
});

Deno.test("Prequal.choose() all but avoids hosts that answer no probe, and draws when there are no answers", () => {
  const [dead, ...others] = countChoices([undefined, quick, quick, quick]);
  assert(dead < 10, `${dead} to the dead host`);
  assert(Math.min(...others) > 50, `${others} to the others`);
  // Answers are out of date when the next pick comes.
  for (const count of countChoices([undefined, quick, quick, quick], { gapMs: 1500 })) {
    assert(Math.abs(count - 250) < 60, `${count} of 1000`);
  }
});

Deno.test("Prequal.choose() uses an answer when it has come, and for a second", () => {
  // Two hosts: both are probed at each pick.
  const policy = policyOf([{ inFlight: 0, latencyMs: 9 }, quick, undefined]);
  policy.choose(0);
  const chosen = new Set(Array.from({ length: 100 }, () => policy.choose(0.5)));
  assertEquals(chosen.size, 3, "nothing is known yet");
});

Deno.test("Prequal.choose() counts what it sends to a host until its next answer", () => {
  const counts = countChoices([quick, { ...quick }, { ...quick }, { ...quick }]);
  for (const count of counts) assert(count > 100, String(counts));
});

Deno.test("Prequal.choose() gives the only host, and none when there is none", () => {
  assertEquals(policyOf([quick]).choose(0), 0);
  assertEquals(policyOf([]).choose(0), NO_HOST);
});

Deno.test("Prequal.update() forgets what hosts answered that left the route", () => {
  const policy = policyOf([quick, quick, quick, quick]);
  for (let i = 0; i < 50; i++) policy.choose(i * 10);
  policy.update([{ host: 2, weight: 100 }, { host: 3, weight: 100 }]);
  for (let i = 50; i < 100; i++) assert(policy.choose(i * 10) >= 2);
});
