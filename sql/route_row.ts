/**
 * The hosts of modules as the database has them, and as it is to have them.
 *
 * @module
 */

import type { HostAddress, ModuleName } from "../proto/mod.ts";

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
