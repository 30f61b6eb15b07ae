/**
 * How migrations are applied on a MySQL server: from what the C++ original made, which every Lars before this one had, or
 * from an empty database.
 *
 * A lock keeps two services from running them at once. Where the engine has no such lock (Galera, for one, has it on each
 * node apart), nothing breaks: each statement may run twice, and in between the others. DDL commits by itself here, so that
 * a run that was cut off leaves a schema half-way, and the next one goes on.
 *
 * @module
 */

import { realClock } from "../../reactor/clock.ts";
import type { Session } from "../database.ts";
import {
  applyMigrations,
  type MigrateResult,
  type Migration,
  needsMigration,
} from "../migrations.ts";
import type { MysqlConnection, MysqlConnectionOptions } from "./mysql_connection.ts";
import { MysqlServers, type Use } from "./mysql_servers.ts";
import type { MysqlConfig } from "../store_config.ts";
import {
  AFTER_KEY,
  KEY_COLUMNS,
  keyBound,
  type StatusKey,
  UP_TO_KEY,
} from "../statuses/status_columns.ts";
import { errnoOf, StoreError } from "../store_error.ts";

/** A table of millions of rows may be copied for a new column. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/** How long to wait for another service that is migrating. */
const LOCK_TIMEOUT_SEC = 60;

/** The server's error numbers that have a meaning here. */
const ER_BAD_DB = 1049;
const ER_OUT_OF_RANGE = 1264;

/** A column or an index of that name is there: somebody else has made it meanwhile. */
const DONE_ALREADY: ReadonlySet<unknown> = new Set([1060, 1061]);

/** The server gave up: a lock was held for too long, or two transactions each held what the other wanted. */
const BUSY: ReadonlySet<unknown> = new Set([1205, 1213]);

/** How often what writers are in the way of is tried. */
const MAX_TRIES = 100;

/** Rows of ServerCallStatus that are gone through in one step. */
const STEP_ROWS = 5_000;

/** In a statement that is run in such steps, what gives way to the keys of one. */
const ALL_ROWS = "WHERE TRUE";

/** Brings the database to the present level, and makes it when missing, where the user may. */
export async function migrateMysql(config: MysqlConfig): Promise<MigrateResult> {
  await using session = await connectOrCreate(config);
  await lock(session, config); // it goes with the connection
  return await applyMysqlMigrations(session);
}

/** Applies the migrations that a database lacks, whether or not others do so as well. */
export function applyMysqlMigrations(session: Session): Promise<MigrateResult> {
  return applyMigrations(session, { dialect: "mysql", run: runMigration });
}

/** Inspects a database, through a session without any where it is missing. */
export async function inspectMysql<Result>(
  config: MysqlConfig,
  look: (session: Session, options: { exists: boolean }) => Promise<Result>,
): Promise<Result> {
  const servers = new MysqlServers(config);
  const connection = await connectIfThere(servers, { use: "read" });
  await using session = connection ?? (await servers.connect("read", WITHOUT_DATABASE)).connection;
  return await look(session, { exists: connection !== undefined });
}

const WITHOUT_DATABASE = { useDatabase: false };

/** What makes a database that is missing; its value is the name. */
export const CREATE_DATABASE = "CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4";

/** As often as there is something to do, in case writers undo it before the last statement has come. */
async function runMigration(session: Session, migration: Migration): Promise<void> {
  for (let tries = 1; await needsMigration(session, migration); tries++) {
    try {
      for (const part of partsOf(migration.statements)) await runPart(session, part);
      if (migration.condition === undefined) return;
    } catch (error) {
      if (DONE_ALREADY.has(errnoOf(error))) return;
      if (errnoOf(error) !== ER_OUT_OF_RANGE || tries === MAX_TRIES) throw error;
      await session.write("UNLOCK TABLES");
    }
  }
}

/** Each statement by itself, but for those from LOCK TABLES on, which belong together. */
function partsOf(statements: readonly string[]): string[][] {
  const locked = statements.findIndex(isLock);
  if (locked < 0) return statements.map((statement) => [statement]);
  const single = statements.slice(0, locked).map((statement) => [statement]);
  return [...single, statements.slice(locked)];
}

