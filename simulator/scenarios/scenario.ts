/**
 * What is simulated: hosts, callers, and what goes wrong when, as a JSON file says it. Owns what such a file may say, and
 * the words in which a wrong one is refused. Host numbers count from 0 in the order of `hosts`.
 *
 * @module
 */

import * as v from "valibot";
import { ConfigError } from "../../service/mod.ts";

const MAX_HOSTS = 10_000;
const MAX_SEC = 7 * 86_400;
const MAX_MS = 3_600_000;

/** Of agents × hosts, each of which is a state of its own. */
const MAX_STATES = 1_000_000;

/** Decimal fractions of a second are told apart from here on. */
const ROUNDING_SEC = 1e-6;

/** On an average. */
const MAX_CALLS = 1_000_000_000;

/** How often faults may begin, at all hosts together. */
const MAX_BEGINNINGS = 1_000_000;

const positive = v.pipe(v.number(), v.gtValue(0));
const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_SEC));
const millis = v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_MS));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const index = v.pipe(v.number(), v.integer(), v.minValue(0));

const simpleLatencies = [
  v.strictObject({ kind: v.literal("constant"), ms: millis }),
  v.strictObject({ kind: v.literal("exponential"), meanMs: millis }),
  v.pipe(
    v.strictObject({ kind: v.literal("lognormal"), medianMs: positive, p99Ms: millis }),
    v.check(({ medianMs, p99Ms }) => p99Ms >= medianMs, "p99Ms must be at least medianMs"),
  ),
] as const;

const latencySchema = v.variant("kind", [
  ...simpleLatencies,
  /** Calls of several kinds, each with its share of the calls beside the others'. */
  v.strictObject({
    kind: v.literal("mixture"),
    parts: v.pipe(
      v.array(v.strictObject({ share: positive, latency: v.variant("kind", simpleLatencies) })),
      v.minLength(1),
      v.maxLength(100),
    ),
  }),
]);

const hostsSchema = v.strictObject({
  /** How many hosts are like this. */
  count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_HOSTS)), 1),
  /** Where they are, for faults that strike a whole zone. */
  zone: v.optional(v.string(), ""),
  /** Their share of the picks as the route has it. */
  weight: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 32 - 1)), 100),
  /** How long a call takes once it is served. */
  latency: latencySchema,
  /** How many calls one serves at once; 0 is without limit. */
  workers: v.optional(v.pipe(index, v.maxValue(100_000)), 0),
  /** A call that would wait longer for a worker is turned away at once. */
  maxWaitMs: v.optional(millis, MAX_MS),
});

/** Whom a fault strikes and when: `fromSec` to `untilSec`, and again every `everySec`, `times` times in all. */
const when = {
  /** These hosts; without `hosts` and `zone` it is all of them. */
  hosts: v.optional(v.array(index)),
  /** The hosts of this zone. */
  zone: v.optional(v.string()),
  fromSec: seconds,
  untilSec: seconds,
  everySec: v.optional(seconds, 0),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)), 1),
  /** How much later it comes to the second of its hosts than to the first, to the third than to the second, … */
  staggerSec: v.optional(seconds, 0),
};

/** Faults that only some agents see, such as a broken link; without it all of them do. */
const seenBy = { agents: v.optional(v.array(index)) };

const faultSchema = v.variant("kind", [
  /** It answers nothing: a call costs its caller's time-out. */
  v.strictObject({ kind: v.literal("dead"), ...when, ...seenBy }),
  /** It refuses connections: a call fails at once. */
  v.strictObject({ kind: v.literal("refuse"), ...when, ...seenBy }),
  /** Its calls take so long instead. */
  v.strictObject({ kind: v.literal("slow"), latency: latencySchema, ...when, ...seenBy }),
  /** A share of its calls fail, after `costMs` or, without it, after the time that they would have taken. */
  v.strictObject({
    kind: v.literal("errors"),
    share,
    costMs: v.optional(millis),
    ...when,
    ...seenBy,
  }),
  /** It is not in the route. */
  v.strictObject({ kind: v.literal("away"), ...when }),
]);

