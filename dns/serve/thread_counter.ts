/**
 * What a thread that answers counts, besides what the reactor counts of its connections.
 *
 * @module
 */

/** Every number that an answering thread keeps, with what it means. */
export const THREAD_COUNTERS = {
  requests: "Routes asked for",
  emptyAnswers: "Answers without a host",
  outOfRange: "Requests with ids that no module can have",
  pushes: "Changed routes pushed",
  subscriptions: "Subscriptions held now",
  subscribedModules: "Modules that somebody is subscribed to",
  droppedSubscriptions:
    "Subscriptions dropped because one connection, or all together, held too many",
} as const;

/** The name of one of {@link THREAD_COUNTERS}. */
export type ThreadCounter = keyof typeof THREAD_COUNTERS;

/** The names of {@link THREAD_COUNTERS}. */
export const THREAD_COUNTER_NAMES = Object.keys(THREAD_COUNTERS) as ThreadCounter[];

/** Those of {@link THREAD_COUNTERS} that go up and down; the others only rise. */
export const THREAD_GAUGES = [
  "subscriptions",
  "subscribedModules",
] as const satisfies ThreadCounter[];
