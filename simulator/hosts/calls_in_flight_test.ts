import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type CallFate, CallsInFlight } from "./calls_in_flight.ts";

const NO_CALL: CallFate = {
  agent: 0,
  host: 0,
  beganMs: 0,
  latencyMs: 0,
  failed: false,
  incident: -1,
  isDetected: false,
};

/** Ends the next call, and gives what is said of it. */
function end(calls: CallsInFlight): CallFate {
  const fate = { ...NO_CALL };
  calls.end(fate);
  return fate;
}

Deno.test("CallsInFlight.end() gives the call that ends next, as it began", () => {
  const calls = new CallsInFlight();
  assertEquals(calls.nextEndMs, Infinity);
  const slow = { ...NO_CALL, host: 3, beganMs: 10, latencyMs: 500, failed: true };
  const quick = {
    agent: 2,
    host: 9,
    beganMs: 12.5,
    latencyMs: 0.25,
    failed: false,
    incident: 4,
    isDetected: true,
  };
  calls.begin(slow);
  calls.begin(quick);
  assertEquals([calls.nextEndMs, end(calls)], [12.75, quick]);
  assertEquals([calls.nextEndMs, end(calls)], [510, slow]);
  assertEquals(calls.nextEndMs, Infinity);
});

Deno.test("CallsInFlight.begin() keeps nothing of the call that it is given", () => {
  const calls = new CallsInFlight();
  const fate = { ...NO_CALL, host: 1, latencyMs: 5 };
  calls.begin(fate);
  fate.host = 2;
  assertEquals(end(calls).host, 1);
});

Deno.test("CallsInFlight mixes no calls up when rows are used again and more are needed", () => {
  const call = fc.record({
    agent: fc.nat(1000),
    host: fc.nat(10_000),
    beganMs: fc.nat(1000),
    latencyMs: fc.nat(1000),
    failed: fc.boolean(),
    incident: fc.integer({ min: -1, max: 1000 }),
    isDetected: fc.boolean(),
  }, { noNullPrototype: true });
  const steps = fc.array(fc.option(call, { freq: 4 }), { maxLength: 400, size: "max" });
  fc.assert(fc.property(steps, (steps) => {
    const calls = new CallsInFlight();
    const model: CallFate[] = [];
    for (const step of [...steps, ...steps.map(() => null)]) {
      if (step !== null) {
        calls.begin(step);
        model.push(step);
      } else if (model.length > 0) {
        const endMs = Math.min(...model.map(({ beganMs, latencyMs }) => beganMs + latencyMs));
        assertEquals(calls.nextEndMs, endMs);
        const ended = end(calls);
        const at = model.findIndex((call) => JSON.stringify(call) === JSON.stringify(ended));
        assertEquals(ended, model[at]);
        assertEquals(ended.beganMs + ended.latencyMs, endMs);
        model.splice(at, 1);
      }
    }
    assertEquals(calls.nextEndMs, Infinity);
  }));
});