const scenarioSchema = v.strictObject({
  /** What it is called. */
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/, "must be lower-case words with -")),
  /** What it is about, in one line. */
  about: v.optional(v.string(), ""),
  /** How long it lasts. */
  seconds: v.pipe(v.number(), v.gtValue(0), v.maxValue(MAX_SEC)),
  /** A call that takes longer is late. */
  withinMs: v.optional(millis, 1000),
  /** How many agents there are, each with a balancer of its own and an equal share of the calls. */
  agents: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)), 1),
  callers: v.strictObject({
    /** Calls per second, over all agents. */
    perSecond: v.pipe(positive, v.maxValue(1_000_000)),
    /** Whether they come at random or evenly spaced. */
    arrivals: v.optional(v.picklist(["poisson", "even"]), "poisson"),
    /** So many calls come at once. */
    burst: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)), 1),
    /** When a caller gives up: the call has failed. */
    timeoutMs: v.pipe(millis, v.gtValue(0)),
    /** The share of the calls that are reported: the agent never learns of the others. */
    reportedShare: v.optional(share, 1),
    /** When a caller needs a pick it takes so many more for calls to come, and uses them in turn, however old they are. */
    picksAhead: v.optional(v.pipe(index, v.maxValue(1_000)), 0),
    /** Times when there are `factor` times as many calls. */
    surges: v.optional(
      v.array(v.strictObject({ fromSec: seconds, untilSec: seconds, factor: positive })),
      [],
    ),
  }),
  /** A share of all calls fail whatever the host: failures that no host is to be blamed for. */
  background: v.optional(v.strictObject({ share, costMs: v.optional(millis) })),
  hosts: v.pipe(v.array(hostsSchema), v.minLength(1)),
  faults: v.optional(v.array(faultSchema), []),
});

/** What is simulated, every default filled in. */
export type Scenario = v.InferOutput<typeof scenarioSchema>;

/** A scenario as it may be written. */
export type ScenarioInput = v.InferInput<typeof scenarioSchema>;

/** Something that goes wrong with hosts for a time. */
export type Fault = Scenario["faults"][number];

/** Hosts that are alike. */
export type HostGroup = Scenario["hosts"][number];

/** The group of every host. */
export function expandHosts({ hosts }: Scenario): HostGroup[] {
  return hosts.flatMap((group) => Array.from({ length: group.count }, () => group));
}

/** The numbers of the hosts that a fault strikes. */
export function hostsOf({ hosts, zone }: Fault, all: readonly HostGroup[]): number[] {
  return [...all.keys()].filter((host) =>
    (hosts?.includes(host) ?? true) && (zone === undefined || all[host].zone === zone)
  );
}

/** How many calls per second there are at a time, over all agents. */
export function callRate({ perSecond, surges }: Scenario["callers"], nowMs: number): number {
  let rate = perSecond;
  for (const { fromSec, untilSec, factor } of surges) {
    if (nowMs >= fromSec * 1000 && nowMs < untilSec * 1000) rate *= factor;
  }
  return rate;
}

/** The same for another time; faults that would come later do not come. */
export function withSeconds(scenario: Scenario, seconds: number): Scenario {
  return parseScenario({ ...scenario, seconds }, scenario.name);
}

/**
 * Reads a scenario.
 *
 * @param source What mistakes are said to be in: the file's name.
 * @throws {ConfigError} When it is none, with every mistake that was found.
 */
export function parseScenario(value: unknown, source: string): Scenario {
  const result = v.safeParse(scenarioSchema, value);
  if (!result.success) {
    throw new ConfigError(result.issues.map((issue) => `${source}: ${describeIssue(issue)}`));
  }
  const mistakes = findMistakes(result.output);
  if (mistakes.length > 0) {
    throw new ConfigError(mistakes.map((mistake) => `${source}: ${mistake}`));
  }
  return result.output;
}

