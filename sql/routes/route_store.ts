/**
 * What Lars asks of the database about routes, and how routes are changed.
 *
 * How routes are changed: one transaction takes the RouteVersion row, which every writer of ours takes first, so that they
 * come one after the other; changes RouteData; adds a RouteChange row for every module that differs; and sets
 * RouteVersion. The version is the Unix time in seconds, as old writers have it, but never one that was there before: so
 * that of two changes within a second both show.
 *
 * @module
 */

import { DEFAULT_WEIGHT, type HostAddress, type ModuleName } from "../../proto/mod.ts";
import { chunks, type Database, placeholders, type Session, type SqlValue } from "../database.ts";
import {
  checkChanges,
  checkName,
  countRows,
  diffRoutes,
  dropOtherModules,
  namedBy,
  type RouteChange,
  type RouteDifference,
} from "./route_change.ts";
import type {
  IdRange,
  NameChange,
  NewHost,
  RouteChangeRow,
  RouteNames,
  RoutePosition,
  RouteRow,
} from "./route_row.ts";
import { errnoOf } from "../store_error.ts";

/** Rows in a chunk of readAll: a few milliseconds of the thread on SQLite. */
const CHUNK_ROWS = 2_000;

/** Rows in one write: their values stay far below SQLite's 32,766 for a statement, and MySQL's packet size. */
const WRITE_ROWS = 1_000;

/** Alternatives in one WHERE: SQLite takes no expression nested deeper than 1,000. */
const MAX_ALTERNATIVES = 500;

/** MySQL's error numbers for a missing table, or one that this user may not know of. */
const NO_SUCH_TABLE: ReadonlySet<unknown> = new Set([1146, 1142]);

/** `*`, since an original's table has no weight; unrenamed, since every alias costs a full read a tenth. */
const SELECT_ROUTES = "SELECT * FROM RouteData";

/** Locks the row that every writer locks first. SQLite's transaction has locked the whole file by then. */
const LOCK_VERSION = {
  mysql: `SELECT COALESCE(MAX(version), 0) AS version, UNIX_TIMESTAMP() AS nowSec
    FROM RouteVersion WHERE id = 1 FOR UPDATE`,
  sqlite: `SELECT COALESCE(MAX(version), 0) AS version, unixepoch() AS nowSec
    FROM RouteVersion WHERE id = 1`,
};

/** Ends a SELECT of rows about to be changed: it then sees what others have committed since the transaction began. */
const FOR_UPDATE = { mysql: "FOR UPDATE", sqlite: "" };

/** MySQL takes no LIMIT in a subquery, SQLite none in a DELETE. */
const DELETE_CHANGES = {
  mysql: "DELETE FROM RouteChange WHERE id <= ? AND version < ? ORDER BY id LIMIT ?",
  sqlite: `DELETE FROM RouteChange WHERE id IN (
    SELECT id FROM RouteChange WHERE id <= ? AND version < ? ORDER BY id LIMIT ?)`,
};

/** Progress of a change of routes. */
export interface RouteProgress {
  /** What it is at: modules are read, rows are written. */
  doing: "reading" | "writing";
  /** How many of these are done. */
  done: number;
  /** How many there are. */
  total: number;
}

/** What a change of routes does besides. */
export interface ChangeOptions {
  /** Names that are to change in the same transaction. */
  names?: readonly NameChange[];
  /**
   * Whether all other modules are to lose their hosts.
   *
   * @default false
   */
  dropsOthers?: boolean;
  /** Called with what will change before anything is written; if it throws, nothing is changed. */
  onPlanned?: (differences: readonly RouteDifference[]) => void;
  /** Called now and then; after a deadlock progress starts over. */
  onProgress?: (progress: RouteProgress) => void;
}

/**
 * The routes in a database. Rows come as they are stored: leaving out what cannot be served is the reader's business. Every
 * method throws {@link StoreError} when the database cannot be reached.
 */
export class RouteStore implements AsyncDisposable {
  readonly #database: Database;

