/**
 * Programs of Deno that measure, and print what they found as JSON.
 *
 * @module
 */

import { TASK_FOLDER } from "../../lars/up/role_task.ts";

/**
 * Runs a program to its end; gives what it printed.
 *
 * @throws {Error} When it fails.
 */
export async function runDeno<Result>(args: string[], signal: AbortSignal): Promise<Result> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: TASK_FOLDER,
    stderr: "inherit",
    signal,
  }).output();
  signal.throwIfAborted();
  if (!success) throw new Error(`deno ${args.join(" ")} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
