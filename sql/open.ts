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

/**
 * Opens the routes.
 *
 * @throws {StoreError} When the database cannot be reached; trying again later may help.
 * @throws {LevelError} When someone must run `lars db migrate` first.
 */
export async function openRouteStore(config: StoreConfig): Promise<RouteStore> {
  return new SqlRouteStore(await openDatabase(config));
}

/**
 * Opens the call statuses.
 *
 * @throws {StoreError} When the database cannot be reached; trying again later may help.
 * @throws {LevelError} When someone must run `lars db migrate` first.
 */
export async function openStatusStore(config: StoreConfig): Promise<StatusStore> {
  return new SqlStatusStore(await openDatabase(config));
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
export async function openDatabase(config: StoreConfig): Promise<Database> {
  if (config.driver === "sqlite") {
    const { SqliteDatabase } = await import("./sqlite_database.ts");
    await migrate(config);
    return await SqliteDatabase.open(config);
  }
  const { MysqlDatabase } = await import("./mysql_database.ts");
  const { checkMysqlLevel } = await import("./mysql_migrations.ts");
  await checkMysqlLevel(config);
  return new MysqlDatabase(config);
}
