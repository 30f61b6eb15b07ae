/**
 * A program that calls nobody: it picks hosts of a module at an even rate, and reports a random share of the calls, which
 * it never made, as failed.
 *
 * @module
 */

import { type LarsClient, LarsError, type LarsErrorCode } from "../../client/mod.ts";
import { type ModuleName, RetCode } from "../../proto/mod.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { stopped } from "../terminal/stop_signal.ts";

/** What is simulated. */
export interface SimulationOptions {
  /** The module to pick from. */
  module: ModuleName;
  /** Share of the calls that are reported as failed, 0 … 1. */
  errorShare: number;
  /** How many picks. */
  count: number;
  /** Between the picks, ms. */
  intervalMs: number;
  /** Gives numbers 0 ≤ x < 1. */
  random: () => number;
  /** Ends it early. */
  signal: AbortSignal;
}

/** How the calls to one host went. */
export interface SimulatedHost {
  /** IPv4 address, dotted. */
  hostname: string;
  /** Its port. */
  port: number;
  /** How often it was picked. */
  picks: number;
  /** How many of these were reported as gone well. */
  ok: number;
  /** How many were reported as failed. */
  failed: number;
}

/** What came of it. */
export interface SimulationResult {
  /** The picks that were tried. */
  tried: number;
  /** Hosts in the order in which they were first picked. */
  hosts: SimulatedHost[];
  /** Picks that the agent refused or did not answer, by code. */
  errors: Partial<Record<LarsErrorCode, number>>;
}

/** Picks and reports until the count is reached or the signal comes. */
export async function simulate(
  client: LarsClient,
  { module, errorShare, count, intervalMs, random, signal }: SimulationOptions,
): Promise<SimulationResult> {
  const { modid, cmdid } = module;
  const hosts = new Map<string, SimulatedHost>();
  const result: SimulationResult = { tried: 0, hosts: [], errors: {} };
  while (result.tried < count && !signal.aborted) {
    const nextMs = performance.now() + intervalMs;
    result.tried++;
    try {
      const host = await client.getHost(modid, cmdid);
      const isFailure = random() < errorShare;
      client.report(modid, cmdid, host, isFailure ? RetCode.SystemError : RetCode.Success);
      const counts = countsOf(host);
      counts.picks++;
      counts[isFailure ? "failed" : "ok"]++;
    } catch (error) {
      if (!(error instanceof LarsError)) throw error;
      result.errors[error.code] = (result.errors[error.code] ?? 0) + 1;
    }
    if (result.tried < count) await stopped(signal, nextMs - performance.now());
  }
  return { ...result, hosts: [...hosts.values()] };

  function countsOf({ hostname, port }: Endpoint): SimulatedHost {
    const key = `${hostname}:${port}`;
    let counts = hosts.get(key);
    if (counts === undefined) {
      hosts.set(key, counts = { hostname, port, picks: 0, ok: 0, failed: 0 });
    }
    return counts;
  }
}
