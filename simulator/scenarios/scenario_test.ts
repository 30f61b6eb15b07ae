import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ConfigError } from "../../service/mod.ts";
import {
  callRate,
  expandHosts,
  hostsOf,
  parseScenario,
  parseScenarioText,
  type ScenarioInput,
  withSeconds,
} from "./scenario.ts";

const TEN_MS = { kind: "constant", ms: 10 } as const;
const DEAD = { kind: "dead", hosts: [0], fromSec: 1, untilSec: 2 } as const;

/** The least that a scenario may say. */
const LEAST = {
  name: "mine",
  seconds: 10,
  callers: { perSecond: 5, timeoutMs: 100 },
  hosts: [{ latency: TEN_MS }],
} as const;

/** Three hosts, of which the last is in the zone `b`. */
const THREE = [{ count: 2, latency: TEN_MS }, { zone: "b", latency: TEN_MS }];

/** What is said of a scenario that is wrong. */
function mistakesIn(value: unknown): readonly string[] {
  return assertThrows(() => parseScenario(value, "mine.json"), ConfigError).mistakes;
}

function surge(factor: number) {
  return { fromSec: 0, untilSec: 5, factor };
}

Deno.test("parseScenario() fills in every default", () => {
  const scenario = parseScenario({ ...LEAST, faults: [DEAD] }, "mine.json");
  assertEquals(scenario, {
    name: "mine",
    about: "",
    seconds: 10,
    withinMs: 1000,
    agents: 1,
    callers: {
      perSecond: 5,
      arrivals: "poisson",
      burst: 1,
      timeoutMs: 100,
      reportedShare: 1,
      picksAhead: 0,
      surges: [],
    },
    hosts: [{
      count: 1,
      zone: "",
      weight: 100,
      latency: TEN_MS,
      workers: 0,
      maxWaitMs: 3_600_000,
    }],
    faults: [{
      kind: "dead",
      hosts: [0],
      fromSec: 1,
      untilSec: 2,
      everySec: 0,
      times: 1,
      staggerSec: 0,
    }],
  });
});

Deno.test("parseScenario() takes what it gave", () => {
  const scenario = parseScenario({ ...LEAST, hosts: THREE, faults: [DEAD] }, "mine.json");
  assertEquals(parseScenario(scenario, "mine.json"), scenario);
});

