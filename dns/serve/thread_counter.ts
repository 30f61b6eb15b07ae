/**
 * What a thread that answers counts, besides what the reactor counts of its connections.
 *
 * @module
 */

import type { CounterName } from "../../reactor/mod.ts";

/** What an answering thread counts. */
export const THREAD_COUNTERS = {
  counters: {
    requests: "Routes asked for",
    emptyAnswers: "Answers without a host",
    outOfRange: "Requests with ids that no module can have",
    pushes: "Changed routes pushed",
    droppedSubscriptions:
      "Subscriptions dropped because one connection, or all together, held too many",
  },
  gauges: {
    subscriptions: "Subscriptions held now",
    subscribedModules: "Modules that somebody is subscribed to",
  },
} as const;

/** A number in {@link THREAD_COUNTERS}. */
export type ThreadCounter = CounterName<typeof THREAD_COUNTERS>;
