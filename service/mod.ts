/**
 * What every daemon shares, and nothing of what a role does. options/ reads settings from files, the environment and flags;
 * observe/ has the log, the metrics and the operators' port; gate/ says who is let in; snapshot/ keeps files that outlive a
 * crash. Begin with daemon.ts, the life of a process from its start to its stop.
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
export * from "./options/address_settings.ts";
export * from "./options/example_file.ts";
export * from "./options/file_settings.ts";
export * from "./options/flags.ts";
export * from "./observe/logger.ts";
export * from "./observe/logging.ts";
export * from "./observe/metrics.ts";
export * from "./options/nearest.ts";
export * from "./options/options.ts";
export {
  type OptionsSchema,
  type OptionValues,
  type Section,
  type Settings,
} from "./options/options_schema.ts";
export type { Parsed } from "./options/parsing.ts";
export * from "./peer_server.ts";
export * from "./options/sections.ts";
export * from "./options/setting.ts";
export * from "./snapshot/snapshot_counter.ts";
export * from "./snapshot/snapshot_file.ts";
export * from "./snapshot/snapshot_keeper.ts";
export * from "./options/wrap.ts";
export * from "./version.ts";
