import { assert, assertEquals, assertRejects } from "@std/assert";
import { DEFAULT_SETTINGS } from "../../agent/balancer/mod.ts";
import { POLICIES, policyOf } from "../policies/policies.ts";
import { SCENARIOS } from "../scenarios/scenarios.ts";
import { tryPolicy } from "./trial.ts";
import { type TrialJob, TrialPool } from "./trial_pool.ts";

const scenario = SCENARIOS.find(({ name }) => name === "dead-host-quiet")!;

/** Every policy with two seeds, and settings of one's own. */
const JOBS: TrialJob[] = [
  ...POLICIES.flatMap(({ name }) => [1, 2].map((seed) => ({ scenario, policy: { name }, seed }))),
  { scenario, policy: { name: "yours", settings: { ...DEFAULT_SETTINGS, probeNum: 3 } }, seed: 1 },
];

Deno.test("TrialPool.run() gives what trials give here, in the order of the jobs, with any number of threads", async () => {
  const outcomes = JOBS.map(({ scenario, policy, seed }) =>
    tryPolicy(scenario, { policy: policyOf(policy), seed }).outcome
  );
  for (const threads of [1, 3]) {
    await using pool = await TrialPool.start({ threads });
    assertEquals(await pool.run(JOBS), outcomes);
    assertEquals(await pool.run(JOBS.slice(0, 1)), outcomes.slice(0, 1));
  }
});

Deno.test("TrialPool.run() tells how far it is", async () => {
  await using pool = await TrialPool.start({ threads: 2 });
  const shares: number[] = [];
  await pool.run(JOBS, { onProgress: (share) => shares.push(share) });
  assertEquals(shares, shares.toSorted((a, b) => a - b));
  assert(shares.length >= JOBS.length && shares[0] < 1, String(shares));
  assertEquals(shares.at(-1), 1);
});

Deno.test("TrialPool.run() has nothing to do without jobs", async () => {
  await using pool = await TrialPool.start({ threads: 1 });
  assertEquals(await pool.run([]), []);
});

Deno.test("TrialPool.run() rejects with what a thread throws, and runs on afterwards", async () => {
  await using pool = await TrialPool.start({ threads: 2 });
  const unknown = { scenario, policy: { name: "unknown" }, seed: 1 };
  await assertRejects(() => pool.run([unknown]), Error, "Cannot simulate unknown");
});
