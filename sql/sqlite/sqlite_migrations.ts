/**
 * The schema of the embedded database. There are none older than this project, so that it begins with the whole. Column
 * types are those of the MySQL form, for people who read them: SQLite keeps integers of any size in all of them.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import {
  applyMigrations,
  type MigrateResult,
  type Migration,
  MIGRATION_COLUMNS,
} from "../migration.ts";
import { BUSY_TIMEOUT_MS, SqliteDatabase } from "./sqlite_database.ts";
import type { SqliteConfig } from "../store_config.ts";
import { LevelError, StoreError } from "../store_error.ts";

const TABLES = [
  `CREATE TABLE IF NOT EXISTS RouteData (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    modid INT UNSIGNED NOT NULL,
    cmdid INT UNSIGNED NOT NULL,
    serverip INT UNSIGNED NOT NULL,
    serverport INT UNSIGNED NOT NULL,
    weight INT UNSIGNED NOT NULL DEFAULT 100
  )`,
  "CREATE INDEX IF NOT EXISTS RouteData_module ON RouteData (modid, cmdid)",
  `CREATE TABLE IF NOT EXISTS RouteVersion (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version INT UNSIGNED NOT NULL
  )`,
  "INSERT OR IGNORE INTO RouteVersion (id, version) VALUES (1, 0)",
  `CREATE TABLE IF NOT EXISTS RouteChange (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    modid INT UNSIGNED NOT NULL,
    cmdid INT UNSIGNED NOT NULL,
    version BIGINT UNSIGNED NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS ServerCallStatus (
    modid INT NOT NULL,
    cmdid INT NOT NULL,
    ip INT UNSIGNED NOT NULL,
    port INT UNSIGNED NOT NULL,
    caller INT UNSIGNED NOT NULL,
    succ_cnt INT NOT NULL,
    err_cnt INT NOT NULL,
    ts BIGINT NOT NULL,
    overload CHAR(1) NOT NULL,
    PRIMARY KEY (modid, cmdid, ip, port, caller)
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS ModIDConfig (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    modid INT UNSIGNED NOT NULL,
    content CHAR(255) NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS CmdIDConfig (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    cmdid INT UNSIGNED NOT NULL,
    content CHAR(255) NOT NULL
  )`,
];

/** In the order of their levels. */
const MIGRATIONS: readonly Migration[] = [
  {
    level: 1,
    name: "create_tables",
    async apply(session) {
      for (const table of TABLES) await session.write(table);
    },
  },
];

/** Brings the file to the present level, and makes it when missing. One transaction: all of it happens, or nothing. */
export async function migrateSqlite(config: SqliteConfig): Promise<MigrateResult> {
  const database = await SqliteDatabase.open(config);
  try {
    return await database.transaction(async (session) => {
      await session.write(`CREATE TABLE IF NOT EXISTS LarsMigration ${MIGRATION_COLUMNS}`);
      return await applyMigrations(session, MIGRATIONS);
    });
  } finally {
    await database.close();
  }
}

/**
 * Checks that the file has every migration that this version needs; later ones do no harm.
 *
 * @throws {LevelError} When it has not.
 */
export function checkSqliteLevel(config: SqliteConfig): void {
  const level = readOnly(config, (connection) => {
    if (!tablesOf(connection).includes("LarsMigration")) return 0;
    return Number(connection.prepare("SELECT MAX(level) AS level FROM LarsMigration").get()?.level);
  });
  const needed = MIGRATIONS.length;
  if (level < needed) throw new LevelError(config, { level, needed });
}

/** The names of the tables; undefined when there is no such file. Neither makes nor changes the file. */
export function readSqliteTables(config: SqliteConfig): string[] | undefined {
  try {
    Deno.statSync(config.path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new StoreError(config, error);
  }
  return readOnly(config, tablesOf);
}

function tablesOf(connection: DatabaseSync): string[] {
  return connection.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  ).all().map(({ name }) => String(name));
}

function readOnly<Result>(
  config: SqliteConfig,
  read: (connection: DatabaseSync) => Result,
): Result {
  try {
    const connection = new DatabaseSync(config.path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      return read(connection);
    } finally {
      connection.close();
    }
  } catch (cause) {
    throw new StoreError(config, cause);
  }
}
