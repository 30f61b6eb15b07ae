/**
 * The schema of the embedded database. There are none older than this project, so that it begins with the whole. Column
 * types are those of the MySQL form, for people who read them: SQLite keeps integers of any size in all of them.
 *
 * @module
 */

import {
  applyMigrations,
  type MigrateResult,
  type Migration,
  MIGRATION_COLUMNS,
} from "./migration.ts";
import { SqliteDatabase } from "./sqlite_database.ts";
import type { SqliteConfig } from "./store_config.ts";

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
