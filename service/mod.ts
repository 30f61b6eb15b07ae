/**
 * What every daemon shares: options, log, metrics, admin server, and the life of its process. It knows nothing of what a
 * role does.
 *
 * @module
 */

export * from "./observe/admin.ts";
export * from "./daemon.ts";
export * from "./observe/database_health.ts";
export * from "./descriptor_limit.ts";
export * from "./errors.ts";
export * from "./gate/admission.ts";
export * from "./gate/greeting.ts";
export * from "./options/example_file.ts";
export * from "./options/flags.ts";
export * from "./observe/logger.ts";
export * from "./observe/logging.ts";
export * from "./observe/metrics.ts";
export * from "./options/nearest.ts";
export * from "./options/options.ts";
export type { Parsed } from "./options/text_file.ts";
export * from "./peer_server.ts";
export * from "./options/sections.ts";
export * from "./options/setting.ts";
export * from "./snapshot/snapshot_counter.ts";
export * from "./snapshot/snapshot_file.ts";
export * from "./snapshot/snapshot_keeper.ts";
export * from "./options/wrap.ts";
export * from "./version.ts";
