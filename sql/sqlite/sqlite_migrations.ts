/**
 * How migrations are applied to the embedded database: in one transaction, so that all of them happen, or nothing.
 *
 * @module
 */

import type { Session } from "../database.ts";
import { applyMigrations, type MigrateResult } from "../migrations.ts";
import type { SqliteConfig } from "../store_config.ts";
import { StoreError } from "../store_error.ts";
import { SqliteDatabase, SqliteSession } from "./sqlite_database.ts";

/** Brings the file to the present level, and makes it when missing. */
export async function migrateSqlite(config: SqliteConfig): Promise<MigrateResult> {
  await using database = await SqliteDatabase.open(config);
  return await database.transaction((session) =>
    applyMigrations(session, {
      dialect: "sqlite",
      async run(session, { statements }) {
        for (const statement of statements) await session.write(statement);
      },
    })
  );
}

/** Inspects a database, through a session on an empty one where there is no file. Neither makes nor changes the file. */
export async function inspectSqlite<Result>(
  config: SqliteConfig,
  look: (session: Session, options: { exists: boolean }) => Promise<Result>,
): Promise<Result> {
  const exists = await isThere(config);
  await using session = exists
    ? new SqliteSession(config, { readOnly: true })
    : new SqliteSession({ ...config, path: ":memory:" });
  return await look(session, { exists });
}

async function isThere(config: SqliteConfig): Promise<boolean> {
  try {
    await Deno.stat(config.path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new StoreError(config, error);
  }
}
