/**
 * What the watcher counts.
 *
 * @module
 */

import type { CounterName, Counters } from "../../reactor/mod.ts";
import type { RouteTable } from "../routes/route_table.ts";

/** What the watcher counts. */
export const WATCHER_COUNTERS = {
  counters: {
    polls: "Polls of the database that succeeded so far",
    pollFailures: "Polls of the database that failed so far",
    partialReads: "Reads of just the modules that changes named, so far",
    unexplainedMoves: "Changes of version or change rows that did not say what changed, so far",
    reloads: "Reads of the whole table so far",
    reloadFailures: "Reads of the whole table that failed so far",
    changedModules: "Modules published as changed so far",
    heldReads:
      "Reads of the whole table held back, all or in part, as they lack what nobody removed",
    prunedRows: "Old change rows deleted so far",
  },
  gauges: {
    polledAtSec: "When the last poll succeeded, Unix seconds",
    version: "RouteVersion.version at the last poll",
    reloadMs: "How long the last read of the whole table took, ms",
    modules: "Modules that have hosts",
    hosts: "Hosts served, of all modules",
    tableBytes: "Memory that the table has",
    heldModules: "Modules without hosts in what is held back",
    heldHosts: "Hosts that what is held back lacks, and that are served on",
    unservableRows: "Rows that cannot be served, at the last read of the whole table",
  },
} as const;

/** A number in {@link WATCHER_COUNTERS}. */
export type WatcherCounter = CounterName<typeof WATCHER_COUNTERS>;

/** Counts what is served from now on. */
export function countTable(counters: Counters<WatcherCounter>, table: RouteTable): void {
  counters.set("modules", table.moduleCount);
  counters.set("hosts", table.hostCount);
  counters.set("tableBytes", table.buffer.byteLength);
}
