/**
 * What the watcher counts.
 *
 * @module
 */

/** Every number that the watcher keeps, with what it means; what only rises is "so far". */
export const WATCHER_COUNTERS = {
  polls: "Polls of the database that succeeded so far",
  pollFailures: "Polls of the database that failed so far",
  polledAtSec: "When the last poll succeeded, Unix seconds",
  version: "RouteVersion.version at the last poll",
  partialReads: "Reads of just the modules that changes named, so far",
  unexplainedMoves: "Changes of version or change rows that did not say what changed, so far",
  reloads: "Reads of the whole table so far",
  reloadFailures: "Reads of the whole table that failed so far",
  reloadMs: "How long the last read of the whole table took, ms",
  changedModules: "Modules published as changed so far",
  modules: "Modules that have hosts",
  hosts: "Hosts served, of all modules",
  tableBytes: "Size of the table",
  unservableRows: "Rows that cannot be served, at the last read of the whole table",
  prunedRows: "Old change rows deleted so far",
} as const;

/** The name of one of {@link WATCHER_COUNTERS}. */
export type WatcherCounter = keyof typeof WATCHER_COUNTERS;

/** The names of {@link WATCHER_COUNTERS}. */
export const WATCHER_COUNTER_NAMES = Object.keys(WATCHER_COUNTERS) as WatcherCounter[];

/** Those of {@link WATCHER_COUNTERS} that go up and down; the others only rise. */
export const WATCHER_GAUGES = [
  "polledAtSec",
  "version",
  "reloadMs",
  "modules",
  "hosts",
  "tableBytes",
  "unservableRows",
] as const satisfies WatcherCounter[];