  /** Takes over the database, which has its tables, and closes it in the end. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Reads where the routes stand; cheap enough for every poll. */
  async readPosition(): Promise<RoutePosition> {
    const [{ version, changeId }] = await this.#database.read<RoutePosition>(
      `SELECT COALESCE((SELECT version FROM RouteVersion WHERE id = 1), 0) AS version,
        COALESCE((SELECT MAX(id) FROM RouteChange), 0) AS changeId`,
    );
    return { version, changeId };
  }

  /** The change rows whose ids lie in any of the ranges, in id order. */
  async readChanges(ranges: readonly IdRange[]): Promise<RouteChangeRow[]> {
    const found = new Map<number, RouteChangeRow>();
    for (const some of chunks(ranges, MAX_ALTERNATIVES)) {
      const rows = await this.#database.read<RouteChangeRow>(
        "SELECT id, modid, cmdid, version FROM RouteChange WHERE " +
          anyOf("id BETWEEN ? AND ?", some.length),
        some.flatMap(({ from, to = Infinity }) => [from, Math.min(to, Number.MAX_SAFE_INTEGER)]),
      );
      for (const { id, modid, cmdid, version } of rows) {
        found.set(id, { id, modid, cmdid, version });
      }
    }
    return [...found.values()].sort(byId);
  }

  /** The rows of the given modules, in id order. One consistent read. */
  async readModules(modules: readonly ModuleName[]): Promise<RouteRow[]> {
    const found = new Map<number, RouteRow>();
    await using snapshot = await this.#database.snapshot();
    for (const some of chunks(modules, MAX_ALTERNATIVES)) {
      const rows = await snapshot.read<StoredRow>(
        `${SELECT_ROUTES} WHERE ${anyOf("modid = ? AND cmdid = ?", some.length)}`,
        some.flatMap(({ modid, cmdid }) => [modid, cmdid]),
      );
      for (const row of rows) found.set(row.id, toRouteRow(row));
    }
    return [...found.values()].sort(byId);
  }

  /**
   * Every row, in id order, in chunks. The whole is one consistent read; other calls go on between chunks.
   */
  async *readAll(): AsyncGenerator<RouteRow[], void, void> {
    await using snapshot = await this.#database.snapshot();
    let lastId = -1;
    for (;;) {
      const rows = await snapshot.read<StoredRow>(
        `${SELECT_ROUTES} WHERE id > ? ORDER BY id LIMIT ?`,
        [lastId, CHUNK_ROWS],
      );
      if (rows.length === 0) return;
      lastId = rows[rows.length - 1].id;
      yield rows.map(toRouteRow);
    }
  }

  /**
   * Deletes change rows up to and including `id` whose version is older than `beforeVersion`, the lowest ids first.
   *
   * @param options.limit How many at most, so that nobody waits long for it.
   * @returns How many were deleted: fewer than `limit` where no more are left.
   */
  pruneChanges(
    { id, beforeVersion, limit }: { id: number; beforeVersion: number; limit: number },
  ): Promise<number> {
    return this.#database.write(DELETE_CHANGES[this.#database.dialect], [id, beforeVersion, limit]);
  }

  /**
   * Changes the hosts of any number of modules, and announces each that differs, in one transaction: all of it happens or
   * nothing.
   *
   * @param changes Each of another module.
   * @returns What came of it, for each module that differs; with none nothing is announced.
   * @throws {RangeError} When an id, address, port (1 … 65535) or weight (0 … 4294967295) to be put is out of range, a module
   * is named twice, or a name is longer than 255 characters.
   */
  async changeRoutes(
    changes: readonly RouteChange[],
    { names = [], dropsOthers = false, onPlanned, onProgress = () => {} }: ChangeOptions = {},
  ): Promise<RouteDifference[]> {
    checkChanges(changes);
    names.forEach(checkName);
    return await this.#database.transaction(async (session) => {
      const [position] = await session.read<{ version: number; nowSec: number }>(
        LOCK_VERSION[this.#database.dialect],
      );
      const rows: RouteRow[] = [];
      let all = changes;
      if (dropsOthers) {
        all = dropOtherModules(changes, await this.#readModuleNames(session));
      }
      let done = 0;
      for (const some of chunks(all, MAX_ALTERNATIVES)) {
        for (const row of await this.#readForUpdate(session, some)) rows.push(row);
        done += some.length;
        onProgress({ doing: "reading", done, total: all.length });
      }
      const differences = diffRoutes(all, rows);
      onPlanned?.(differences);
      for (const change of names) await this.#writeName(session, change);
      if (differences.length === 0) return differences;
      await writeDifferences(session, { differences, onProgress });
      const version = Math.max(position.version + 1, position.nowSec);
      await announce(session, { modules: differences, version });
      return differences;
    });
  }

  /**
   * {@link changeRoutes} of one module: puts hosts.
   *
   * @returns How many rows were added or changed.
   */
  async addHosts(module: ModuleName, hosts: readonly NewHost[]): Promise<number> {
    return sumRows(await this.changeRoutes([{ ...module, put: hosts }]));
  }

  /**
   * {@link changeRoutes} of one module: drops hosts, all of them where none is named.
   *
   * @returns How many rows were removed.
   */
  async removeHosts(module: ModuleName, hosts?: readonly HostAddress[]): Promise<number> {
    return sumRows(await this.changeRoutes([{ ...module, drop: hosts ?? "others" }]));
  }

  /** The highest AcceptedLoss.id: it rises when a loss is accepted. 0 where none ever was, or there is no such table. */
  async readAcceptedId(): Promise<number> {
    const [{ id }] = await unlessMissing(
      this.#database.read<{ id: number }>("SELECT COALESCE(MAX(id), 0) AS id FROM AcceptedLoss"),
      [{ id: 0 }],
    );
    return id;
  }

  /** Has every dns apply what its guard holds back now. */
  async acceptLoss(): Promise<void> {
    await this.#database.write("INSERT INTO AcceptedLoss (ts) VALUES (?)", [
      Math.floor(Date.now() / 1000),
    ]);
  }

  /** The names of modids and cmdids. */
  async readNames(): Promise<RouteNames> {
    const [modids, cmdids] = await Promise.all([
      this.#readNames("ModIDConfig", "modid"),
      this.#readNames("CmdIDConfig", "cmdid"),
    ]);
    return { modids, cmdids };
  }

  /**
   * Gives a modid, or a cmdid, a name for people.
   *
   * @throws {RangeError} When the name is longer than 255 characters.
   */
  async setName(change: NameChange): Promise<void> {
    await this.changeRoutes([], { names: [change] });
  }

  /** Closes the connections; pending calls fail. */
  close(): Promise<void> {
    return this.#database.close();
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Sets a name; the transaction has locked the version: the column is no key, and two writers would add a row each. */
  async #writeName(session: Session, change: NameChange): Promise<void> {
    const { table, column, id } = namedBy(change);
    const rows = await session.read(
      `SELECT id FROM ${table} WHERE ${column} = ? ${FOR_UPDATE[this.#database.dialect]}`,
      [id],
    );
    await session.write(
      rows.length > 0
        ? `UPDATE ${table} SET content = ? WHERE ${column} = ?`
        : `INSERT INTO ${table} (content, ${column}) VALUES (?, ?)`,
      [change.name, id],
    );
  }

  /** Every module that has rows, as others have committed them by now. */
  #readModuleNames(session: Session): Promise<ModuleName[]> {
    const forUpdate = FOR_UPDATE[this.#database.dialect];
    return session.read(`SELECT modid, cmdid FROM RouteData ORDER BY id ${forUpdate}`);
  }

  async #readNames(table: string, column: string): Promise<Map<number, string>> {
    const select = `SELECT ${column} AS named, content FROM ${table} ORDER BY id DESC`;
    return toNames(await unlessMissing(this.#database.read<NameRow>(select), []));
  }

  async #readForUpdate(
    session: Session,
    modules: readonly ModuleName[],
  ): Promise<RouteRow[]> {
    const rows = await session.read<StoredRow>(
      `${SELECT_ROUTES} WHERE ${anyOf("modid = ? AND cmdid = ?", modules.length)}
        ORDER BY id ${FOR_UPDATE[this.#database.dialect]}`,
      modules.flatMap(({ modid, cmdid }) => [modid, cmdid]),
    );
    return rows.map(toRouteRow);
  }
}

