/**
 * The balancer: per module, which host a call goes to. Pure: no clock, no I/O, no randomness. An ejection/ keeps outliers
 * off the picks and probes them, around one of the pickers/, which chooses among the others; host/ is what is known of a
 * host, and diagnostics/ what people are told. Begin with balancer.ts.
 *
 * @module
 */

export * from "./balancer.ts";
export * from "./diagnostics/decision_log.ts";
export * from "./diagnostics/explanation.ts";
export * from "./host/queue.ts";
export * from "./host/host_state.ts";
export * from "./pickers/seeded_random.ts";
export * from "./settings.ts";
export type { HostLoad } from "./pickers/picker.ts";
export * from "./host/verdict.ts";
