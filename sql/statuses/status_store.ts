/**
 * What Lars asks of the database about call statuses.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import { type CallStatus, CLOCK_SET_BACK_SEC } from "./call_status.ts";
import { chunks, type Database, placeholders } from "../database.ts";
import {
  AFTER_KEY,
  type ColumnForm,
  KEY_COLUMNS,
  keyBound,
  MIGRATED_FORM,
  readColumnForm,
  type StatusKey,
  toStoredKey,
} from "./status_columns.ts";
import { errnoOf } from "../store_error.ts";

/** Rows in one upsert. */
const UPSERT_ROWS = 1_000;

/** Rows in one DELETE: SQLite allows expressions 1,000 deep. */
const DELETE_ROWS = 500;

/**
 * MySQL's numbers for what comes of columns that are others than we think: a value does not fit, a column has no default and
 * was left out, or one is named that has gone.
 */
const OTHER_COLUMNS: ReadonlySet<unknown> = new Set([1264, 1364, 1054]);

const MIN_INT32 = -0x8000_0000;
const MAX_INT32 = 0x7fff_ffff;

const COLUMNS = [...KEY_COLUMNS, "succ_cnt", "err_cnt", "ts", "overload"];

/**
 * The newest wins, as `supersedes()` has it. MySQL assigns from left to right, each assignment seeing those before it: ts goes last, since the
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
interface StatusRow extends Omit<CallStatus, "overload"> {
  /** A number where somebody made the column one. */
  overload: string | number;
}

/** Unix time by the database's clock. */
const NOW_SEC = { mysql: "UNIX_TIMESTAMP()", sqlite: "unixepoch()" };

const IS_KEY = `(${KEY_COLUMNS.map((column) => `${column} = ?`).join(" AND ")})`;

/** The statement; the names of the others' columns are its first values. */
function upsertOf(rows: number, { dialect, others }: {
  dialect: Database["dialect"];
  others: ColumnForm["others"];
}): string {
  const names = [...COLUMNS, ...others.map(() => "??")];
  const values = placeholders({ rows, columns: names.length });
  return `INSERT INTO ServerCallStatus (${names.join(", ")}) VALUES ${values} ${
    ON_CONFLICT[dialect]
  }`;
}

/** One step of expiring statuses. */
export interface ExpireOptions {
  /** The key to continue after, from the step before. @default the first row */
  after?: StatusKey;
  /** How many rows to look at. */
  rows: number;
  /** How old a status may be. */
  keepSec: number;
  /** Unix time in seconds. Where the database's clock is behind it, that one counts: nothing must go too soon. */
  nowSec: number;
}

/** What a step has done. */
export interface ExpireResult {
  /** How many statuses were deleted. */
  deleted: number;
  /** Where to continue; undefined at the end of the table. */
  next?: StatusKey;
}

/** The statuses in a database. Every method throws {@link StoreError} when the database cannot be reached. */
export class StatusStore implements AsyncDisposable {
  readonly #database: Database;
  /** The columns when they were last read. */
  #form?: ColumnForm;

