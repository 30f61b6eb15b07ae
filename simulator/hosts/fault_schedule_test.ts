import { assertEquals, assertStrictEquals } from "@std/assert";
import { Conditions, type Edge, edgesOf, isSeenBy, isSickness } from "./fault_schedule.ts";
import {
  expandHosts,
  type Fault,
  parseScenario,
  type ScenarioInput,
} from "../scenarios/scenario.ts";

const TEN_MS = { kind: "constant", ms: 10 } as const;
const SLOW = { kind: "constant", ms: 700 } as const;

type FaultInput = NonNullable<ScenarioInput["faults"]>[number];

/** Five hosts, of which the last two are in the zone `b`, with these faults. */
function scenarioWith(faults: FaultInput[]) {
  return parseScenario({
    name: "test",
    seconds: 100,
    agents: 3,
    callers: { perSecond: 1, timeoutMs: 1000 },
    hosts: [{ count: 3, latency: TEN_MS }, { count: 2, zone: "b", latency: TEN_MS }],
    faults,
  }, "test");
}

function faultsOf(...faults: FaultInput[]): readonly Fault[] {
  return scenarioWith(faults).faults;
}

/** Edges in short: `1.5 s +0@3` is when fault 0 begins at host 3. */
function edgesIn(...faults: FaultInput[]): string[] {
  const scenario = scenarioWith(faults);
  return edgesOf(scenario, expandHosts(scenario)).map((edge: Edge) =>
    `${edge.atMs / 1000} s ${edge.begins ? "+" : "-"}${edge.fault}@${edge.host}`
  );
}

Deno.test("edgesOf() gives the beginning and the end of a fault at each of its hosts", () => {
  assertEquals(edgesIn({ kind: "dead", hosts: [2, 0], fromSec: 1.5, untilSec: 4 }), [
    "1.5 s +0@0",
    "1.5 s +0@2",
    "4 s -0@0",
    "4 s -0@2",
  ]);
});

Deno.test("edgesOf() takes the hosts of a zone, or all when neither hosts nor zone is named", () => {
  const at = { kind: "refuse", fromSec: 1, untilSec: 2 } as const;
  assertEquals(edgesIn({ ...at, zone: "b" }).slice(0, 2), ["1 s +0@3", "1 s +0@4"]);
  assertEquals(edgesIn({ ...at, zone: "b", hosts: [1, 4] }).slice(0, 2), ["1 s +0@4", "2 s -0@4"]);
  assertEquals(edgesIn(at).length, 10);
});

Deno.test("edgesOf() repeats a fault as often as it says", () => {
  const when = { fromSec: 1, untilSec: 2, everySec: 10, times: 3 };
  assertEquals(edgesIn({ kind: "dead", hosts: [0], ...when }), [
    "1 s +0@0",
    "2 s -0@0",
    "11 s +0@0",
    "12 s -0@0",
    "21 s +0@0",
    "22 s -0@0",
  ]);
});

Deno.test("edgesOf() has a fault end before it begins again at once", () => {
  const when = { fromSec: .7, untilSec: 1.4, everySec: .7, times: 50 };
  const edges = edgesIn({ kind: "dead", hosts: [0], ...when }).map((text) => text.split(" ")[2]);
  assertEquals(edges.join(" "), Array.from({ length: 50 }, () => "+0@0 -0@0").join(" "));
});

Deno.test("edgesOf() staggers a fault from one of its hosts to the next", () => {
  const when = { fromSec: 1, untilSec: 3, staggerSec: 5 };
  assertEquals(edgesIn({ kind: "away", hosts: [1, 3, 4], ...when }), [
    "1 s +0@1",
    "3 s -0@1",
    "6 s +0@3",
    "8 s -0@3",
    "11 s +0@4",
    "13 s -0@4",
  ]);
});

Deno.test("edgesOf() gives ends before beginnings when they are at one time", () => {
  assertEquals(
    edgesIn(
      { kind: "dead", hosts: [0], fromSec: 5, untilSec: 9 },
      { kind: "dead", hosts: [0], fromSec: 1, untilSec: 5 },
    ),
    ["1 s +1@0", "5 s -1@0", "5 s +0@0", "9 s -0@0"],
  );
});

Deno.test("Conditions.combine() gives a healthy host when there is no fault", () => {
  const [host] = expandHosts(scenarioWith([]));
  const { latency, ...condition } = new Conditions().combine(host, []);
  assertEquals(condition, {
    dead: false,
    refuses: false,
    errorShare: 0,
    errorCostMs: undefined,
  });
  assertEquals(latency.at(0.5), 10);
});

Deno.test("Conditions.combine() adds faults up, the later of two counting", () => {
  const [host] = expandHosts(scenarioWith([]));
  const when = { fromSec: 1, untilSec: 2 };
  const faults = faultsOf(
    { kind: "errors", share: 0.9, costMs: 3, ...when },
    { kind: "slow", latency: SLOW, ...when },
    { kind: "errors", share: 0.2, costMs: 50, ...when },
    { kind: "refuse", ...when },
    { kind: "dead", ...when },
    { kind: "away", ...when },
  );
  const { latency, ...condition } = new Conditions().combine(host, faults);
  assertEquals(condition, { dead: true, refuses: true, errorShare: 0.2, errorCostMs: 50 });
  assertEquals(latency.at(0.5), 700);
});

Deno.test("Conditions.combine() gives each kind of fault its own mark", () => {
  const [host] = expandHosts(scenarioWith([]));
  const conditions = new Conditions();
  const when = { fromSec: 1, untilSec: 2 };
  const marks = faultsOf(
    { kind: "dead", ...when },
    { kind: "refuse", ...when },
    { kind: "slow", latency: SLOW, ...when },
    { kind: "errors", share: 0.5, ...when },
    { kind: "away", ...when },
  ).map((fault) => {
    const { dead, refuses, errorShare, latency } = conditions.combine(host, [fault]);
    return [fault.kind, dead, refuses, errorShare, latency.at(0)];
  });
  assertEquals(marks, [
    ["dead", true, false, 0, 10],
    ["refuse", false, true, 0, 10],
    ["slow", false, false, 0, 700],
    ["errors", false, false, 0.5, 10],
    ["away", false, false, 0, 10],
  ]);
});

Deno.test("Conditions.combine() makes each latency's table once", () => {
  const [first, , , other] = expandHosts(scenarioWith([]));
  const conditions = new Conditions();
  const { latency } = conditions.combine(first, []);
  assertStrictEquals(conditions.combine(other, []).latency, latency);
});

Deno.test("isSickness() is true of every fault but of having left the route", () => {
  const when = { fromSec: 1, untilSec: 2 };
  const faults = faultsOf(
    { kind: "dead", ...when },
    { kind: "refuse", ...when },
    { kind: "slow", latency: SLOW, ...when },
    { kind: "errors", share: 0.5, ...when },
    { kind: "away", ...when },
  );
  assertEquals(faults.map(isSickness), [true, true, true, true, false]);
});

Deno.test("isSeenBy() is true of every agent unless the fault names some", () => {
  const when = { fromSec: 1, untilSec: 2 };
  const [of1, all, away] = faultsOf(
    { kind: "dead", agents: [1], ...when },
    { kind: "dead", ...when },
    { kind: "away", ...when },
  );
  const agents = [0, 1, 2];
  assertEquals(agents.map((agent) => isSeenBy(of1, agent)), [false, true, false]);
  assertEquals(agents.map((agent) => isSeenBy(all, agent)), [true, true, true]);
  assertEquals(agents.map((agent) => isSeenBy(away, agent)), [true, true, true]);
});
