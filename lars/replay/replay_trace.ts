/**
 * Replays a recorded run on our balancer, and finds the first step where the two part. Pure; reading files and telling
 * people is the command line's `replay`.
 *
 * @module
 */

import { Balancer, type Hosts } from "../../agent/balancer/mod.ts";
import type { StepAction, StepOutcome, Trace, TraceStep } from "./trace.ts";

/** How a replay went. */
export interface ReplayResult {
  /** Steps that match: all, or those before the first that differs. */
  readonly matched: number;
  /** The first step that differs, and what came instead of what was expected. */
  readonly difference?: { readonly step: TraceStep; readonly actual: StepOutcome };
}

/** Replays a trace up to its end, or to the first step that differs. */
export function replayTrace({ settings, steps }: Trace): ReplayResult {
  const balancer = new Balancer(settings);
  for (const [index, step] of steps.entries()) {
    const actual = runStep(balancer, step);
    if (!isSameOutcome(actual, step.expected)) {
      return { matched: index, difference: { step, actual } };
    }
  }
  return { matched: steps.length };
}

function runStep(balancer: Balancer, { atSec, action }: TraceStep): StepOutcome {
  const choice = runAction(balancer, action, toMs(atSec));
  return { ...choice, idle: idsOf(balancer.idle), overload: idsOf(balancer.overloaded) };
}

/** To whole microseconds: 31.1 s is to be 15 s after 16.1 s, which it is not in binary fractions of a second. */
function toMs(sec: number): number {
  return Math.round(sec * 1e6) / 1e3;
}

function runAction(
  balancer: Balancer,
  action: StepAction,
  nowMs: number,
): Pick<StepOutcome, "ret" | "host"> | undefined {
  switch (action.op) {
    case "update":
      balancer.update(action.hosts.map((id) => ({ ...addressOf(id), weight: 100 })), nowMs);
      return;
    case "choose": {
      const choice = balancer.choose(nowMs);
      return typeof choice === "number" ? { ret: choice, host: 0 } : { ret: 0, host: choice.ip };
    }
    case "report": {
      const { host, retcode, timecost } = action;
      balancer.report({ ...addressOf(host), retcode, costMs: timecost }, nowMs);
      return;
    }
    case "advance":
      return;
  }
}

/** A trace names a host by one integer: that is its address, and the port is any. */
function addressOf(id: number): { ip: number; port: number } {
  return { ip: id, port: 1 };
}

function idsOf(hosts: Hosts): number[] {
  return Array.from(hosts, ({ ip }) => ip);
}

function isSameOutcome(a: StepOutcome, b: StepOutcome): boolean {
  return a.ret === b.ret && a.host === b.host && isSameQueue(a.idle, b.idle) &&
    isSameQueue(a.overload, b.overload);
}

function isSameQueue(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, place) => id === b[place]);
}
