/**
 * The database: routes and call statuses, on MySQL or on an embedded SQLite file, behind one interface each.
 *
 * @module
 */

export * from "./call_status.ts";
export type { MigrateResult } from "./migrations.ts";
export {
  type DatabaseContents,
  migrate,
  type OpenOptions,
  openRouteStore,
  openStatusStore,
  planMigration,
  surveyDatabase,
} from "./open.ts";
export {
  countRows,
  diffRoutes,
  dropOtherModules,
  type RouteChange,
  type RouteDifference,
} from "./route_change.ts";
export * from "./route_row.ts";
export * from "./route_store.ts";
export type { StatusKey } from "./status_columns.ts";
export * from "./status_store.ts";
export * from "./store_config.ts";
export * from "./store_error.ts";
