/**
 * What a command that makes load tells: how much was done in each second, and on the average.
 *
 * @module
 */

import type { Flag } from "../cli/command.ts";
import { secondsFlag } from "../cli/arguments.ts";
import { stopped, StopSignal } from "../terminal/stop_signal.ts";

/** The options of commands that make load. */
export const loadFlags: Readonly<Record<string, Flag>> = {
  seconds: secondsFlag,
  json: { doc: "Print JSON: an object a second, and one at the end" },
};

/** Errors by name. */
export type Errors = Readonly<Record<string, number>>;

/** What is watched, and how it is told. */
export interface RateOptions {
  /** The running load. */
  load: { readonly done: number; readonly retries: number; errors(): Errors };
  /** Its threads. */
  threads: number;
  /** What is counted: `picks+reports`. */
  unit: string;
  /** How long it runs, s; it may be Infinity. */
  seconds: number;
  /** Whether to print JSON. */
  isJson: boolean;
}

/** What is printed: every second, and at the end. */
export type RateLine =
  | { second: number; perSecond: number; retries: number; errors: Errors }
  | { threads: number; seconds: number; average: number; retries: number; errors: Errors };

/**
 * Prints a line every second until the time is over or somebody stops it, and one at the end.
 *
 * @returns The exit code: 1 when there was an error, or nothing was done.
 */
export async function reportRate(
  { load, threads, unit, seconds, isJson }: RateOptions,
): Promise<number> {
  using stop = new StopSignal();
  const print = (line: RateLine) =>
    console.log(isJson ? JSON.stringify(line) : formatRate(line, unit));
  const startMs = performance.now();
  let lastMs = startMs;
  let lastDone = 0;
  let lastRetries = 0;
  for (let second = 1; second <= Math.ceil(seconds) && !stop.signal.aborted; second++) {
    const untilMs = startMs + Math.min(second, seconds) * 1000;
    await stopped(stop.signal, untilMs - performance.now());
    const nowMs = performance.now();
    const { done, retries } = load;
    const perSecond = Math.round((done - lastDone) / (nowMs - lastMs) * 1000);
    print({ second, perSecond, retries: retries - lastRetries, errors: load.errors() });
    [lastDone, lastRetries, lastMs] = [done, retries, nowMs];
  }
  const tookSec = (lastMs - startMs) / 1000;
  const errors = load.errors();
  const average = Math.round(lastDone / tookSec);
  print({ threads, seconds: tookSec, average, retries: lastRetries, errors });
  return Object.keys(errors).length === 0 && lastDone > 0 ? 0 : 1;
}

/** A line as people read it. */
export function formatRate(line: RateLine, unit: string): string {
  if ("second" in line) {
    const second = String(line.second).padStart(4);
    return `${second} s  ${formatCount(line.perSecond)} ${unit}/s${formatRetries(line.retries)}` +
      formatErrors(line.errors);
  }
  const { average, threads, seconds, retries, errors } = line;
  return `average ${formatCount(average)} ${unit} per second, ` +
    `${threads} ${threads === 1 ? "thread" : "threads"}, ${seconds.toFixed(1)} s` +
    formatRetries(retries) + (formatErrors(errors) || ", no errors");
}

function formatRetries(retries: number): string {
  return retries === 0 ? "" : `, ${formatCount(retries)} ${retries === 1 ? "retry" : "retries"}`;
}

function formatErrors(errors: Errors): string {
  return Object.entries(errors).map(([name, count]) => `, ${formatCount(count)} ${name}`).join("");
}

function formatCount(count: number): string {
  return count.toLocaleString("en");
}
