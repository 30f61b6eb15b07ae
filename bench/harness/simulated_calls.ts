/**
 * How fast `lars simulate` gets through a scenario, its start included.
 *
 * @module
 */

import { TASK_FOLDER } from "../../lars/up/role_task.ts";

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
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--allow-read", "--allow-env=LARS_*", "lars/main.ts", "simulate"],
      ...["--scenario", SCENARIO, "--policy", policy, "--seconds", String(seconds)],
      ...["--seeds", "1", "--json"],
    ],
    cwd: TASK_FOLDER,
    stderr: "inherit",
    signal,
  }).output();
  signal.throwIfAborted();
  if (!success) throw new Error("lars simulate failed");
  const { outcomes: [{ calls }] } = JSON.parse(new TextDecoder().decode(stdout));
  return calls / ((performance.now() - startMs) / 1000);
}
