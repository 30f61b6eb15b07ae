/**
 * The routes, on any {@link Database}.
 *
 * How a route is changed: one transaction takes the RouteVersion row, which every writer of ours takes first, so that they
 * come one after the other; changes RouteData; adds a RouteChange row for the module; and sets RouteVersion. The version
 * is the Unix time in seconds, as old writers have it, but never one that was there before: so that of two changes within
 * a second both show.
 *
 * @module
 */

import { DEFAULT_WEIGHT, isModuleName, type ModuleName } from "../proto/mod.ts";
import { chunks, type Database, placeholders, type Session } from "./database.ts";
import type {
  IdRange,
  NewHost,
  RouteChangeRow,
  RoutePosition,
  RouteRow,
  RouteStore,
} from "./route_store.ts";

/** Rows in a batch of readAll: on SQLite a few milliseconds of the thread. */
const BATCH_ROWS = 2_000;

/** Rows in one INSERT: their values stay far below SQLite's 32,766 for a statement, and MySQL's packet size. */
const INSERT_ROWS = 1_000;

/** Alternatives in one WHERE: SQLite takes no expression nested deeper than 1,000. */
const MAX_ALTERNATIVES = 500;

const MAX_UINT32 = 0xffff_ffff;
const MAX_PORT = 65_535;
const MAX_NAME_LENGTH = 255;

/** All columns, since an original's table has no weight. */
const SELECT_ROUTES = "SELECT RouteData.*, serverip AS ip, serverport AS port FROM RouteData";

/** Takes the row that all writers take first. SQLite's transaction has locked the whole file by then. */
const LOCK_VERSION = {
  mysql: `SELECT COALESCE(MAX(version), 0) AS version, UNIX_TIMESTAMP() AS nowSec
    FROM RouteVersion WHERE id = 1 FOR UPDATE`,
  sqlite: `SELECT COALESCE(MAX(version), 0) AS version, unixepoch() AS nowSec
    FROM RouteVersion WHERE id = 1`,
};

/** Ends a SELECT of rows that the transaction is to change: it then reads what others have committed since it began. */
const FOR_UPDATE = { mysql: "FOR UPDATE", sqlite: "" };

/** The routes in a database. */
export class SqlRouteStore implements RouteStore {
  readonly #database: Database;

  /** Takes over the database, which has its tables, and closes it in the end. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Reads where the routes stand. */
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

  /** The rows of the given modules, in id order. */
  async readModules(modules: readonly ModuleName[]): Promise<RouteRow[]> {
    const found = new Map<number, RouteRow>();
    await using snapshot = await this.#database.snapshot();
    for (const some of chunks(modules, MAX_ALTERNATIVES)) {
      const rows = await snapshot.read<RouteRow>(
        `${SELECT_ROUTES} WHERE ${anyOf("modid = ? AND cmdid = ?", some.length)}`,
        some.flatMap(({ modid, cmdid }) => [modid, cmdid]),
      );
      for (const row of rows) found.set(row.id, toRouteRow(row));
    }
    return [...found.values()].sort(byId);
  }

  /** Every row, in id order, in batches. */
  async *readAll(): AsyncGenerator<RouteRow[], void, void> {
    await using snapshot = await this.#database.snapshot();
    let lastId = -1;
    for (;;) {
      const rows = await snapshot.read<RouteRow>(
        `${SELECT_ROUTES} WHERE id > ? ORDER BY id LIMIT ?`,
        [lastId, BATCH_ROWS],
      );
      if (rows.length === 0) return;
      lastId = rows[rows.length - 1].id;
      yield rows.map(toRouteRow);
    }
  }

