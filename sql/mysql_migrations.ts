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

import type { Session } from "./database.ts";
import {
  applyMigrations,
  type MigrateResult,
  type Migration,
  MIGRATION_COLUMNS,
  TABLE_NAMES,
} from "./migration.ts";
import { errnoOf, MysqlConnection } from "./mysql_connection.ts";
import type { MysqlConfig } from "./store_config.ts";
import { LevelError, StoreError } from "./store_error.ts";

/** A table of millions of rows may be copied for a new column. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/** How long to wait for another service that is migrating. */
const LOCK_TIMEOUT_SEC = 60;

/** The server's error numbers that have a meaning here. */
const ER_BAD_DB = 1049;
const ER_DUP_FIELDNAME = 1060;
const ER_DUP_KEYNAME = 1061;

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
 */
async function makeStatusAddressesUnsigned(session: Session): Promise<void> {
  const signed = await session.read(
    `SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'ServerCallStatus'
      AND column_name IN ('ip', 'port', 'caller') AND column_type NOT LIKE 'int%unsigned'`,
  );
  if (signed.length === 0) return;
  await session.write(changeAddressesTo("BIGINT NOT NULL"));
  // Where a writer has meanwhile stored the same key rightly, its row is the newer one.
  const negative = "ip < 0 OR port < 0 OR caller < 0";
  await session.write(
    `UPDATE IGNORE ServerCallStatus SET ip = ip & 4294967295, port = port & 4294967295,
    caller = caller & 4294967295 WHERE ${negative}`,
  );
  await session.write(`DELETE FROM ServerCallStatus WHERE ${negative}`);
  await session.write(changeAddressesTo("INT UNSIGNED NOT NULL"));
}

function changeAddressesTo(type: string): string {
  return `ALTER TABLE ServerCallStatus MODIFY ip ${type}, MODIFY port ${type}, MODIFY caller ${type}`;
}

/** Goes last: old readers go by position. */
async function addRouteWeight(session: Session): Promise<void> {
  await unlessThere(
    ER_DUP_FIELDNAME,
    session.write("ALTER TABLE RouteData ADD COLUMN weight INT UNSIGNED NOT NULL DEFAULT 100"),
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
    session.write("ALTER TABLE RouteData ADD INDEX RouteData_module (modid, cmdid)"),
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
 * Checks that the database has every migration that this version needs; later ones do no harm. One that has all of the
 * original's tables is left to `onOldLevel`, where there is one.
 *
 * @throws {LevelError} When it has not.
 * @throws {StoreError} When it cannot be reached.
 */
export async function checkMysqlLevel(
  config: MysqlConfig,
  onOldLevel?: (error: LevelError) => void,
): Promise<void> {
  const { level, hasTables } = await readLevel(config);
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

async function readLevel(config: MysqlConfig): Promise<{ level: number; hasTables: boolean }> {
  let session;
  try {
    session = await MysqlConnection.open(config);
  } catch (error) {
    if (errnoOf(error) === ER_BAD_DB) return { level: 0, hasTables: false };
    throw error;
  }
  try {
    const names = new Set((await readTables(session)).map((name) => name.toLowerCase()));
    const hasTables = TABLE_NAMES.every((name) => names.has(name.toLowerCase()));
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
