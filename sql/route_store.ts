/**
 * What Lars asks of the database about routes. Two forms stand behind it, MySQL and SQLite, with one behaviour.
 * Rows come as they are stored: leaving out what cannot be served is the reader's business.
 *
 * @module
 */

import type { HostAddress, ModuleName } from "../proto/mod.ts";
import type { NewHost, RouteRow } from "./route_row.ts";
import type { RouteChange, RouteDifference } from "./route_change.ts";

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

/** How far a change of routes has got. */
export interface RouteProgress {
  /** What it is at: modules are read, rows are written. */
  doing: "reading" | "writing";
  /** How many of these are done. */
  done: number;
  /** How many there are. */
  total: number;
}

/** The names that people have given to ids. */
export interface RouteNames {
  /** By modid. */
  modids: ReadonlyMap<number, string>;
  /** By cmdid: the same under every modid. */
  cmdids: ReadonlyMap<number, string>;
}

/** A modid or a cmdid, and what people are to call it; an empty name takes its name away. */
export type NameChange = { modid: number; name: string } | { cmdid: number; name: string };

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
  /** Is told what will come of it before anything is written; by throwing it has nothing be changed. */
  onPlanned?: (differences: readonly RouteDifference[]) => void;
  /** Hears now and then how far it is; after a deadlock it begins anew. */
  onProgress?: (progress: RouteProgress) => void;
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
  /**
   * Deletes change rows up to and including `id` whose version is older than `beforeVersion`, the lowest ids first.
   *
   * @param options.limit How many at most, so that nobody waits long for it.
   * @returns How many were deleted: fewer than `limit` where no more are left.
   */
  pruneChanges(options: { id: number; beforeVersion: number; limit: number }): Promise<number>;
  /**
   * Changes the hosts of any number of modules, and announces each that differs, in one transaction: all of it happens or
   * nothing.
   *
   * @param changes Each of another module.
   * @returns What came of it, for each module that differs; with none nothing is announced.
   * @throws {RangeError} When an id, address, port (1 … 65535) or weight (0 … 4294967295) to be put is out of range, a module
   * is named twice, or a name is longer than 255 characters.
   */
  changeRoutes(
    changes: readonly RouteChange[],
    options?: ChangeOptions,
  ): Promise<RouteDifference[]>;
  /**
   * {@link changeRoutes} of one module: puts hosts.
   *
   * @returns How many rows were added or changed.
   */
  addHosts(module: ModuleName, hosts: readonly NewHost[]): Promise<number>;
  /**
   * {@link changeRoutes} of one module: drops hosts, all of them where none is named.
   *
   * @returns How many rows were removed.
   */
  removeHosts(module: ModuleName, hosts?: readonly HostAddress[]): Promise<number>;
  /** The names of modids and cmdids. */
  readNames(): Promise<RouteNames>;
  /**
   * Gives a modid, or a cmdid, a name for people.
   *
   * @throws {RangeError} When the name is longer than 255 characters.
   */
  setName(change: NameChange): Promise<void>;
  /** Closes the connections; pending calls fail. */
  close(): Promise<void>;
}
