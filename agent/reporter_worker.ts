/**
 * The entry file of the reporter client's thread.
 *
 * @module
 */

import { Counters, type Endpoint, runWorker, TCP_COUNTER_NAMES } from "../reactor/mod.ts";
import { configureLogging, type LogConfig } from "../service/logging.ts";
import { createLinkLog } from "./link_log.ts";
import { type Link, shardIndex } from "./messages.ts";
import { REPORTER_CLIENT_COUNTER_NAMES, ReporterClient } from "./reporter_client.ts";

/** What the supervisor gives the reporter client's thread. */
export interface ReporterInit {
  /** How to log. */
  log: LogConfig;
  /** The reporters. */
  endpoints: readonly Endpoint[];
  /** Who reports; see {@link ReporterClient}. */
  caller?: number;
  /** The memory of its counters. */
  counters: SharedArrayBuffer;
  /** The memory of its connection's counters. */
  tcpCounters: SharedArrayBuffer;
}

runWorker<ReporterInit, Link, never>(({ log, endpoints, caller, counters, tcpCounters }) => {
  configureLogging(log);
  const client = new ReporterClient({
    endpoints,
    caller,
    counters: new Counters(REPORTER_CLIENT_COUNTER_NAMES, counters),
    tcpCounters: new Counters(TCP_COUNTER_NAMES, tcpCounters),
    ...createLinkLog("reporter"),
  });
  return {
    onMessage: ({ peer, port }) => client.linkShard(shardIndex(peer), port),
    stop: () => client.stop(),
  };
});
