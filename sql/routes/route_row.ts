/**
 * Routes and their names, as the database has them and as it is to have them.
 *
 * @module
 */

import type { HostAddress, ModuleName } from "../../proto/mod.ts";

/** One row of RouteData. */
export interface RouteRow extends ModuleName {
  /** Primary key; hosts of a module are served in its order. */
  id: number;
  /** IPv4 address in host order, unsigned. */
  ip: number;
  /** As stored: 1 … 65535 where it can be served. */
  port: number;
  /** Relative share of the picks; 100 is ordinary, and 0 has the host kept but not served: it is drained. */
  weight: number;
}

/** A host that a module is to have. */
export interface NewHost extends HostAddress {
  /** Relative share of the picks, 0 for none at all. @default 100 for a new host; one that is there keeps its own */
  weight?: number;
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

/** The names that people have given to ids. */
export interface RouteNames {
  /** By modid. */
  modids: ReadonlyMap<number, string>;
  /** By cmdid: the same under every modid. */
  cmdids: ReadonlyMap<number, string>;
}

/** A modid or a cmdid, and what people are to call it; an empty name takes its name away. */
export type NameChange = { modid: number; name: string } | { cmdid: number; name: string };
