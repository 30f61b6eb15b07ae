import { assertEquals, assertThrows } from "@std/assert";
import { ORIGINAL, SETTINGS } from "../../agent/balancer/mod.ts";
import { parseTrace, TraceError } from "./trace.ts";

const QUEUES = { idle: [1], overload: [] };

function parse(trace: unknown) {
  return parseTrace(JSON.stringify(trace));
}

Deno.test("parseTrace() reads each kind of step, and leaves what it does not know alone", () => {
  const steps = [
    { t: 0, op: "update", hosts: [1], ...QUEUES, note: "later" },
    { t: 0.5, op: "choose", ret: 0, host: 1, ...QUEUES },
    { t: 1, op: "report", host: 1, retcode: 2, ...QUEUES },
    { t: 1, op: "report", host: 1, retcode: 2, timecost: 900, ...QUEUES },
    { t: 3, op: "advance", seconds: 2, ...QUEUES },
  ];
  assertEquals(parse({ seed: 1, config: {}, steps }).steps, [
    { atSec: 0, action: { op: "update", hosts: [1] }, expected: QUEUES },
    { atSec: 0.5, action: { op: "choose" }, expected: { ret: 0, host: 1, ...QUEUES } },
    { atSec: 1, action: { op: "report", host: 1, retcode: 2, timecost: 0 }, expected: QUEUES },
    { atSec: 1, action: { op: "report", host: 1, retcode: 2, timecost: 900 }, expected: QUEUES },
    { atSec: 3, action: { op: "advance" }, expected: QUEUES },
  ]);
});

Deno.test("parseTrace() gives the original's rules when the config names nothing", () => {
  assertEquals(parse({ config: {}, steps: [] }).settings, ORIGINAL);
});

for (
  const [name, { key, kind }] of Object.entries(SETTINGS).filter(([name]) => name !== "policy")
) {
  Deno.test(`parseTrace() reads ${key}, and leaves other settings alone`, () => {
    const { settings, unknownSettings } = parse({ config: { [key]: 7 }, steps: [] });
    const value = kind === "seconds" ? 7000 : 7;
    assertEquals(settings, { ...ORIGINAL, [name]: value });
    assertEquals(unknownSettings, []);
  });
}

Deno.test("parseTrace() takes the time of the route's refresh as known", () => {
  const trace = parse({ config: { update_timeout: 15 }, steps: [] });
  assertEquals(trace, { settings: ORIGINAL, unknownSettings: [], steps: [] });
});

Deno.test("parseTrace() names the settings that we do not have", () => {
  const config = { colour: "red", probe_num: 3, constructor: 1 };
  assertEquals(parse({ config, steps: [] }).unknownSettings, ["colour", "constructor"]);
});

Deno.test("parseTrace() reads a policy by its name, and refuses one that there is not", () => {
  assertEquals(parse({ config: { policy: "lars" }, steps: [] }).settings.policy, "lars");
  assertThrows(
    () => parse({ config: { policy: "fastest" }, steps: [] }),
    TraceError,
    "config.policy must be one of lars, original, p2c",
  );
});

const CHOOSE = { t: 0, op: "choose", ret: 0, host: 1, ...QUEUES };

for (
  const { trace, says } of [
    { trace: [], says: "not a trace: the whole must be an object" },
    { trace: null, says: "not a trace: the whole must be an object" },
    { trace: {}, says: "not a trace: steps must be an array" },
    { trace: { steps: [] }, says: "not a trace: config must be an object" },
    {
      trace: { config: { err_rate: "high" }, steps: [] },
      says: "not a trace: config.err_rate must be a number",
    },
    { trace: { config: {}, steps: [7] }, says: "not a trace: steps[0] must be an object" },
    {
      trace: { config: {}, steps: [CHOOSE, { ...CHOOSE, op: "guess" }] },
      says: "not a trace: steps[1].op must be update, choose, report or advance",
    },
    {
      trace: { config: {}, steps: [{ ...CHOOSE, t: undefined }] },
      says: "not a trace: steps[0].t must be a number",
    },
    {
      trace: { config: {}, steps: [{ ...CHOOSE, host: undefined }] },
      says: "not a trace: steps[0].host must be a number",
    },
    {
      trace: { config: {}, steps: [{ ...CHOOSE, idle: undefined }] },
      says: "not a trace: steps[0].idle must be an array",
    },
    {
      trace: { config: {}, steps: [{ ...CHOOSE, overload: [1, "2"] }] },
      says: "not a trace: steps[0].overload[1] must be a number",
    },
  ]
) {
  Deno.test(`parseTrace() throws "${says}" for ${JSON.stringify(trace)}`, () => {
    const error = assertThrows(() => parse(trace), TraceError);
    assertEquals(error.message, says);
  });
}

Deno.test("parseTrace() throws for a text that is not JSON", () => {
  assertEquals(assertThrows(() => parseTrace('{"config":'), TraceError).message, "not JSON");
});
