/**
 * The schema on a MySQL server, as steps from what the C++ original made, which every Lars before this one had, to what
 * ours needs. An empty database takes the same steps.
 *
 * A lock keeps two services from running them at once. Where the engine has no such lock (Galera, for one, has it on each
 * node apart), nothing breaks: each statement may run twice, and in between the others. DDL commits by itself here, so that
 * a run that was cut off leaves a schema half-way, and the next one goes on.
 *
 * @module
 */

import type { Session } from "../database.ts";
import {
  applyMigrations,
  type MigrateResult,
  type Migration,
  MIGRATION_COLUMNS,
} from "../migration.ts";
import { MysqlConnection } from "./mysql_connection.ts";
import type { MysqlConfig } from "../store_config.ts";
import { AFTER_KEY, KEY_COLUMNS, keyBound, type StatusKey, UP_TO_KEY } from "../status_columns.ts";
import { errnoOf, LevelError, StoreError } from "../store_error.ts";

/** A table of millions of rows may be copied for a new column. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/** How long to wait for another service that is migrating. */
const LOCK_TIMEOUT_SEC = 60;

/** The server's error numbers that have a meaning here. */
const ER_BAD_DB = 1049;
const ER_DUP_FIELDNAME = 1060;
const ER_DUP_KEYNAME = 1061;
const ER_OUT_OF_RANGE = 1264;

/** The server gave up: a lock was held for too long, or two transactions each held what the other wanted. */
const BUSY: ReadonlySet<unknown> = new Set([1205, 1213]);

/** How often what writers are in the way of is tried. */
const MAX_TRIES = 100;

/** Rows of ServerCallStatus that are gone through in one step. */
const STEP_ROWS = 5_000;

/** Columns that are signed in the oldest databases. */
const ADDRESS_COLUMNS: readonly string[] = ["ip", "port", "caller"];

const IS_NEGATIVE = `(${ADDRESS_COLUMNS.map((column) => `${column} < 0`).join(" OR ")})`;

const TABLE_OPTIONS = "ENGINE = InnoDB DEFAULT CHARSET = utf8mb4";

/** Exactly the original's: our additions are steps of their own. */
const ORIGINAL_TABLES = [
  `RouteData (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    modid INT UNSIGNED NOT NULL,
    cmdid INT UNSIGNED NOT NULL,
    serverip INT UNSIGNED NOT NULL,
    serverport INT UNSIGNED NOT NULL
  )`,
  `RouteVersion (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    version INT UNSIGNED NOT NULL
  )`,
  `RouteChange (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    modid INT UNSIGNED NOT NULL,
    cmdid INT UNSIGNED NOT NULL,
    version BIGINT UNSIGNED NOT NULL
  )`,
  `ServerCallStatus (
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
  )`,
  `ModIDConfig (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    modid INT UNSIGNED NOT NULL,
    content CHAR(255) NOT NULL
  )`,
  `CmdIDConfig (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    cmdid INT UNSIGNED NOT NULL,
    content CHAR(255) NOT NULL
  )`,
];

/** In the order of their levels. */
export const MYSQL_MIGRATIONS: readonly Migration[] = [
  { level: 1, name: "create_tables", apply: createTables },
  { level: 2, name: "make_status_addresses_unsigned", apply: makeStatusAddressesUnsigned },
  { level: 3, name: "add_route_weight", apply: addRouteWeight },
  { level: 4, name: "index_routes_by_module", apply: indexRoutesByModule },
  { level: 5, name: "begin_route_version", apply: beginRouteVersion },
];

async function createTables(session: Session): Promise<void> {
  for (const table of ORIGINAL_TABLES) {
    await session.write(`CREATE TABLE IF NOT EXISTS ${table} ${TABLE_OPTIONS}`);
  }
}

/**
 * In the oldest databases ip, port and caller are signed, and addresses from 128.0.0.0 on negative. Making such a column
 * unsigned at once would fail, or clamp: so it is widened, the numbers take the value of their 32 bits, and it is narrowed.
 *
 * Writers go on meanwhile, and old ones store negative numbers as long as the column takes them. So most is done in steps
 * for which nobody waits long, and the rest, with the narrowing, while nobody else may write. Where the user lacks the
 * right to lock tables, narrowing fails, and changes nothing, when a negative number came in between: then once more.
 */
