/**
 * The balancer: per module, which host a call goes to. Pure: no clock, no I/O, no randomness.
 *
 * @module
 */

export * from "./balancer.ts";
export * from "./decision_log.ts";
export * from "./explanation.ts";
export * from "./queue.ts";
export * from "./host_state.ts";
export * from "./seeded_random.ts";
export * from "./settings.ts";
export type { HostLoad } from "./turns.ts";
export * from "./verdict.ts";
