/**
 * Waiting for a route that was added a moment ago: dns looks for changes several times a second, and the agent's answer is
 * that there is no such module until then.
 *
 * @module
 */

import { type LarsClient, LarsError } from "../client/mod.ts";
import type { ModuleName } from "../proto/mod.ts";

/** A little more than dns and the agent need to learn of a change. */
const PATIENCE_MS = 600;

/**
 * Waits until the agent has a route of the module.
 *
 * @throws {LarsError} `no_such_module` when it has none after a while; `agent_unreachable`.
 */
export async function waitForRoute(
  client: LarsClient,
  { modid, cmdid }: ModuleName,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await client.register(modid, cmdid);
    } catch (error) {
      const mayCome = error instanceof LarsError && error.code === "no_such_module";
      if (!mayCome || performance.now() >= untilMs) throw error;
    }
  }
}