/** A change to {@linkcode LEAST}, and the line that it gives. */
const MISTAKES: [what: string, change: Record<string, unknown>, line: string][] = [
  ["lacks a value", { seconds: undefined }, "seconds is missing"],
  ["has a value of another type", { seconds: "3" }, `seconds must be number: current value is "3"`],
  ["has a value that is too low", { seconds: 0 }, "seconds must be >0: current value is 0"],
  [
    "has a value that is too high",
    { callers: { perSecond: 1e7, timeoutMs: 1 } },
    "callers.perSecond must be <=1000000: current value is 10000000",
  ],
  [
    "has a fraction of an agent",
    { agents: 1.5 },
    "agents must be an integer: current value is 1.5",
  ],
  ["has a word of its own", { second: 1 }, "second is not known here: leave it out"],
  [
    "has a word of its own inside",
    { hosts: [{ latency: { ...TEN_MS, p99Ms: 5 } }] },
    "hosts.0.latency.p99Ms is not known here: leave it out",
  ],
  ["has a bad name", { name: "My scenario" }, "name: must be lower-case words with -"],
  ["has no hosts", { hosts: [] }, "hosts must not be empty"],
  ["has hosts that are no list", { hosts: 5 }, "hosts must be Array: current value is 5"],
  [
    "has arrivals that there are not",
    { callers: { perSecond: 1, timeoutMs: 1, arrivals: "odd" } },
    `callers.arrivals must be ("poisson" | "even"): current value is "odd"`,
  ],
  [
    "has a distribution that there is not",
    { hosts: [{ latency: { kind: "uniform" } }] },
    `hosts.0.latency.kind must be ("constant" | "exponential" | "lognormal" | "mixture"): current value is "uniform"`,
  ],
  [
    "has a distribution without a kind",
    { hosts: [{ latency: {} }] },
    "hosts.0.latency.kind is missing",
  ],
  [
    "has a 99th percentile below the median",
    { hosts: [{ latency: { kind: "lognormal", medianMs: 5, p99Ms: 4 } }] },
    "hosts.0.latency: p99Ms must be at least medianMs",
  ],
  [
    "has a fault that there is not",
    { faults: [{ ...DEAD, kind: "ill" }] },
    `faults.0.kind must be ("dead" | "refuse" | "slow" | "errors" | "away"): current value is "ill"`,
  ],
  [
    "has a route that only some agents see",
    { faults: [{ ...DEAD, kind: "away", agents: [0] }] },
    "faults.0.agents is not known here: leave it out",
  ],
  [
    "has too many hosts",
    { hosts: [{ count: 6000, latency: TEN_MS }, { count: 6000, latency: TEN_MS }] },
    "hosts must be at most 10000 in all: current value is 12000",
  ],
  [
    "has too many agents for its hosts",
    { agents: 1000, hosts: [{ count: 1001, latency: TEN_MS }] },
    "agents times hosts must be at most 1000000: current value is 1001000",
  ],
  [
    "has too many calls",
    { seconds: 1001, callers: { perSecond: 1e6, timeoutMs: 1 } },
    "calls must be at most 1000000000 in all: lower seconds, callers.perSecond or a surge's factor",
  ],
  [
    "has too many calls in a surge",
    { callers: { perSecond: 1, timeoutMs: 1, surges: [surge(2.1e8)] } },
    "calls must be at most 1000000000 in all: lower seconds, callers.perSecond or a surge's factor",
  ],
  [
    "has too many calls where surges meet",
    { callers: { perSecond: 1, timeoutMs: 1, surges: [surge(15_000), surge(15_000)] } },
    "calls must be at most 1000000000 in all: lower seconds, callers.perSecond or a surge's factor",
  ],
  [
    "has a surge that ends as it begins",
    { callers: { perSecond: 1, timeoutMs: 1, surges: [{ ...surge(2), fromSec: 5 }] } },
    "callers.surges.0: untilSec must be after fromSec",
  ],
  [
    "has a fault that ends as it begins",
    { faults: [{ ...DEAD, untilSec: 1 }] },
    "faults.0: untilSec must be after fromSec",
  ],
  [
    "has a fault that comes again before it is over",
    { faults: [{ ...DEAD, times: 2, everySec: 0.5 }] },
    "faults.0: everySec must be at least as long as one time lasts",
  ],
  [
    "has a fault at a host that there is not",
    { faults: [{ ...DEAD, hosts: [0, 1] }] },
    "faults.0: host 1 must be below 1",
  ],
  [
    "has a fault in a zone that there is not",
    { faults: [{ kind: "dead", zone: "b", fromSec: 1, untilSec: 2 }] },
    "faults.0 strikes no host: name hosts or a zone that there are",
  ],
  [
    "has a fault that an agent sees that there is not",
    { faults: [{ ...DEAD, agents: [0, 1] }] },
    "faults.0: agent 1 must be below 1",
  ],
  [
    "has a fault that nobody sees",
    { faults: [{ ...DEAD, agents: [] }] },
    "faults.0.agents must not be empty",
  ],
  [
    "has faults that begin too often",
    {
      hosts: [{ count: 11, latency: TEN_MS }],
      faults: [{ kind: "dead", fromSec: 1, untilSec: 2, everySec: 2, times: 100_000 }],
    },
    "faults must begin at most 1000000 times at all hosts together: current value is 1100000",
  ],
];

for (const [what, change, line] of MISTAKES) {
  Deno.test(`parseScenario() says what to mend when the scenario ${what}`, () => {
    assertEquals(mistakesIn({ ...LEAST, ...change }), [`mine.json: ${line}`]);
  });
}

Deno.test("parseScenario() says all mistakes at once", () => {
  assertEquals(mistakesIn({ ...LEAST, seconds: -1, agents: 0, more: 1 }), [
    "mine.json: seconds must be >0: current value is -1",
    "mine.json: agents must be >=1: current value is 0",
    "mine.json: more is not known here: leave it out",
  ]);
  assertEquals(
    mistakesIn({ ...LEAST, faults: [{ ...DEAD, untilSec: 0 }, { ...DEAD, hosts: [7] }] }),
    [
      "mine.json: faults.0: untilSec must be after fromSec",
      "mine.json: faults.1: host 7 must be below 1",
      "mine.json: faults.1 strikes no host: name hosts or a zone that there are",
    ],
  );
});

