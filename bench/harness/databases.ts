/**
 * Databases of a suite's own: made, migrated, and filled with routes by the database itself, which is the fastest way.
 *
 * @module
 */

import { migrate, type SqliteConfig, type StoreConfig } from "../../sql/mod.ts";
import type { Database } from "../../sql/database.ts";
import { MysqlDatabase } from "../../sql/mysql/mysql_database.ts";
import { SqliteDatabase } from "../../sql/sqlite/sqlite_database.ts";

/** Rows in one statement, so that it stays within a statement's time. */
const ROWS_AT_ONCE = 100_000;

/** Every module of a benchmark has this cmdid. */
export const CMDID = 1;

/** Hosts of every module. */
export const HOSTS = 10;

/** An embedded database with the routes of so many modules, (1 …, {@link CMDID}), of {@link HOSTS} hosts each. */
export async function makeSqlite(folder: string, modules: number): Promise<SqliteConfig> {
  const config: SqliteConfig = { driver: "sqlite", path: `${folder}/lars.db` };
  await fill(config, modules);
  return config;
}

/** Migrates a database and gives it the routes of so many modules. */
export async function fill(config: StoreConfig, modules: number): Promise<void> {
  await migrate(config);
  await using database = await openDatabase(config);
  const rows = modules * HOSTS;
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    await insertRoutes(database, { from, to: Math.min(from + ROWS_AT_ONCE, rows) - 1 });
  }
  await moveVersion(database);
}

/** Opens a database for statements of one's own. */
export async function openDatabase(config: StoreConfig): Promise<Database> {
  return config.driver === "sqlite" ? await SqliteDatabase.open(config) : new MysqlDatabase(config);
}

/** Has dns read everything: the version moves, and nothing says what was changed. */
export async function moveVersion(database: Database): Promise<void> {
  await database.write("UPDATE RouteVersion SET version = version + 1 WHERE id = 1");
}

async function insertRoutes(
  database: Database,
  { from, to }: { from: number; to: number },
): Promise<void> {
  const numbers = database.dialect === "mysql"
    ? `SELECT seq AS n FROM seq_${from}_to_${to}`
    : `WITH RECURSIVE numbers (n) AS
        (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to}) SELECT n FROM numbers`;
  const module = database.dialect === "mysql" ? `n DIV ${HOSTS}` : `n / ${HOSTS}`;
  await database.write(
    `INSERT INTO RouteData (modid, cmdid, serverip, serverport)
    SELECT 1 + ${module}, ${CMDID}, ${0x0a000001} + n, 8000 + n % 1000 FROM (${numbers}) AS numbers`,
  );
}