  /** Takes over the database, which has its tables, and closes it in the end. */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Writes statuses, in one upsert per 1,000, where they {@link supersedes | supersede} what is stored. Keys are distinct
   * within one call.
   */
  async write(statuses: readonly CallStatus[]): Promise<void> {
    // Sorted by key, writers of the same rows wait for one another instead of deadlocking.
    const sorted = [...statuses].sort(byKey);
    for (const some of chunks(sorted, UPSERT_ROWS)) {
      if (this.#database.dialect === "sqlite") await this.#upsertSingly(some);
      else await this.#upsert(some);
    }
  }

  /**
   * SQLite is as fast row by row, with one prepared statement. One of 1,000 rows takes half a megabyte outside the heap:
   * hundreds of megabytes gathered before the garbage collector ran.
   */
  #upsertSingly(statuses: readonly CallStatus[]): Promise<void> {
    const sql = upsertOf(1, { dialect: "sqlite", others: [] });
    return this.#database.transaction(async (session) => {
      for (const status of statuses) await session.write(sql, toValues(status, MIGRATED_FORM));
    });
  }

  /**
   * `lars db migrate` may make the columns unsigned at any time, and somebody may add columns: the upsert then fails, and is
   * written anew for the columns as they are.
   */
  async #upsert(statuses: readonly CallStatus[]): Promise<void> {
    for (;;) {
      const form = this.#form ??= await readColumnForm(this.#database, COLUMNS);
      const { others } = form;
      try {
        await this.#database.write(upsertOf(statuses.length, { dialect: "mysql", others }), [
          ...others.map(([name]) => name),
          ...statuses.flatMap((status) => toValues(status, form)),
        ]);
        return;
      } catch (error) {
        if (!OTHER_COLUMNS.has(errnoOf(error))) throw error;
        this.#form = await readColumnForm(this.#database, COLUMNS);
        if (JSON.stringify(this.#form) === JSON.stringify(form)) throw error;
      }
    }
  }

  /** The statuses of one module, or all; ordered by key. */
  async read(module?: ModuleName): Promise<CallStatus[]> {
    const rows = await this.#database.read<StatusRow>(
      `SELECT modid, cmdid, ip, port, caller, succ_cnt AS succ, err_cnt AS err, ts AS tsSec, overload
      FROM ServerCallStatus ${module ? "WHERE modid = ? AND cmdid = ?" : ""}`,
      module ? [module.modid, module.cmdid] : [],
    );
    return rows.map(toStatus).sort(byKey);
  }

  /**
   * Deletes statuses that were reported too long ago, walking the table in short steps: an index would cost every write, and
   * old databases have none.
   */
  async expire({ after, rows, keepSec, nowSec }: ExpireOptions): Promise<ExpireResult> {
    const { dialect } = this.#database;
    const keys = KEY_COLUMNS.join(", ");
    const found = await this.#database.read<StatusKey & { isOld: number }>(
      `SELECT ${keys}, ts < ? AND ts < ${NOW_SEC[dialect]} - ? AS isOld
        FROM ServerCallStatus ${after ? `WHERE ${AFTER_KEY}` : ""} ORDER BY ${keys} LIMIT ?`,
      [nowSec - keepSec, keepSec, ...after ? keyBound(after) : [], rows],
    );
    let deleted = 0;
    for (const old of chunks(found.filter(({ isOld }) => isOld === 1), DELETE_ROWS)) {
      // A newer status may have come meanwhile.
      deleted += await this.#database.write(
        `DELETE FROM ServerCallStatus WHERE ts < ? AND (${
          Array(old.length).fill(IS_KEY).join(" OR ")
        })`,
        [nowSec - keepSec, ...old.flatMap((key) => KEY_COLUMNS.map((column) => key[column]))],
      );
    }
    return { deleted, next: found.length < rows ? undefined : found[found.length - 1] };
  }

  /** Closes the connections; pending calls fail. */
  close(): Promise<void> {
    return this.#database.close();
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * A row's values in the order of COLUMNS, then those of others. They come from whatever an agent sent, and one that its column cannot hold would
 * fail the whole upsert, each time it is tried: so counts are clamped, and the rest is taken as its 32 bits.
 */
function toValues(status: CallStatus, form: ColumnForm): (number | string)[] {
  return [
    ...toStoredKey(status, form),
    clampInt32(status.succ),
    clampInt32(status.err),
    Math.trunc(status.tsSec),
    status.overload ? "1" : "0",
    ...form.others.map(([, value]) => value),
  ];
}

function clampInt32(count: number): number {
  return Math.min(Math.max(Math.trunc(count), MIN_INT32), MAX_INT32);
}

function toStatus(row: StatusRow): CallStatus {
  const { modid, cmdid, succ, err, tsSec, overload } = row;
  const [ip, port, caller] = [row.ip >>> 0, row.port >>> 0, row.caller >>> 0];
  return { modid, cmdid, ip, port, caller, succ, err, tsSec, overload: String(overload) === "1" };
}

function byKey(a: CallStatus, b: CallStatus): number {
  return a.modid - b.modid || a.cmdid - b.cmdid || a.ip - b.ip || a.port - b.port ||
    a.caller - b.caller;
}
