/**
 * The database. routes/ and statuses/ own every statement that reads and writes them; mysql/ and sqlite/ own the connection
 * to either kind, and its schema as plain SQL in migrations/. Knows nothing of who asks. Begin with open.ts, then
 * routes/route_store.ts.
 *
 * @module
 */

export * from "./statuses/call_status.ts";
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
} from "./routes/route_change.ts";
export * from "./routes/route_row.ts";
export * from "./routes/route_store.ts";
export type { StatusKey } from "./statuses/status_columns.ts";
export * from "./statuses/status_store.ts";
export * from "./store_config.ts";
export * from "./store_error.ts";
