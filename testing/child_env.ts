/**
 * For tests that start processes.
 *
 * @module
 */

/**
 * The environment for a process that may be killed: without coverage, whose profile a kill would leave torn. Goes with
 * `clearEnv: true`.
 */
export function childEnv(): Record<string, string> {
  const { DENO_COVERAGE_DIR: _, ...env } = Deno.env.toObject();
  return env;
}
