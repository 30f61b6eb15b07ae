import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { CallFate } from "./calls_in_flight.ts";
import { edgesOf } from "./fault_schedule.ts";
import { NO_INCIDENT } from "../measures/incidents.ts";
import { Pool } from "./pool.ts";
import { parseScenario, type ScenarioInput } from "../scenarios/scenario.ts";

type FaultInput = NonNullable<ScenarioInput["faults"]>[number];

const TEN_MS = { kind: "constant", ms: 10 } as const;

/** Two agents, two hosts of a worker, and these faults, which have begun. */
function poolOf(faults: ScenarioInput["faults"] = [], { withinMs = 50 } = {}): Pool {
  const scenario = parseScenario({
    name: "test",
    seconds: 10,
    agents: 2,
    withinMs,
    callers: { perSecond: 1, timeoutMs: 1000 },
    hosts: [{ count: 2, latency: TEN_MS, workers: 1, maxWaitMs: 100 }],
    faults,
  }, "test");
  const pool = new Pool(scenario, { isObserved: true });
  for (const edge of edgesOf(scenario, pool.hosts)) if (edge.begins) pool.passEdge(edge);
  return pool;
}

const WHEN = { hosts: [0], fromSec: 0, untilSec: 5 };

/** A call comes to a host at 0 ms; gives its fate. */
function serve(pool: Pool, { agent = 0, host = 0 } = {}): [failed: boolean, latencyMs: number] {
  const call: CallFate = {
    agent,
    host,
    beganMs: 0,
    latencyMs: 0,
    failed: false,
    incident: NO_INCIDENT,
    isDetected: false,
  };
  pool.serve(call, { latencyDraw: 0.5, errorDraw: 0.4 });
  return [call.failed, call.latencyMs];
}

Deno.test("Pool.viewOf() shows the lines before the workers", () => {
  const pool = poolOf();
  const view = pool.viewOf(1);
  assertEquals([view.expectedMs(0, 0), view.lossShare(0, 0), view.faultShare(0)], [10, 0, 0]);
  for (let i = 0; i < 5; i++) assertEquals(serve(pool), [false, 10 + i * 10]);
  // The sixth would be ready after 60 ms, and is to be within 50.
  assertEquals([view.expectedMs(0, 0), view.lossShare(0, 0), view.faultShare(0)], [60, 1, 0]);
  assertEquals([view.expectedMs(0, 20), view.lossShare(0, 20)], [40, 0]);
  assertEquals([view.expectedMs(1, 0), view.lossShare(1, 0)], [10, 0]);
});

Deno.test("Pool.viewOf() shows that a host turns calls away", () => {
  const pool = poolOf([], { withinMs: 1000 });
  for (let i = 0; i < 10; i++) serve(pool);
  assertEquals(pool.viewOf(0).lossShare(0, 0), 0);
  serve(pool);
  assertEquals([pool.viewOf(0).lossShare(0, 0), serve(pool)], [1, [true, 1]]);
});

Deno.test("Pool.viewOf() shows faults as the agent sees them", () => {
  const pool = poolOf([{ kind: "dead", ...WHEN, agents: [1] }]);
  const shares = [0, 1].map((agent) => pool.viewOf(agent).faultShare(0));
  assertEquals([shares, serve(pool, { agent: 1 }), serve(pool)], [[0, 1], [true, 1000], [
    false,
    10,
  ]]);
  const errors = poolOf([{ kind: "errors", share: 0.3, ...WHEN }]).viewOf(0);
  assertAlmostEquals(errors.faultShare(0), 0.3);
  const late = { kind: "exponential", meanMs: 50 } as const;
  const slow = poolOf([{ kind: "slow", latency: late, ...WHEN }]).viewOf(0);
  assertAlmostEquals(slow.faultShare(0), 1 / Math.E, 0.001);
});

Deno.test("Pool.viewOf() has hosts answer probes that the agent can reach", () => {
  const pool = poolOf([
    { kind: "dead", ...WHEN, agents: [1] },
    { kind: "errors", share: 1, ...WHEN, hosts: [1] },
  ]);
  serve(pool);
  serve(pool, { host: 1 });
  const answers = [0, 1].map((agent) => [0, 1].map((host) => pool.viewOf(agent).probe(host, 5)));
  const busy = { inFlight: 1, latencyMs: 0 };
  assertEquals(answers, [[busy, busy], [undefined, busy]]);
  assertEquals(pool.viewOf(0).probe(0, 10), { inFlight: 0, latencyMs: 10 });
});

Deno.test("Pool.isServing() says whether any host in the route answers an agent", () => {
  const dead: FaultInput = { kind: "dead", ...WHEN, agents: [1] };
  const away: FaultInput = { kind: "away", ...WHEN, hosts: [1] };
  const refuse: FaultInput = { kind: "refuse", ...WHEN, hosts: [1] };
  const serving = [[dead], [dead, away], [dead, refuse], [away, refuse]].map((faults) => {
    const pool = poolOf(faults);
    return [0, 1].map((agent) => pool.isServing(agent));
  });
  assertEquals(serving, [[true, true], [true, false], [true, false], [true, true]]);
});
