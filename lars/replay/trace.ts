/**
 * A trace: a recorded run of a balancer under a fake clock, step by step, as JSON text. Owns what it must look like and
 * what its names mean; replaying it is replay_trace.ts.
 *
 * @module
 */

import {
  type BalancerSettings,
  ORIGINAL,
  type SettingRow,
  SETTINGS,
} from "../../agent/balancer/settings.ts";

/** What a step led to. Hosts are named by one integer each. */
export interface StepOutcome {
  /** Of `choose`: 0, or the code that it was answered with. */
  readonly ret?: number;
  /** Of `choose`: the host picked, 0 when none. */
  readonly host?: number;
  /** The idle queue after the step, head first. */
  readonly idle: readonly number[];
  /** The overloaded queue after the step, head first. */
  readonly overload: readonly number[];
}

/** What a step does. */
export type StepAction =
  | { readonly op: "update"; readonly hosts: readonly number[] }
  | { readonly op: "choose" }
  | {
    readonly op: "report";
    readonly host: number;
    readonly retcode: number;
    /** How long the call took, ms; 0 where it was not measured. */
    readonly timecost: number;
  }
  | { readonly op: "advance" };

/** One step: when, what, and what it led to. */
export interface TraceStep {
  /** When, in seconds. */
  readonly atSec: number;
  /** What it does. */
  readonly action: StepAction;
  /** What it led to, in the recorded run. */
  readonly expected: StepOutcome;
}

/** A recorded run. */
export interface Trace {
  /** The settings that it ran with. */
  readonly settings: BalancerSettings;
  /** Settings that it names and we do not have. */
  readonly unknownSettings: readonly string[];
  /** Its steps, in order. */
  readonly steps: readonly TraceStep[];
}

/** Says in what a text is not a trace. */
export class TraceError extends Error {
  /** Tells it from other errors. */
  override readonly name = "TraceError";
}

/**
 * Reads a trace.
 *
 * @throws {TraceError} When `text` is not JSON, or not a trace.
 */
export function parseTrace(text: string): Trace {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TraceError("not JSON", { cause });
  }
  const { config, steps } = readObject(json, "the whole");
  if (!Array.isArray(steps)) throw new TraceError("not a trace: steps must be an array");
  return { ...readConfig(readObject(config, "config")), steps: steps.map(readStep) };
}

type JsonObject = Readonly<Record<string, unknown>>;

/** An improvement that a trace does not name is off; any other setting has its default. */
function readConfig(config: JsonObject): Pick<Trace, "settings" | "unknownSettings"> {
  const named: Record<string, unknown> = {};
  const unknownSettings: string[] = [];
  for (const [key, value] of Object.entries(config)) {
    const setting = Object.entries<SettingRow>(SETTINGS).find(([, row]) => row.key === key);
    if (setting !== undefined) named[setting[0]] = readSetting(setting[1], value);
    else if (key !== "update_timeout") unknownSettings.push(key); // a trace has no refreshes of routes
  }
  return { settings: { ...ORIGINAL, ...named }, unknownSettings };
}

function readSetting({ kind, key, words = [] }: SettingRow, json: unknown): unknown {
  if (kind === "choice") {
    if (words.some((word) => word === json)) return json;
    throw new TraceError(`not a trace: config.${key} must be one of ${words.join(", ")}`);
  }
  const value = readNumber(json, `config.${key}`);
  if (kind === "flag") return value !== 0;
  return kind === "seconds" ? Math.round(value * 1e6) / 1e3 : value;
}

function readStep(json: unknown, index: number): TraceStep {
  const name = `steps[${index}]`;
  const step = readObject(json, name);
  const queues = {
    idle: readNumbers(step.idle, `${name}.idle`),
    overload: readNumbers(step.overload, `${name}.overload`),
  };
  return {
    atSec: readNumber(step.t, `${name}.t`),
    action: readAction(step, name),
    expected: step.op === "choose"
      ? {
        ret: readNumber(step.ret, `${name}.ret`),
        host: readNumber(step.host, `${name}.host`),
        ...queues,
      }
      : queues,
  };
}

function readAction(step: JsonObject, name: string): StepAction {
  switch (step.op) {
    case "update":
      return { op: step.op, hosts: readNumbers(step.hosts, `${name}.hosts`) };
    case "report":
      return {
        op: step.op,
        host: readNumber(step.host, `${name}.host`),
        retcode: readNumber(step.retcode, `${name}.retcode`),
        timecost: readNumber(step.timecost ?? 0, `${name}.timecost`),
      };
    case "choose":
    case "advance":
      return { op: step.op };
    default:
      throw new TraceError(`not a trace: ${name}.op must be update, choose, report or advance`);
  }
}

function readObject(json: unknown, name: string): JsonObject {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw new TraceError(`not a trace: ${name} must be an object`);
}

function readNumbers(json: unknown, name: string): number[] {
  if (Array.isArray(json)) return json.map((item, at) => readNumber(item, `${name}[${at}]`));
  throw new TraceError(`not a trace: ${name} must be an array`);
}

/** A switch may be written as true or false. */
function readNumber(json: unknown, name: string): number {
  if (typeof json === "number") return json;
  if (typeof json === "boolean") return Number(json);
  throw new TraceError(`not a trace: ${name} must be a number`);
}
