/**
 * What the balancer promises, shown in the simulator. Each promise is held against several seeds.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { DEFAULT_SETTINGS } from "../agent/balancer/mod.ts";
import type { Outcome } from "./measures/outcome.ts";
import { POLICIES } from "./policies/policies.ts";
import { parseScenario, type Scenario } from "./scenarios/scenario.ts";
import { SCENARIOS } from "./scenarios/scenarios.ts";
import { tryPolicy } from "./trials/trial.ts";
import { isThorough } from "../testing/thorough.ts";

const SEEDS = isThorough ? [1, 2, 3, 4, 5, 6, 7, 8] : [2, 3, 7];

function scenarioOf(name: string): Scenario {
  return SCENARIOS.find((scenario) => scenario.name === name)!;
}

function outcomesOf(scenario: Scenario, policyName: string, seeds = SEEDS): Outcome[] {
  const policy = POLICIES.find(({ name }) => name === policyName)!;
  return seeds.map((seed) => tryPolicy(scenario, { policy, seed }).outcome);
}

function lostOf({ lostBefore, lostAfter }: Outcome): number {
  return lostBefore + lostAfter;
}

Deno.test("slow-host: 99 % of the calls are in time by default, 99.9 % with p2c", () => {
  for (const [policy, least] of [["lars", 0.99], ["p2c", 0.999]] as const) {
    for (const { seed, inTimeShare } of outcomesOf(scenarioOf("slow-host"), policy)) {
      assert(inTimeShare >= least, `${policy}, seed ${seed}: ${inTimeShare} of the calls in time`);
    }
  }
});

Deno.test("dead-host: at most a tenth of the calls are lost that the original's rules lose", () => {
  const scenario = scenarioOf("dead-host");
  const originals = outcomesOf(scenario, "original");
  for (const [i, outcome] of outcomesOf(scenario, "lars").entries()) {
    const [ours, theirs] = [outcome, originals[i]].map(lostOf);
    assert(ours * 10 <= theirs, `seed ${outcome.seed}: ${ours} lost, by the original ${theirs}`);
  }
});

Deno.test("dead-host-quiet: no more calls are lost than by the original's rules", () => {
  const scenario = scenarioOf("dead-host-quiet");
  const originals = outcomesOf(scenario, "original");
  for (const [i, outcome] of outcomesOf(scenario, "lars").entries()) {
    const [ours, theirs] = [outcome, originals[i]].map(lostOf);
    assert(ours <= theirs, `seed ${outcome.seed}: ${ours} lost, by the original ${theirs}`);
  }
});

Deno.test("a healed host is back overload_timeout after healing plus one probe", () => {
  for (const name of ["dead-host", "dead-host-quiet"]) {
    const { callers: { perSecond, timeoutMs } } = scenarioOf(name);
    // The probe is the next pick, which five times the usual gap between two calls is long enough for, and takes a call.
    const probeSec = 5 / perSecond + timeoutMs / 1000;
    const bound = DEFAULT_SETTINGS.overloadTimeoutMs / 1000 + probeSec;
    for (
      const { seed, incidents: [{ untilSec, readmittedSec }] } of outcomesOf(
        scenarioOf(name),
        "lars",
      )
    ) {
      const tookSec = readmittedSec! - untilSec!;
      assert(tookSec <= bound, `${name}, seed ${seed}: back after ${tookSec} s`);
    }
  }
});

for (const perSecond of [1, 10, 100, 1000]) {
  // A thousand calls a second for an hour take as long as all else here.
  for (const costMs of perSecond === 1000 && !isThorough ? [1000] : [0, 1000]) {
    Deno.test(`no host is kept out for stray failures of ${costMs} ms in an hour at ${perSecond} calls/s`, () => {
      const { background, ...scenario } = scenarioOf(`background-${perSecond}`);
      const stray = { share: background!.share, costMs };
      const seeds = perSecond === 1000 ? SEEDS.slice(0, 1) : SEEDS;
      const outcomes = outcomesOf(
        parseScenario({ ...scenario, background: stray }, scenario.name),
        "lars",
        seeds,
      );
      assertEquals(outcomes.map(({ falseEjections }) => falseEjections), seeds.map(() => 0));
    });
  }
}
