/**
 * For tests that start processes.
 *
 * @module
 */

/** Roles of tests keep no snapshots unless told where: they would begin with each other's. */
const NO_SNAPSHOTS = { LARS_DNS_SNAPSHOT: "off", LARS_AGENT_SNAPSHOT: "off" };

/**
 * The environment for a process that may be killed: without coverage, whose profile a kill would leave torn. Goes with
 * `clearEnv: true`.
 */
export function childEnv(): Record<string, string> {
  const { DENO_COVERAGE_DIR: _, ...env } = Deno.env.toObject();
  return { ...env, ...NO_SNAPSHOTS };
}