async function runPart(session: Session, statements: readonly string[]): Promise<void> {
  if (statements[0].includes(ALL_ROWS)) return await runInSteps(session, statements[0]);
  await retryBusy(session, async () => {
    for (const statement of statements) {
      if (isLock(statement)) await keepWritersOut(session, statement);
      else await session.write(statement);
    }
  });
}

function isLock(statement: string): boolean {
  return statement.startsWith("LOCK TABLES");
}

/**
 * A lock, or else a transaction, which holds the rows at least; what changes a table ends either. On Galera a lock is of one
 * node alone, and the whole cluster would stand still: a change of the table by another node waits for the lock, and ours
 * for that change.
 */
async function keepWritersOut(session: Session, lockTables: string): Promise<void> {
  try {
    await session.write(await isGalera(session) ? "START TRANSACTION" : lockTables);
  } catch (error) {
    if (BUSY.has(errnoOf(error))) throw error;
    await session.write("START TRANSACTION");
  }
}

async function isGalera(session: Session): Promise<boolean> {
  const [row] = await session.read<{ Value: string }>("SHOW GLOBAL VARIABLES LIKE 'wsrep_on'");
  return row?.Value === "ON";
}

/** Goes through ServerCallStatus in steps, with a range of its keys in place of TRUE. */
async function runInSteps(session: Session, statement: string): Promise<void> {
  const key = KEY_COLUMNS.join(", ");
  let from: { where: string; values: number[] } = { where: "TRUE", values: [] };
  for (;;) {
    const [last] = await session.read<StatusKey>(
      `SELECT ${key} FROM ServerCallStatus WHERE ${from.where} ORDER BY ${key} LIMIT 1 OFFSET ?`,
      [...from.values, STEP_ROWS - 1],
    );
    const step = last === undefined ? from : {
      where: `${from.where} AND ${UP_TO_KEY}`,
      values: [...from.values, ...keyBound(last)],
    };
    const sql = statement.replace(ALL_ROWS, `WHERE ${step.where}`);
    await retryBusy(session, () => session.write(sql, step.values));
    if (last === undefined) return;
    from = { where: AFTER_KEY, values: keyBound(last) };
  }
}

/** Does what may have to wait for writers, again where the server gave up on it for their sake. */
async function retryBusy(session: Session, work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      await work();
      return;
    } catch (error) {
      if (!BUSY.has(errnoOf(error)) || tries === MAX_TRIES) throw error;
      await session.write("ROLLBACK");
      await realClock.sleep(Math.random() * 100);
    }
  }
}

async function connectOrCreate(config: MysqlConfig): Promise<MysqlConnection> {
  const servers = new MysqlServers(config);
  const options = { queryTimeoutMs: STATEMENT_TIMEOUT_MS };
  const connection = await connectIfThere(servers, { use: "write", ...options });
  if (connection !== undefined) return connection;
  const { connection: server } = await servers.connect("write", WITHOUT_DATABASE);
  await using _closing = server;
  await server.write(CREATE_DATABASE, [config.database]);
  return (await servers.connect("write", options)).connection;
}

async function connectIfThere(
  servers: MysqlServers,
  { use, ...options }: MysqlConnectionOptions & { use: Use },
): Promise<MysqlConnection | undefined> {
  try {
    return (await servers.connect(use, options)).connection;
  } catch (error) {
    if (errnoOf(error) !== ER_BAD_DB) throw error;
  }
}

/** Waits for other services that migrate this database. */
async function lock(session: Session, config: MysqlConfig): Promise<void> {
  let rows;
  try {
    // A lock's name has at most 64 characters.
    rows = await session.read<{ locked: number }>(
      "SELECT GET_LOCK(LEFT(CONCAT('LarsMigration ', DATABASE()), 64), ?) AS locked",
      [LOCK_TIMEOUT_SEC],
    );
  } catch {
    return; // An engine without such locks.
  }
  if (rows[0].locked !== 1) {
    throw new StoreError(config, new Error(`being migrated for over ${LOCK_TIMEOUT_SEC} s`));
  }
}
