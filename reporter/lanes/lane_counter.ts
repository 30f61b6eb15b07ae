/**
 * What a lane counts.
 *
 * @module
 */

import type { CounterName } from "../../reactor/mod.ts";

/**
 * What a lane counts. Every status received is in one of replaced, refused, written, rejected and, as yet, pending; one
 * that was replaced while it was being written is in two.
 */
export const LANE_COUNTERS = {
  counters: {
    received: "Statuses that came to the lane",
    replaced: "Statuses that gave way to a newer one of the same row",
    refused: "Statuses dropped because they were of a new row and max_pending rows were held",
    written: "Statuses the database has taken",
    rejected: "Statuses given up because the database refuses what is in them",
    writes: "Writes the database has taken",
    retries: "Writes that failed, to be tried again",
    writeMs: "Time spent in writes, ms",
  },
  gauges: {
    pending: "Statuses held now",
  },
} as const;

/** A number in {@link LANE_COUNTERS}. */
export type LaneCounter = CounterName<typeof LANE_COUNTERS>;
