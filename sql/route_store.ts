/**
 * What Lars asks of the database about routes. Two forms stand behind it, MySQL and SQLite, with one behaviour.
 * Rows come as they are stored: leaving out what cannot be served is the reader's business.
 *
 * @module
 */

import type { ModuleName } from "../proto/mod.ts";

/** One row of RouteData. */
export interface RouteRow extends ModuleName {
  /** Primary key; hosts of a module are served in its order. */
  id: number;
  /** IPv4 address in host order, unsigned. */
  ip: number;
  /** As stored: 1 … 65535 where it can be served. */
  port: number;
  /** Relative share of the picks; 100 is ordinary. */
  weight: number;
}

/** One row of RouteChange: a module whose route was changed. */
export interface RouteChangeRow extends ModuleName {
  /** Primary key. It grows, but those of transactions at once may show out of order. */
  id: number;
  /** Unix seconds in old writers; ours never repeat one. */
  version: number;
}

/** Where the routes stand: it moves with every change that is announced. */
export interface RoutePosition {
  /** RouteVersion.version, or 0 where there is no row. */
  version: number;
  /** Highest RouteChange.id, or 0 where there is none. */
  changeId: number;
}

/** An inclusive range of RouteChange ids. */
export interface IdRange {
  /** The first id. */
  from: number;
  /** The last one. @default Infinity */
  to?: number;
}

/** A host to be added to a module. */
export interface NewHost {
  /** IPv4 address in host order, unsigned. */
  ip: number;
  /** 1 … 65535. */
  port: number;
  /** Relative share of the picks. @default 100 for a new host; one that is there keeps its own */
  weight?: number;
}

/** The routes in the database. Every method throws {@link StoreError} when the database cannot be reached. */
export interface RouteStore {
  /** Reads where the routes stand; cheap enough for every poll. */
  readPosition(): Promise<RoutePosition>;
  /** The change rows whose ids lie in any of the ranges, in id order. */
  readChanges(ranges: readonly IdRange[]): Promise<RouteChangeRow[]>;
  /** The rows of the given modules, in id order. One consistent read. */
  readModules(modules: readonly ModuleName[]): Promise<RouteRow[]>;
  /**
   * Every row, in id order, in batches. The whole is one consistent read, and the other methods of this store go on
   * working between batches.
   */
  readAll(): AsyncIterable<RouteRow[]>;
  /** Deletes change rows up to and including `id` whose version is older than `beforeVersion`. */
  pruneChanges(options: { id: number; beforeVersion: number }): Promise<number>;
  /**
   * Adds hosts to a module and announces the change, in one transaction. A host that is there already keeps its id and
   * takes the weight given. Of equal hosts among those given the last counts.
   *
   * @returns How many rows were added or changed; with 0 nothing is announced.
   * @throws {RangeError} When an id, address, port (1 … 65535) or weight (1 … 4294967295) cannot be served.
   */
  addHosts(module: ModuleName, hosts: readonly NewHost[]): Promise<number>;
  /**
   * Removes hosts of a module, all of them where none is named, and announces the change, in one transaction.
   *
   * @returns How many rows were removed; with 0 nothing is announced.
   */
  removeHosts(module: ModuleName, hosts?: readonly { ip: number; port: number }[]): Promise<number>;
  /**
   * Gives a modid, or a cmdid, a name for people.
   *
   * @throws {RangeError} When the name is longer than 255 characters.
   */
  setName(ids: { modid: number; name: string } | { cmdid: number; name: string }): Promise<void>;
  /** Closes the connections; pending calls fail. */
  close(): Promise<void>;
}
