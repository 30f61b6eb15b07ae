/**
 * What a balancer knows of its overloaded hosts, told to whoever keeps it for a balancer that takes its place: an agent's
 * thread may be replaced in the middle of an outage, and its successor must not pick every dead host anew.
 *
 * @module
 */

import type { HostAddress } from "../../../proto/mod.ts";
import type { HostCounts, HostState } from "./host_state.ts";

/** All that is known of one overloaded host. Times are of the balancer's clock. */
export interface Verdict extends HostAddress, HostCounts {
  /** When it turned overloaded. */
  readonly sinceMs: number;
  /** When it was last probed, or turned overloaded. */
  readonly triedMs: number;
}

/** Keeps the verdicts of one module. */
export interface VerdictKeeper {
  /** Called with what is known of an overloaded host, whenever that changes. */
  keep(host: Readonly<HostState>): void;
  /** Called when a host is no longer overloaded, or gone. */
  drop(host: Readonly<HostState>): void;
}
