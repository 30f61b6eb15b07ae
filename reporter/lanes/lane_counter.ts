/**
 * What a lane counts.
 *
 * @module
 */

/**
 * Every number that a lane keeps, with what it means; `pending` goes up and down. Every status received is in one of
 * replaced, refused, written, rejected and, as yet, pending; one that was replaced while it was being written is in two.
 */
export const LANE_COUNTERS = {
  received: "Statuses that came to the lane",
  replaced: "Statuses that gave way to a newer one of the same row",
  refused: "Statuses dropped because they were of a new row and max_pending rows were held",
  written: "Statuses the database has taken",
  rejected: "Statuses given up because the database refuses what is in them",
  pending: "Statuses held now",
  writes: "Writes the database has taken",
  retries: "Writes that failed, to be tried again",
  writeMs: "Time spent in writes, ms",
} as const;

/** The name of one of {@link LANE_COUNTERS}. */
export type LaneCounter = keyof typeof LANE_COUNTERS;

/** The names of {@link LANE_COUNTERS}. */
export const LANE_COUNTER_NAMES = Object.keys(LANE_COUNTERS) as LaneCounter[];
