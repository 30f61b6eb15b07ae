/**
 * What a migration is, and how a list of them is applied. Which there are, and what keeps two services from running them
 * at once, is each database's own business.
 *
 * @module
 */

import type { Session } from "./database.ts";

/** One step of the schema. Those that were ever released are never changed: a new one follows. */
export interface Migration {
  /** Its number: the level of the schema once it is applied. */
  level: number;
  /** What it does, in snake_case. */
  name: string;
  /** Applies it. It must do no harm where it, or a part of it, is applied already. */
  apply(session: Session): Promise<void>;
}

/** What was done. */
export interface MigrateResult {
  /** Names of the migrations that were applied now, in order. */
  applied: string[];
}

/** The tables of routes, which every original's database has. */
export const ROUTE_TABLES: readonly string[] = ["RouteData", "RouteVersion", "RouteChange"];

/** The table of statuses, which every original's database has. */
export const STATUS_TABLES: readonly string[] = ["ServerCallStatus"];

/** The tables of an original's database, in either form; the oldest lack the last two, of names. */
export const TABLE_NAMES: readonly string[] = [
  ...ROUTE_TABLES,
  ...STATUS_TABLES,
  "ModIDConfig",
  "CmdIDConfig",
];

/** The columns of the table in which we keep what is applied. */
export const MIGRATION_COLUMNS = `(
  level INT UNSIGNED NOT NULL PRIMARY KEY,
  name VARCHAR(64) NOT NULL
)`;

/** Applies those migrations that the table LarsMigration does not name, lowest level first. */
export async function applyMigrations(
  session: Session,
  migrations: readonly Migration[],
): Promise<MigrateResult> {
  const rows = await session.read<{ level: number }>("SELECT level FROM LarsMigration");
  const done = new Set(rows.map(({ level }) => level));
  const applied: string[] = [];
  for (const { level, name, apply } of migrations.filter(({ level }) => !done.has(level))) {
    await apply(session);
    await session.write("REPLACE INTO LarsMigration (level, name) VALUES (?, ?)", [level, name]);
    applied.push(name);
  }
  return { applied };
}
