/**
 * Hosts, and the routes that they make up.
 *
 * Every ip is an unsigned address in host order; on the wire it is the same bits as int32.
 *
 * @module
 */

import type { ModuleName } from "./module.ts";

/** The weight of a host that has none on the wire. */
export const DEFAULT_WEIGHT = 100;

/** Where a host is. */
export interface HostAddress {
  /** IPv4 address in host order, unsigned. */
  ip: number;
  /** TCP or UDP port; whatever int32 the wire held, not checked here. */
  port: number;
}

/** A host of a route. */
export interface Host extends HostAddress {
  /** Relative share of the picks; 100 is ordinary. */
  weight: number;
}

/** The hosts that serve a module; none where there is no such module. */
export interface Route extends ModuleName {
  /** In the route's order. */
  hosts: Host[];
}
