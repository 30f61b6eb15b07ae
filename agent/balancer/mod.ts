/**
 * The balancer: per module, which host a call goes to. Pure: no clock, no I/O, no randomness. Begin with balancer.ts; the
 * policies are in fitness/ and original/, what they know of a host in host/, what people are told in diagnostics/.
 *
 * @module
 */

export * from "./balancer.ts";
export * from "./diagnostics/decision_log.ts";
export * from "./diagnostics/explanation.ts";
export * from "./host/queue.ts";
export * from "./host/host_state.ts";
export type { Hosts } from "./host_policy.ts";
export * from "./settings.ts";
export * from "./host/verdict.ts";
