/**
 * What the keeping of a snapshot counts.
 *
 * @module
 */

import type { CounterName } from "../../reactor/threads/counters.ts";

/** What a {@link SnapshotKeeper} counts. */
export const SNAPSHOT_COUNTERS = {
  counters: {
    writes: "Snapshots written so far",
    writeFailures: "Snapshots that could not be written so far",
  },
  gauges: {
    writtenAtSec: "When the last snapshot was written, Unix seconds",
    bytes: "Size of the last snapshot written",
    writeMs: "How long writing the last snapshot took, ms",
  },
} as const;

/** A number in {@link SNAPSHOT_COUNTERS}. */
export type SnapshotCounter = CounterName<typeof SNAPSHOT_COUNTERS>;
