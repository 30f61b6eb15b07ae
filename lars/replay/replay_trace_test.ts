import { assertEquals } from "@std/assert";
// Imported, not read: so the balancer's tests need no permission at all.
import trace1 from "../../tests/vectors/balancer/trace-1.json" with { type: "json" };
import trace2 from "../../tests/vectors/balancer/trace-2.json" with { type: "json" };
import trace3 from "../../tests/vectors/balancer/trace-3.json" with { type: "json" };
import { replayTrace } from "./replay_trace.ts";
import { parseTrace } from "./trace.ts";

for (const [index, recorded] of [trace1, trace2, trace3].entries()) {
  Deno.test(`replayTrace() agrees with the original on trace-${index + 1}.json`, () => {
    const trace = parseTrace(JSON.stringify(recorded));
    assertEquals(trace.unknownSettings, []);
    assertEquals(trace.steps.length, 1201);
    assertEquals(replayTrace(trace), { matched: 1201 });
  });
}

/** A step that leaves host 1 idle, or as `step` has it. */
function stepOf(t: number, step: Record<string, unknown>) {
  return { t, idle: [1], overload: [], ...step };
}

function replay(config: Record<string, unknown>, steps: unknown[]) {
  return replayTrace(parseTrace(JSON.stringify({ config, steps })));
}

const UPDATE = stepOf(0, { op: "update", hosts: [1] });

Deno.test("replayTrace() takes tenths of a second as exact", () => {
  const out = { idle: [], overload: [1] };
  const fail = { op: "report", host: 1, retcode: 1 };
  const steps = [{ ...UPDATE, t: 16.1 }, stepOf(16.1, { ...fail, ...out })];
  const config = { contin_err_limit: 1, overload_timeout: 15 };
  assertEquals(replay(config, [...steps, stepOf(31.1, fail)]), { matched: 3 });
});

Deno.test("replayTrace() takes an empty route as no module", () => {
  const steps = [
    UPDATE,
    stepOf(0, { op: "update", hosts: [], idle: [] }),
    stepOf(0, { op: "choose", ret: 3, host: 0, idle: [] }),
  ];
  assertEquals(replay({}, steps), { matched: 3 });
});

const GOOD = { t: 2, op: "choose", ret: 0, host: 1, idle: [2, 1], overload: [] };

for (
  const wrong of [{ ret: 1 }, { host: 2 }, { idle: [1, 2] }, { idle: [2] }, { overload: [1] }]
) {
  Deno.test(`replayTrace() stops at a step that should have led to ${JSON.stringify(wrong)}`, () => {
    const update = { ...UPDATE, hosts: [1, 2], idle: [1, 2] };
    const { matched, difference } = replay({}, [update, { ...GOOD, ...wrong }, GOOD]);
    assertEquals(matched, 1);
    assertEquals(difference?.step.atSec, 2);
    assertEquals(difference?.step.action, { op: "choose" });
    assertEquals(difference?.actual, { ret: 0, host: 1, idle: [2, 1], overload: [] });
  });
}