  /** Deletes change rows up to and including `id` whose version is older than `beforeVersion`. */
  pruneChanges({ id, beforeVersion }: { id: number; beforeVersion: number }): Promise<number> {
    return this.#database.write(
      "DELETE FROM RouteChange WHERE id <= ? AND version < ?",
      [id, beforeVersion],
    );
  }

  /** Adds hosts to a module, gives those that are there their weight, and announces the change. */
  async addHosts(module: ModuleName, hosts: readonly NewHost[]): Promise<number> {
    checkModule(module);
    hosts.forEach(checkHost);
    const { modid, cmdid } = module;
    return await this.#change(module, async (session) => {
      const rows = await session.read<RouteRow>(
        `${SELECT_ROUTES} WHERE modid = ? AND cmdid = ? ${FOR_UPDATE[this.#database.dialect]}`,
        [modid, cmdid],
      );
      const wanted = new Map(hosts.map((host) => [addressOf(host), host]));
      const reweighted = rows.filter((row) => {
        const weight = wanted.get(addressOf(row))?.weight;
        return weight !== undefined && weight !== row.weight;
      });
      for (const row of reweighted) {
        await session.write("UPDATE RouteData SET weight = ? WHERE id = ?", [
          wanted.get(addressOf(row))!.weight!,
          row.id,
        ]);
      }
      for (const row of rows) wanted.delete(addressOf(row));
      for (const some of chunks([...wanted.values()], INSERT_ROWS)) {
        await session.write(
          "INSERT INTO RouteData (modid, cmdid, serverip, serverport, weight) VALUES " +
            placeholders({ rows: some.length, columns: 5 }),
          some.flatMap(({ ip, port, weight = DEFAULT_WEIGHT }) => [modid, cmdid, ip, port, weight]),
        );
      }
      return reweighted.length + wanted.size;
    });
  }

  /** Removes hosts of a module, all of them where none is named, and announces the change. */
  async removeHosts(
    module: ModuleName,
    hosts?: readonly { ip: number; port: number }[],
  ): Promise<number> {
    const { modid, cmdid } = module;
    return await this.#change(module, async (session) => {
      const deleteModule = "DELETE FROM RouteData WHERE modid = ? AND cmdid = ?";
      if (hosts === undefined) return await session.write(deleteModule, [modid, cmdid]);
      let removed = 0;
      for (const some of chunks(hosts, MAX_ALTERNATIVES)) {
        removed += await session.write(
          `${deleteModule} AND (${anyOf("serverip = ? AND serverport = ?", some.length)})`,
          [modid, cmdid, ...some.flatMap(({ ip, port }) => [ip, port])],
        );
      }
      return removed;
    });
  }

  /** Gives a modid, or a cmdid, a name for people. */
  async setName(ids: { modid: number; name: string } | { cmdid: number; name: string }) {
    const [table, column, id] = "modid" in ids
      ? ["ModIDConfig", "modid", ids.modid] as const
      : ["CmdIDConfig", "cmdid", ids.cmdid] as const;
    const length = [...ids.name].length;
    if (length > MAX_NAME_LENGTH) {
      throw new RangeError(
        `Cannot name ${column} ${id} as a name must have at most ${MAX_NAME_LENGTH} characters: ` +
          `current length is ${length}`,
      );
    }
    await this.#database.transaction(async (session) => {
      // The column is no key: without the lock, two writers would add a row each.
      await session.read(LOCK_VERSION[this.#database.dialect]);
      const rows = await session.read(
        `SELECT id FROM ${table} WHERE ${column} = ? ${FOR_UPDATE[this.#database.dialect]}`,
        [id],
      );
      await session.write(
        rows.length > 0
          ? `UPDATE ${table} SET content = ? WHERE ${column} = ?`
          : `INSERT INTO ${table} (content, ${column}) VALUES (?, ?)`,
        [ids.name, id],
      );
    });
  }

  /** Closes the database. */
  close(): Promise<void> {
    return this.#database.close();
  }

  /** Runs `work`, which says how many rows it changed, in a transaction; announces the change unless it is none. */
  #change({ modid, cmdid }: ModuleName, work: (session: Session) => Promise<number>) {
    return this.#database.transaction(async (session) => {
      const [position] = await session.read<{ version: number; nowSec: number }>(
        LOCK_VERSION[this.#database.dialect],
      );
      const changed = await work(session);
      if (changed === 0) return 0;
      const version = Math.max(position.version + 1, position.nowSec);
      await session.write(
        "INSERT INTO RouteChange (modid, cmdid, version) VALUES (?, ?, ?)",
        [modid, cmdid, version],
      );
      await session.write("REPLACE INTO RouteVersion (id, version) VALUES (1, ?)", [version]);
      return changed;
    });
  }
}

function anyOf(condition: string, count: number): string {
  return Array(count).fill(`(${condition})`).join(" OR ");
}

function byId(a: { id: number }, b: { id: number }): number {
  return a.id - b.id;
}

function addressOf({ ip, port }: { ip: number; port: number }): string {
  return `${ip}:${port}`;
}

/** What the drivers give are objects of classes of their own, with more in them. */
function toRouteRow(row: Omit<RouteRow, "weight"> & { weight?: number }): RouteRow {
  const { id, modid, cmdid, ip, port, weight = DEFAULT_WEIGHT } = row;
  return { id, modid, cmdid, ip, port, weight };
}

function checkModule(module: ModuleName): void {
  if (isModuleName(module)) return;
  throw new RangeError(
    "Cannot add hosts as modid and cmdid must be in 0 … 2147483647: " +
      `current values are ${module.modid} and ${module.cmdid}`,
  );
}

function checkHost({ ip, port, weight = DEFAULT_WEIGHT }: NewHost): void {
  checkRange("ip", ip, { min: 0, max: MAX_UINT32 });
  checkRange("port", port, { min: 1, max: MAX_PORT });
  checkRange("weight", weight, { min: 1, max: MAX_UINT32 });
}

function checkRange(name: string, value: number, { min, max }: { min: number; max: number }) {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot add a host as its ${name} must be in ${min} … ${max}: current value is ${value}`,
  );
}
