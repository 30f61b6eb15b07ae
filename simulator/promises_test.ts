/**
 * What the balancer promises, shown in the simulator. Each promise is held against several seeds.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Outcome } from "./measures/outcome.ts";
import { POLICIES } from "./policies/policies.ts";
import { parseScenario, type Scenario } from "./scenarios/scenario.ts";
import { SCENARIOS } from "./scenarios/scenarios.ts";
import { tryPolicy } from "./trials/trial.ts";
import { isThorough } from "../testing/thorough.ts";

const SEEDS = isThorough ? [1, 2, 3, 4, 5, 6, 7, 8] : [2, 5, 7];

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

Deno.test("slow-host: 99.9 % of the calls are in time, whether callers are patient or not", () => {
  for (const name of ["slow-host", "slow-host-patient"]) {
    for (const { seed, inTimeShare } of outcomesOf(scenarioOf(name), "lars")) {
      assert(inTimeShare >= 0.999, `${name}, seed ${seed}: ${inTimeShare} of the calls in time`);
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

Deno.test("a healed host has half of its share within 12 s, and all of it within 20 s", () => {
  for (const name of ["dead-host", "gray-failure", "three-slow", "zone-loss", "two-hosts"]) {
    for (const { seed, incidents } of outcomesOf(scenarioOf(name), "lars")) {
      for (const { host, untilSec, halfShareSec, fullShareSec } of incidents) {
        const [half, full] = [halfShareSec! - untilSec!, fullShareSec! - untilSec!];
        assert(half <= 12 && full <= 20, `${name}, seed ${seed}, host ${host}: ${half}, ${full} s`);
      }
    }
  }
});

Deno.test("total-outages: nothing is refused, and no more is lost than by round robin", () => {
  const scenario = scenarioOf("total-outages");
  const others = outcomesOf(scenario, "round-robin");
  for (const [i, { seed, refused, failed }] of outcomesOf(scenario, "lars").entries()) {
    assertEquals([refused, failed], [0, others[i].failed], `seed ${seed}`);
  }
});

Deno.test("pool-overload: 80 % of the calls are in time, and nothing is late 2 s after the surge", () => {
  for (
    const { seed, inTimeShare, lateAfterSec } of outcomesOf(scenarioOf("pool-overload"), "lars")
  ) {
    assert(
      inTimeShare >= 0.8 && lateAfterSec! <= 2,
      `seed ${seed}: ${inTimeShare}, ${lateAfterSec} s`,
    );
  }
});

Deno.test("hosts of unequal capacity serve all calls in time, and none is taken for sick", () => {
  for (
    const { seed, calls, inTime, falseEjections } of outcomesOf(
      scenarioOf("unequal-workers"),
      "lars",
    )
  ) {
    assertEquals([inTime, falseEjections], [calls, 0], `seed ${seed}`);
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