async function makeStatusAddressesUnsigned(session: Session): Promise<void> {
  for (let tries = 1; await hasSignedAddresses(session); tries++) {
    await patiently(session, () => session.write(changeAddressesTo("BIGINT NOT NULL")));
    await makeAddressesPositive(session);
    try {
      await patiently(session, async () => {
        await keepWritersOut(session);
        await makeLastAddressesPositive(session);
        await session.write(changeAddressesTo("INT UNSIGNED NOT NULL"));
      });
    } catch (error) {
      if (errnoOf(error) !== ER_OUT_OF_RANGE || tries === MAX_TRIES) throw error;
    } finally {
      await session.write("UNLOCK TABLES");
    }
  }
}

/** Widened ones are among them: a run that was cut off may have left them so. */
async function hasSignedAddresses(session: Session): Promise<boolean> {
  const columns = await session.read<{ Field: string; Type: string }>(
    "SHOW COLUMNS FROM ServerCallStatus",
  );
  return columns.some(({ Field, Type }) =>
    ADDRESS_COLUMNS.includes(Field.toLowerCase()) && !/^int\b.*unsigned/i.test(Type)
  );
}

function changeAddressesTo(type: string): string {
  return `ALTER TABLE ServerCallStatus ${
    ADDRESS_COLUMNS.map((column) => `MODIFY ${column} ${type}`).join(", ")
  }`;
}

/** Goes through the table in steps. What is there in both forms is left for the last one. */
async function makeAddressesPositive(session: Session): Promise<void> {
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
    await patiently(session, () => session.write(makePositive(step.where), step.values));
    if (last === undefined) return;
    from = { where: AFTER_KEY, values: keyBound(last) };
  }
}

/** A lock, or else a transaction, which holds the rows at least; narrowing ends either. */
async function keepWritersOut(session: Session): Promise<void> {
  await session.write("UNLOCK TABLES");
  try {
    await session.write("LOCK TABLES ServerCallStatus WRITE, ServerCallStatus AS negative READ");
  } catch (error) {
    if (BUSY.has(errnoOf(error))) throw error;
    await session.write("START TRANSACTION");
  }
}

/** Where a status is there in both forms, the newer one stays. */
async function makeLastAddressesPositive(session: Session): Promise<void> {
  await session.write(makePositive("TRUE"));
  await session.write(
    `INSERT INTO ServerCallStatus (modid, cmdid, ip, port, caller, succ_cnt, err_cnt, ts, overload)
      SELECT modid, cmdid, ${
      ADDRESS_COLUMNS.map(bitsOf).join(", ")
    }, succ_cnt, err_cnt, ts, overload
      FROM ServerCallStatus AS negative WHERE ${IS_NEGATIVE}
      ON DUPLICATE KEY UPDATE ${
      ["succ_cnt", "err_cnt", "overload", "ts"].map((column) =>
        `${column} = IF(VALUES(ts) > ServerCallStatus.ts, VALUES(${column}), ServerCallStatus.${column})`
      ).join(", ")
    }`,
  );
  await session.write(`DELETE FROM ServerCallStatus WHERE ${IS_NEGATIVE}`);
}

/** The numbers of some rows take the value of their 32 bits, unless such a row is there already. */
function makePositive(where: string): string {
  return `UPDATE IGNORE ServerCallStatus
    SET ${ADDRESS_COLUMNS.map((column) => `${column} = ${bitsOf(column)}`).join(", ")}
    WHERE ${where} AND ${IS_NEGATIVE}`;
}

function bitsOf(column: string): string {
  return `${column} & 4294967295`;
}

/** Does what may have to wait for writers, again where the server gave up on it for their sake. */
async function patiently(session: Session, work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      await work();
      return;
    } catch (error) {
      if (!BUSY.has(errnoOf(error)) || tries === MAX_TRIES) throw error;
      await session.write("ROLLBACK");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
    }
  }
}

/** Goes last: old readers go by position. */
async function addRouteWeight(session: Session): Promise<void> {
  await unlessThere(
    ER_DUP_FIELDNAME,
    patiently(
      session,
      () =>
        session.write("ALTER TABLE RouteData ADD COLUMN weight INT UNSIGNED NOT NULL DEFAULT 100"),
    ),
  );
}