/** A modid or cmdid, and its name. */
interface NameRow {
  named: number;
  content: string;
}

/** Writes to RouteData. */
async function writeDifferences(
  session: Session,
  { differences, onProgress }: {
    differences: readonly RouteDifference[];
    onProgress: (progress: RouteProgress) => void;
  },
): Promise<void> {
  const total = sumRows(differences);
  let done = 0;
  await each(differences.flatMap(({ removed }) => removed), (rows) =>
    session.write(
      `DELETE FROM RouteData WHERE id IN (${questionMarks(rows.length)})`,
      rows.map(({ id }) => id),
    ));
  await each(differences.flatMap(({ reweighted }) => reweighted), (rows) =>
    session.write(
      `UPDATE RouteData SET weight = CASE id ${"WHEN ? THEN ? ".repeat(rows.length)} END
        WHERE id IN (${questionMarks(rows.length)})`,
      [...rows.flatMap(({ row, weight }) => [row.id, weight]), ...rows.map(({ row }) => row.id)],
    ));
  const added = differences.flatMap(({ modid, cmdid, added }) =>
    added.map(({ ip, port, weight }) => [modid, cmdid, ip, port, weight])
  );
  await each(
    added,
    (rows) => insert(session, "RouteData (modid, cmdid, serverip, serverport, weight)", rows),
  );

  async function each<Item>(
    items: readonly Item[],
    write: (some: readonly Item[]) => Promise<unknown>,
  ): Promise<void> {
    for (const some of chunks(items, WRITE_ROWS)) {
      await write(some);
      done += some.length;
      onProgress({ doing: "writing", done, total });
    }
  }
}