/** A scenario's text as {@link parseScenario} reads its value. */
export function parseScenarioText(text: string, source: string): Scenario {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ConfigError([`${source}: must be JSON: ${error.message}`]);
  }
  return parseScenario(value, source);
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const { type, expected, received, message } = issue;
  const path = v.getDotPath(issue) ?? "the whole";
  if (type === "strict_object" && expected === "never") {
    return `${path} is not known here: leave it out`;
  }
  if (received === "undefined") return `${path} is missing`;
  if (type === "check" || type === "regex") return `${path}: ${message}`;
  if (type === "min_length") return `${path} must not be empty`;
  if (type === "integer") return `${path} must be an integer: current value is ${received}`;
  return `${path} must be ${expected}: current value is ${received}`;
}

/** What is wrong though every value by itself is right. */
function findMistakes(scenario: Scenario): string[] {
  const mistakes: string[] = [];
  const { agents, faults, callers, seconds } = scenario;
  const count = scenario.hosts.reduce((sum, group) => sum + group.count, 0);
  if (count > MAX_HOSTS) {
    return [`hosts must be at most ${MAX_HOSTS} in all: current value is ${count}`];
  }
  if (agents * count > MAX_STATES) {
    mistakes.push(
      `agents times hosts must be at most ${MAX_STATES}: current value is ${agents * count}`,
    );
  }
  if (countCalls(callers, seconds) > MAX_CALLS) {
    mistakes.push(
      `calls must be at most ${MAX_CALLS} in all: lower seconds, callers.perSecond or a surge's factor`,
    );
  }
  const hosts = expandHosts(scenario);
  let beginnings = 0;
  for (const [i, surge] of callers.surges.entries()) {
    if (surge.untilSec <= surge.fromSec) {
      mistakes.push(`callers.surges.${i}: untilSec must be after fromSec`);
    }
  }
  for (const [i, fault] of faults.entries()) {
    const { fromSec, untilSec, everySec, times } = fault;
    if (untilSec <= fromSec) mistakes.push(`faults.${i}: untilSec must be after fromSec`);
    if (times > 1 && everySec < untilSec - fromSec - ROUNDING_SEC) {
      mistakes.push(`faults.${i}: everySec must be at least as long as one time lasts`);
    }
    for (const host of fault.hosts ?? []) {
      if (host >= count) mistakes.push(`faults.${i}: host ${host} must be below ${count}`);
    }
    const struck = hostsOf(fault, hosts).length;
    beginnings += times * struck;
    if (struck === 0) {
      mistakes.push(`faults.${i} strikes no host: name hosts or a zone that there are`);
    }
    const seenBy = "agents" in fault ? fault.agents : undefined;
    if (seenBy?.length === 0) mistakes.push(`faults.${i}.agents must not be empty`);
    for (const agent of seenBy ?? []) {
      if (agent >= agents) mistakes.push(`faults.${i}: agent ${agent} must be below ${agents}`);
    }
  }
  if (beginnings > MAX_BEGINNINGS) {
    mistakes.push(
      `faults must begin at most ${MAX_BEGINNINGS} times at all hosts together: current value is ${beginnings}`,
    );
  }
  return mistakes;
}

/** How many calls there are on an average: the rate is the same from one of its steps to the next. */
function countCalls(callers: Scenario["callers"], seconds: number): number {
  const steps = callers.surges.flatMap(({ fromSec, untilSec }) => [fromSec, untilSec]);
  const edges = [0, ...steps, seconds].filter((sec) => sec <= seconds).sort((a, b) => a - b);
  let calls = 0;
  for (const [i, sec] of edges.entries()) {
    const untilSec = edges[i + 1] ?? seconds;
    if (untilSec > sec) calls += (untilSec - sec) * callRate(callers, sec * 1000);
  }
  return calls;
}