/** Old databases may have one, under any name. */
async function indexRoutesByModule(session: Session): Promise<void> {
  const indexed = await session.read(
    `SELECT 1 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'RouteData'
      AND ((seq_in_index = 1 AND column_name = 'modid') OR (seq_in_index = 2 AND column_name = 'cmdid'))
    GROUP BY index_name HAVING COUNT(*) = 2`,
  );
  if (indexed.length > 0) return;
  await unlessThere(
    ER_DUP_KEYNAME,
    patiently(
      session,
      () => session.write("ALTER TABLE RouteData ADD INDEX RouteData_module (modid, cmdid)"),
    ),
  );
}

async function beginRouteVersion(session: Session): Promise<void> {
  await session.write("INSERT IGNORE INTO RouteVersion (id, version) VALUES (1, 0)");
}

/** Brings the database to the present level, and makes it when missing, where the user may. */
export async function migrateMysql(config: MysqlConfig): Promise<MigrateResult> {
  const session = await connectOrCreate(config);
  try {
    await lock(session, config);
    await session.write(
      `CREATE TABLE IF NOT EXISTS LarsMigration ${MIGRATION_COLUMNS} ${TABLE_OPTIONS}`,
    );
    return await applyMigrations(session, MYSQL_MIGRATIONS);
  } finally {
    // The lock goes with the connection.
    await session.quit();
  }
}

/**
 * Checks that the database has every migration that this version needs; later ones do no harm. One that lacks some is left
 * to `onOldLevel`, where there is one, as long as it has the tables that are to be worked on.
 *
 * @throws {LevelError} When it has not.
 * @throws {StoreError} When it cannot be reached.
 */
export async function checkMysqlLevel(
  config: MysqlConfig,
  { tables, onOldLevel }: {
    tables: readonly string[];
    onOldLevel?: (error: LevelError) => void;
  },
): Promise<void> {
  const { level, hasTables } = await readLevel(config, tables);
  const needed = MYSQL_MIGRATIONS.length;
  if (level >= needed) return;
  const error = new LevelError(config, { level, needed });
  if (onOldLevel === undefined || !hasTables) throw error;
  onOldLevel(error);
}

/** The names of the tables; undefined when there is no such database. */
export async function readMysqlTables(config: MysqlConfig): Promise<string[] | undefined> {
  let session;
  try {
    session = await MysqlConnection.open(config);
  } catch (error) {
    if (errnoOf(error) === ER_BAD_DB) return undefined;
    throw error;
  }
  try {
    return await readTables(session);
  } finally {
    await session.quit();
  }
}

async function readTables(session: Session): Promise<string[]> {
  const tables = await session.read<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
  );
  return tables.map(({ name }) => name);
}

async function readLevel(
  config: MysqlConfig,
  needed: readonly string[],
): Promise<{ level: number; hasTables: boolean }> {
  let session;
  try {
    session = await MysqlConnection.open(config);
  } catch (error) {
    if (errnoOf(error) === ER_BAD_DB) return { level: 0, hasTables: false };
    throw error;
  }
  try {
    const names = new Set((await readTables(session)).map((name) => name.toLowerCase()));
    const hasTables = needed.every((name) => names.has(name.toLowerCase()));
    if (!names.has("larsmigration")) return { level: 0, hasTables };
    const [{ level }] = await session.read<{ level: number | null }>(
      "SELECT MAX(level) AS level FROM LarsMigration",
    );
    return { level: level ?? 0, hasTables };
  } finally {
    await session.quit();
  }
}

async function connectOrCreate(config: MysqlConfig): Promise<MysqlConnection> {
  const options = { queryTimeoutMs: STATEMENT_TIMEOUT_MS };
  try {
    return await MysqlConnection.open(config, options);
  } catch (error) {
    if (errnoOf(error) !== ER_BAD_DB) throw error;
  }
  const server = await MysqlConnection.open(config, { useDatabase: false });
  try {
    await server.write("CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4", [config.database]);
  } finally {
    await server.quit();
  }
  return await MysqlConnection.open(config, options);
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

async function unlessThere(errno: number, change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (errnoOf(error) !== errno) throw error;
  }
}