/** Adds a RouteChange row for each of the modules, and sets RouteVersion. */
async function announce(
  session: Session,
  { modules, version }: { modules: readonly ModuleName[]; version: number },
): Promise<void> {
  for (const some of chunks(modules, WRITE_ROWS)) {
    const rows = some.map(({ modid, cmdid }) => [modid, cmdid, version]);
    await insert(session, "RouteChange (modid, cmdid, version)", rows);
  }
  await session.write("REPLACE INTO RouteVersion (id, version) VALUES (1, ?)", [version]);
}

function insert(
  session: Session,
  into: string,
  rows: readonly (readonly SqlValue[])[],
): Promise<number> {
  return session.write(
    `INSERT INTO ${into} VALUES ${placeholders({ rows: rows.length, columns: rows[0].length })}`,
    rows.flat(),
  );
}

function sumRows(differences: readonly RouteDifference[]): number {
  return differences.reduce((sum, difference) => sum + countRows(difference), 0);
}

function questionMarks(count: number): string {
  return Array(count).fill("?").join(", ");
}

/** What a database lacks that was never migrated: the oldest of the original's have not even names. */
async function unlessMissing<Rows>(reading: Promise<Rows>, otherwise: Rows): Promise<Rows> {
  try {
    return await reading;
  } catch (error) {
    if (NO_SUCH_TABLE.has(errnoOf(error))) return otherwise;
    throw error;
  }
}

/** Of several names of one id the first given counts, as of several rows of one host; `rows` has the last one first. */
function toNames(rows: readonly NameRow[]): Map<number, string> {
  return new Map(
    rows.filter(({ content }) => content !== "").map(({ named, content }) => [named, content]),
  );
}

function anyOf(condition: string, count: number): string {
  return Array(count).fill(`(${condition})`).join(" OR ");
}

function byId(a: { id: number }, b: { id: number }): number {
  return a.id - b.id;
}

/** A row of RouteData. */
interface StoredRow extends ModuleName {
  id: number;
  serverip: number;
  serverport: number;
  weight?: number;
}

/**
 * What the drivers give are objects of classes of their own, with more in them. An address from 128.0.0.0 on is negative
 * where somebody made the column signed.
 */
function toRouteRow(row: StoredRow): RouteRow {
  const { id, modid, cmdid, serverip, serverport: port, weight = DEFAULT_WEIGHT } = row;
  const ip = serverip < 0 ? serverip >>> 0 : serverip;
  return { id, modid, cmdid, ip, port, weight };
}
