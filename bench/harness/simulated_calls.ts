/**
 * How fast `lars simulate` gets through a scenario, its start included.
 *
 * @module
 */

import { runDeno } from "./deno_program.ts";

/** Many calls, few faults: what a policy costs counts for most here. */
const SCENARIO = "background-1000";

/** What is simulated. */
export interface SimulatedOptions {
  /** Who decides. */
  policy: string;
  /** How long, of the scenario's time. */
  seconds: number;
  /** Ends it. */
  signal: AbortSignal;
}

/** Simulates; gives calls per second of our time. */
export async function simulatedCallsPerSec(
  { policy, seconds, signal }: SimulatedOptions,
): Promise<number> {
  const startMs = performance.now();
  const { outcomes: [{ calls }] } = await runDeno<{ outcomes: { calls: number }[] }>([
    ...["run", "--no-prompt", "--allow-read", "--allow-env=LARS_*", "lars/main.ts", "simulate"],
    ...["--scenario", SCENARIO, "--policy", policy, "--seconds", String(seconds)],
    ...["--seeds", "1", "--json"],
  ], signal);
  return calls / ((performance.now() - startMs) / 1000);
}
