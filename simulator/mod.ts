/**
 * The simulator: hosts, callers and agents on a virtual clock, on which balancing policies are held against each other. Owns
 * scenarios and what comes of them; the policy that is ours is the agent's balancer itself. Begin with simulation.ts; a
 * scenario is a file in scenarios/built_in/, a policy one in policies/.
 *
 * @module
 */

export * from "./measures/incidents.ts";
export type { Outcome } from "./measures/outcome.ts";
export { seededRandom } from "./seeded_random.ts";
export type { WindowShare } from "./measures/share_meter.ts";
export type { CallCounts } from "./simulation.ts";
