/**
 * The call statuses, on any {@link Database}.
 *
 * @module
 */

import type { ModuleName } from "../proto/mod.ts";
import { chunks, type Database, placeholders } from "./database.ts";
import type { CallStatus, StatusStore } from "./status_store.ts";

/** Rows in one upsert. */
const UPSERT_ROWS = 1_000;

const MIN_INT32 = -0x8000_0000;
const MAX_INT32 = 0x7fff_ffff;

const COLUMNS = "modid, cmdid, ip, port, caller, succ_cnt, err_cnt, ts, overload";
const COLUMN_COUNT = 9;

/** A status this much older than the stored one says that its caller's clock was set back: it wins. */
const CLOCK_SET_BACK_SEC = 60;

/**
 * The newest wins. MySQL assigns from left to right, each assignment seeing those before it: ts goes last, since the
 * others compare with the stored one. Its VALUES() is deprecated in MySQL 8, but MariaDB knows nothing else.
 */
const ON_CONFLICT = {
  mysql: "ON DUPLICATE KEY UPDATE " +
    ["succ_cnt", "err_cnt", "overload", "ts"].map((column) =>
      `${column} = IF(VALUES(ts) >= ts OR VALUES(ts) + ${CLOCK_SET_BACK_SEC} < ts, ` +
      `VALUES(${column}), ${column})`
    ).join(", "),
  sqlite: `ON CONFLICT (modid, cmdid, ip, port, caller) DO UPDATE SET
    succ_cnt = excluded.succ_cnt, err_cnt = excluded.err_cnt, overload = excluded.overload, ts = excluded.ts
    WHERE excluded.ts >= ts OR excluded.ts + ${CLOCK_SET_BACK_SEC} < ts`,
};

/** A row as the database gives it. */
interface StatusRow extends ModuleName {
  ip: number;
  port: number;
  caller: number;
  succ: number;
  err: number;
  tsSec: number;
  overload: string;
}

/** The statuses in a database. */
export class SqlStatusStore implements StatusStore {
  readonly #database: Database;

  /** Takes over the database, which has its tables, and closes it in the end. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes statuses, 1,000 at a time; the newest wins. */
  async write(statuses: readonly CallStatus[]): Promise<void> {
    // In the order of their keys, writers of the same rows wait for one another instead of locking each other out.
    const sorted = [...statuses].sort(byKey);
    for (const some of chunks(sorted, UPSERT_ROWS)) {
      const rows = placeholders({ rows: some.length, columns: COLUMN_COUNT });
      await this.#database.write(
        `INSERT INTO ServerCallStatus (${COLUMNS}) VALUES ${rows} ${
          ON_CONFLICT[this.#database.dialect]
        }`,
        some.flatMap(toValues),
      );
    }
  }

  /** The statuses of one module, or all; ordered by key. */
  async read(module?: ModuleName): Promise<CallStatus[]> {
    const rows = await this.#database.read<StatusRow>(
      `SELECT modid, cmdid, ip, port, caller, succ_cnt AS succ, err_cnt AS err, ts AS tsSec, overload
      FROM ServerCallStatus ${module ? "WHERE modid = ? AND cmdid = ?" : ""}
      ORDER BY modid, cmdid, ip, port, caller`,
      module ? [module.modid, module.cmdid] : [],
    );
    return rows.map(toStatus);
  }

  /** Closes the database. */
  close(): Promise<void> {
    return this.#database.close();
  }
}

/**
 * A row's values in the order of COLUMNS. They come from whatever an agent sent, and one that its column cannot hold would
 * fail the whole upsert, each time it is tried: so counts are clamped, and the rest is taken as its 32 bits.
 */
function toValues(status: CallStatus): (number | string)[] {
  return [
    status.modid | 0,
    status.cmdid | 0,
    status.ip >>> 0,
    status.port >>> 0,
    status.caller >>> 0,
    clampInt32(status.succ),
    clampInt32(status.err),
    Math.trunc(status.tsSec),
    status.overload ? "1" : "0",
  ];
}

function clampInt32(count: number): number {
  return Math.min(Math.max(Math.trunc(count), MIN_INT32), MAX_INT32);
}

function toStatus(row: StatusRow): CallStatus {
  const { modid, cmdid, ip, port, caller, succ, err, tsSec, overload } = row;
  return { modid, cmdid, ip, port, caller, succ, err, tsSec, overload: overload === "1" };
}

function byKey(a: CallStatus, b: CallStatus): number {
  return a.modid - b.modid || a.cmdid - b.cmdid || a.ip - b.ip || a.port - b.port ||
    a.caller - b.caller;
}