Deno.test("parseScenario() says so when the whole is no scenario", () => {
  assertEquals(mistakesIn(null), ["mine.json: the whole must be Object: current value is null"]);
});

Deno.test("parseScenario() refuses any JSON in lines of its file, or takes it", () => {
  const changes = fc.dictionary(
    fc.constantFrom(...Object.keys(LEAST), "faults", "agents"),
    fc.jsonValue(),
  );
  fc.assert(fc.property(changes, (change) => {
    try {
      parseScenario({ ...LEAST, ...change }, "mine.json");
    } catch (error) {
      assert(error instanceof ConfigError, String(error));
      for (const line of error.mistakes) assert(/^mine\.json: [^\n]+$/.test(line), line);
    }
  }));
});

Deno.test("parseScenario() takes as many calls, states and faults as it says, but no more", () => {
  const most: ScenarioInput[] = [
    { ...LEAST, seconds: 1000, callers: { perSecond: 1e6, timeoutMs: 1 }, hosts: THREE },
    { ...LEAST, callers: { perSecond: 1, timeoutMs: 1, surges: [surge(1.9e8)] }, hosts: THREE },
    { ...LEAST, agents: 1000, hosts: [{ count: 1000, latency: TEN_MS }] },
    {
      ...LEAST,
      hosts: [{ count: 10, latency: TEN_MS }],
      faults: [{ kind: "dead", fromSec: 1, untilSec: 2, everySec: 2, times: 100_000 }],
    },
  ];
  for (const scenario of most) parseScenario(scenario, "mine.json");
});

Deno.test("parseScenario() does not count a surge that comes after the end", () => {
  const surges = [{ fromSec: 20, untilSec: 30, factor: 1e9 }];
  parseScenario({ ...LEAST, callers: { ...LEAST.callers, surges } }, "mine.json");
});

Deno.test("parseScenarioText() reads JSON, and says where there is none", () => {
  assertEquals(
    parseScenarioText(JSON.stringify(LEAST), "mine.json"),
    parseScenario(LEAST, "mine.json"),
  );
  for (const text of ["", "{", "name: mine"]) {
    const { mistakes } = assertThrows(() => parseScenarioText(text, "mine.json"), ConfigError);
    assertEquals(mistakes.length, 1);
    assert(mistakes[0].startsWith("mine.json: must be JSON: "), mistakes[0]);
  }
});

Deno.test("withSeconds() changes the time alone, and refuses one that is none", () => {
  const scenario = parseScenario({ ...LEAST, faults: [DEAD] }, "mine.json");
  assertEquals(withSeconds(scenario, 0.5), { ...scenario, seconds: 0.5 });
  const { mistakes } = assertThrows(() => withSeconds(scenario, 1e9), ConfigError);
  assertEquals(mistakes, ["mine: seconds must be <=604800: current value is 1000000000"]);
});

Deno.test("expandHosts() gives each host its group", () => {
  const hosts = expandHosts(parseScenario({ ...LEAST, hosts: THREE }, "mine.json"));
  assertEquals(hosts.map(({ zone }) => zone), ["", "", "b"]);
});

Deno.test("hostsOf() gives the hosts that are named, in the zone that is named", () => {
  const strikes: [Record<string, unknown>, number[]][] = [
    [{}, [0, 1, 2]],
    [{ hosts: [2, 0] }, [0, 2]],
    [{ zone: "b" }, [2]],
    [{ zone: "" }, [0, 1]],
    [{ hosts: [1, 2], zone: "b" }, [2]],
  ];
  for (const [where, expected] of strikes) {
    const fault = { kind: "dead", fromSec: 1, untilSec: 2, ...where };
    const scenario = parseScenario({ ...LEAST, hosts: THREE, faults: [fault] }, "mine.json");
    assertEquals(hostsOf(scenario.faults[0], expandHosts(scenario)), expected);
  }
});

Deno.test("callRate() multiplies by the surges that are under way", () => {
  const surges = [{ fromSec: 1, untilSec: 4, factor: 3 }, { fromSec: 2, untilSec: 3, factor: 0.5 }];
  const { callers } = parseScenario(
    { ...LEAST, callers: { ...LEAST.callers, surges } },
    "mine.json",
  );
  const rates = [999, 1000, 2000, 2999, 3000, 4000].map((nowMs) => callRate(callers, nowMs));
  assertEquals(rates, [5, 15, 7.5, 7.5, 15, 5]);
});
