/**
 * A module with a route, as its shard keeps it.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import type { Balancer } from "../balancer/mod.ts";

/** A module with a route. */
export interface Module extends ModuleName {
  /** Picks its hosts. */
  readonly balancer: Balancer;
  /** When it was last picked from, asked for, or reported on. */
  usedAtMs: number;
  /** When dns last said what its route is. */
  confirmedAtMs: number;
  /** When dns was last asked and has not answered. */
  pulledAtMs?: number;
  /** Whether its status was ever sent. */
  wasSent: boolean;
  /** Whether the table has let go of it. */
  isGone: boolean;
}
