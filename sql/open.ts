/**
 * Opens whichever database the configuration names. The code of the other one is not even loaded.
 *
 * The embedded database is made and migrated when it is opened. A server's is not: it may serve other versions too, so
 * that migrating it is the operator's decision, and opening it only checks.
 *
 * @module
 */

import type { Database } from "./database.ts";
import type { MigrateResult } from "./migration.ts";
import type { RouteStore } from "./route_store.ts";
import { SqlRouteStore } from "./sql_route_store.ts";
import { SqlStatusStore } from "./sql_status_store.ts";
import type { StatusStore } from "./status_store.ts";
import type { StoreConfig } from "./store_config.ts";
import type { LevelError } from "./store_error.ts";

/** How a database is opened. */
export interface OpenOptions {
  /**
   * Takes an original's database, which was never migrated, as it is: reading routes and writing statuses needs no more.
   * Called with what is to be run all the same. Without it, such a database is refused.
   */
  onOldLevel?: (error: LevelError) => void;
}

/**
 * Opens the routes.
 *
 * @throws {StoreError} When the database cannot be reached; trying again later may help.
 * @throws {LevelError} When someone must run `lars db migrate` first.
 */
export async function openRouteStore(
  config: StoreConfig,
  options?: OpenOptions,
): Promise<RouteStore> {
  return new SqlRouteStore(await openDatabase(config, options));
}

/**
 * Opens the call statuses.
 *
 * @throws {StoreError} When the database cannot be reached; trying again later may help.
 * @throws {LevelError} When someone must run `lars db migrate` first.
 */
export async function openStatusStore(
  config: StoreConfig,
  options?: OpenOptions,
): Promise<StatusStore> {
  return new SqlStatusStore(await openDatabase(config, options));
}

/**
 * Brings the database to the level that this version needs, and makes it when missing. Harmless where that is done
 * already, and while services and other migrations run.
 *
 * @throws {StoreError} When the database cannot be reached, or the user lacks a right.
 */
export async function migrate(config: StoreConfig): Promise<MigrateResult> {
  if (config.driver === "sqlite") {
    const { migrateSqlite } = await import("./sqlite_migrations.ts");
    return await migrateSqlite(config);
  }
  const { migrateMysql } = await import("./mysql_migrations.ts");
  return await migrateMysql(config);
}

/** Opens a database with its tables: for what the stores do not cover. */
export async function openDatabase(
  config: StoreConfig,
  { onOldLevel }: OpenOptions = {},
): Promise<Database> {
  if (config.driver === "sqlite") {
    const { SqliteDatabase } = await import("./sqlite_database.ts");
    await migrate(config);
    return await SqliteDatabase.open(config);
  }
  const { MysqlDatabase } = await import("./mysql_database.ts");
  const { checkMysqlLevel } = await import("./mysql_migrations.ts");
  await checkMysqlLevel(config, onOldLevel);
  return new MysqlDatabase(config);
}
