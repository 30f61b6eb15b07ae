/**
 * The schema as numbered steps, each of them a file of plain SQL: `mysql/migrations/` and `sqlite/migrations/`.
 *
 * A file holds statements, each ended by a semicolon at the end of a line, and can be run by hand as well. Where the first
 * is a SELECT, the others are for databases on which it gives a row. What keeps two services from running them at once is
 * each database's own business.
 *
 * @module
 */

import type { Dialect, Session } from "./database.ts";

/** What the steps do, from level 1 on. Those that were ever released are never changed: a new one follows. */
const NAMES: Readonly<Record<Dialect, readonly string[]>> = {
  mysql: [
    "create_tables",
    "make_status_addresses_unsigned",
    "add_route_weight",
    "index_routes_by_module",
    "begin_route_version",
    "create_accepted_losses",
  ],
  sqlite: ["create_tables", "create_accepted_losses"],
};

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

/** Where we keep which steps are done. */
const CREATE_LEVELS = `CREATE TABLE IF NOT EXISTS LarsMigration (
  level INT UNSIGNED NOT NULL PRIMARY KEY,
  name VARCHAR(64) NOT NULL
)`;

const TABLE_OPTIONS = { mysql: " ENGINE = InnoDB DEFAULT CHARSET = utf8mb4", sqlite: "" };

const SELECT_TABLES = {
  mysql: "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
  sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
};

/** One step. It does no harm where it, or a part of it, is done already. */
export interface Migration {
  /** The level of the schema once it is done. */
  level: number;
  /** What it does, in snake_case. */
  name: string;
  /** Gives a row where there is something to do. @default there always is */
  condition?: string;
  /** What does it, without semicolons. */
  statements: readonly string[];
  /** The file's text, without the condition. */
  text: string;
}

/** What was done. */
export interface MigrateResult {
  /** Names of the migrations that were applied now, in order. */
  applied: string[];
}

/** The statements of a migration's text, without comments and semicolons. */
export function splitStatements(text: string): string[] {
  return text.replaceAll(/^--.*$/gm, "").split(/;$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}

/** The level of the schema that this version needs. */
export function neededLevel(dialect: Dialect): number {
  return NAMES[dialect].length;
}

/** The names of a database's tables, as it writes them. */
export async function readTables(session: Session, dialect: Dialect): Promise<string[]> {
  return (await session.read<{ name: string }>(SELECT_TABLES[dialect])).map(({ name }) => name);
}

/** The level of a database's schema: 0 where nothing was ever applied. */
export async function readLevel(session: Session, tables: readonly string[]): Promise<number> {
  return Math.max(0, ...await readLevels(session, tables));
}

/** Applies the migrations that a database lacks, lowest level first; `run` does one of them. */
export async function applyMigrations(
  session: Session,
  { dialect, run }: {
    dialect: Dialect;
    run: (session: Session, migration: Migration) => Promise<void>;
  },
): Promise<MigrateResult> {
  await session.write(CREATE_LEVELS + TABLE_OPTIONS[dialect]);
  const applied: string[] = [];
  for (const migration of missingMigrations(dialect, await readLevels(session))) {
    await run(session, migration);
    await session.write(recordOf(migration));
    applied.push(migration.name);
  }
  return { applied };
}

/** What {@link applyMigrations} would run on a database, as SQL with comments: nothing where it is up to date. */
export async function planMigrations(session: Session, dialect: Dialect): Promise<string> {
  const missing = missingMigrations(
    dialect,
    await readLevels(session, await readTables(session, dialect)),
  );
  if (missing.length === 0) return "";
  const pieces = [`${CREATE_LEVELS}${TABLE_OPTIONS[dialect]};\n`];
  for (const migration of missing) {
    const { level, name, text } = migration;
    const isNeeded = await needsMigration(session, migration);
    pieces.push(`-- Migration ${level}: ${name}\n${isNeeded ? text : "-- Nothing to do here.\n"}`);
    pieces.push(`${recordOf(migration)};\n`);
  }
  return pieces.join("\n");
}

/** Whether a migration has something to do on a database. */
export async function needsMigration(
  session: Session,
  { condition }: Migration,
): Promise<boolean> {
  return condition === undefined || (await session.read(condition)).length > 0;
}

async function readLevels(
  session: Session,
  tables: readonly string[] = ["LarsMigration"],
): Promise<number[]> {
  if (!tables.some((name) => name.toLowerCase() === "larsmigration")) return [];
  const rows = await session.read<{ level: number }>("SELECT level FROM LarsMigration");
  return rows.map(({ level }) => level);
}

function missingMigrations(dialect: Dialect, levels: readonly number[]): Migration[] {
  return NAMES[dialect]
    .map((name, index) => ({ level: index + 1, name }))
    .filter(({ level }) => !levels.includes(level))
    .map(({ level, name }) => readMigration(dialect, { level, name }));
}

function readMigration(
  dialect: Dialect,
  { level, name }: { level: number; name: string },
): Migration {
  const url = new URL(`./${dialect}/migrations/${level}_${name}.sql`, import.meta.url);
  const text = Deno.readTextFileSync(url);
  const statements = splitStatements(text);
  if (!statements[0].startsWith("SELECT")) return { level, name, statements, text };
  const [condition, ...others] = statements;
  const textWithout = text.replace(`${condition};\n\n`, "");
  return { level, name, condition, statements: others, text: textWithout };
}

function recordOf({ level, name }: Migration): string {
  return `REPLACE INTO LarsMigration (level, name) VALUES (${level}, '${name}')`;
}
