/**
 * What every daemon shares: options, log, metrics, admin server, and the life of its process. It knows nothing of what a
 * role does.
 *
 * @module
 */

export * from "./admin.ts";
export * from "./daemon.ts";
export * from "./database_health.ts";
export * from "./descriptor_limit.ts";
export * from "./errors.ts";
export * from "./example_file.ts";
export * from "./flags.ts";
export * from "./handler_log.ts";
export * from "./logger.ts";
export * from "./logging.ts";
export * from "./metrics.ts";
export * from "./options.ts";
export * from "./parsed.ts";
export * from "./reason.ts";
export * from "./sections.ts";
export * from "./setting.ts";
export * from "./version.ts";
