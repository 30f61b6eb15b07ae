/**
 * Opens whichever database the configuration names; the code of the other kind is not loaded.
 *
 * The embedded database is made and migrated when it is opened, unless it is to be there. A server's is not: it may serve
 * other versions too, so that migrating it is the operator's decision, and opening it only checks.
 *
 * @module
 */

import type { Database, Session } from "./database.ts";
import {
  type MigrateResult,
  neededLevel,
  planMigrations,
  readLevel,
  readTables,
  ROUTE_TABLES,
  STATUS_TABLES,
  TABLE_NAMES,
} from "./migrations.ts";
import { RouteStore } from "./routes/route_store.ts";
import { StatusStore } from "./statuses/status_store.ts";
import type { StoreConfig } from "./store_config.ts";
import { LevelError, NoDatabaseError } from "./store_error.ts";

/** How a database is opened. */
export interface OpenOptions {
  /**
   * Accepts an original's database that was never migrated: reading routes and writing statuses needs no more, not even the
   * tables of names, which the oldest lack. Called with what should be run all the same. Without it, such a database is
   * refused.
   */
  onOldLevel?: (error: LevelError) => void;
  /**
   * Refuses an embedded database that is missing or lacks migrations, instead of creating or migrating it.
   *
   * @default false
   */
  mustExist?: boolean;
}

/**
 * What is in a database: it does not exist, has no tables, those of Lars (of any age, perhaps among others), or only tables
 * of something else.
 */
export type DatabaseContents = "missing" | "empty" | "lars" | "foreign";

/**
 * Opens the routes.
 *
 * @throws {StoreError} When the database cannot be reached; trying again later may help.
 * @throws {LevelError} When someone must run `lars db migrate` first.
 * @throws {NoDatabaseError} When it must exist and does not.
 */
export async function openRouteStore(
  config: StoreConfig,
  options?: OpenOptions,
): Promise<RouteStore> {
  return new RouteStore(await openDatabase(config, { ...options, tables: ROUTE_TABLES }));
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
  return new StatusStore(await openDatabase(config, { ...options, tables: STATUS_TABLES }));
}

/**
 * Brings the database to the level that this version needs, and makes it when missing. Harmless where that is done
 * already, and while services and other migrations run.
 *
 * @throws {StoreError} When the database cannot be reached, or the user lacks a right.
 */
export async function migrate(config: StoreConfig): Promise<MigrateResult> {
  if (config.driver === "sqlite") {
    const { migrateSqlite } = await import("./sqlite/sqlite_migrations.ts");
    return await migrateSqlite(config);
  }
  const { migrateMysql } = await import("./mysql/mysql_migrations.ts");
  return await migrateMysql(config);
}

/**
 * Says what {@link migrate} would run, and changes nothing.
 *
 * @returns SQL with comments, for people or for the database's own client; nothing where it is up to date.
 * @throws {StoreError} When the database cannot be reached, or the file is no database.
 */
export async function planMigration(config: StoreConfig): Promise<string> {
  return await inspect(config, async (session, { exists }) => {
    const plan = await planMigrations(session, config.driver);
    if (exists || config.driver === "sqlite") return plan;
    const name = `\`${config.database.replaceAll("`", "``")}\``;
    const { CREATE_DATABASE } = await import("./mysql/mysql_migrations.ts");
    return `${CREATE_DATABASE.replace("??", () => name)};\nUSE ${name};\n\n${plan}`;
  });
}

/**
 * Says what is in a database, and changes nothing.
 *
 * @throws {StoreError} When the database cannot be reached, or the file is no database.
 */
export async function surveyDatabase(config: StoreConfig): Promise<DatabaseContents> {
  return await inspect(config, async (session, { exists }) => {
    if (!exists) return "missing";
    const tables = await readTables(session, config.driver);
    if (tables.length === 0) return "empty";
    return TABLE_NAMES.some((name) => hasTable(tables, name)) ? "lars" : "foreign";
  });
}

/** Opens a database with its tables, for what the stores do not cover. */
export async function openDatabase(
  config: StoreConfig,
  { onOldLevel, mustExist = false, tables = TABLE_NAMES }: OpenOptions & {
    /** Those that must be there where the database lacks migrations. @default all */
    tables?: readonly string[];
  } = {},
): Promise<Database> {
  if (config.driver === "sqlite") {
    if (mustExist) await checkLevel(config, { tables });
    else await migrate(config);
    const { SqliteDatabase } = await import("./sqlite/sqlite_database.ts");
    return await SqliteDatabase.open(config);
  }
  await checkLevel(config, { tables, onOldLevel });
  const { MysqlDatabase } = await import("./mysql/mysql_database.ts");
  return new MysqlDatabase(config);
}

/**
 * Checks that the database has every migration that this version needs; later ones do no harm. One that lacks some is left
 * to `onOldLevel`, where there is one, as long as it has the tables that are to be worked on.
 */
async function checkLevel(
  config: StoreConfig,
  { tables, onOldLevel }: {
    tables: readonly string[];
    onOldLevel?: (error: LevelError) => void;
  },
): Promise<void> {
  await inspect(config, async (session, { exists }) => {
    if (!exists && config.driver === "sqlite") throw new NoDatabaseError(config);
    const present = exists ? await readTables(session, config.driver) : [];
    const level = await readLevel(session, present);
    const needed = neededLevel(config.driver);
    if (level >= needed) return;
    const error = new LevelError(config, { level, needed });
    if (onOldLevel === undefined || !tables.every((name) => hasTable(present, name))) throw error;
    onOldLevel(error);
  });
}

/** Lets `look` read in a database as it is; where there is none, in one that is empty. */
async function inspect<Result>(
  config: StoreConfig,
  look: (session: Session, options: { exists: boolean }) => Promise<Result>,
): Promise<Result> {
  if (config.driver === "sqlite") {
    return (await import("./sqlite/sqlite_migrations.ts")).inspectSqlite(config, look);
  }
  return await (await import("./mysql/mysql_migrations.ts")).inspectMysql(config, look);
}

/** Some servers have names in lower case alone. */
function hasTable(tables: readonly string[], name: string): boolean {
  return tables.some((table) => table.toLowerCase() === name.toLowerCase());
}
