/**
 * The entry file of the dns client's thread.
 *
 * @module
 */

import { Counters, type Endpoint, runWorker, TCP_COUNTER_NAMES } from "../reactor/mod.ts";
import { configureLogging, type LogConfig } from "../service/logging.ts";
import { DnsClient } from "./dns_client.ts";
import { commitFault } from "./faults.ts";
import { createLinkLog } from "./link_log.ts";
import type { WorkerTask } from "./messages.ts";
import { shardIndex } from "./threads.ts";

/** What the supervisor gives the dns client's thread. */
export interface DnsInit {
  /** How to log. */
  log: LogConfig;
  /** The dns instances. */
  endpoints: readonly Endpoint[];
  /** The memory of its connection's counters. */
  tcpCounters: SharedArrayBuffer;
}

runWorker<DnsInit, WorkerTask, never>(({ log, endpoints, tcpCounters }, { beat }) => {
  configureLogging(log);
  const client = new DnsClient({
    endpoints,
    counters: new Counters(TCP_COUNTER_NAMES, tcpCounters),
    beat,
    ...createLinkLog("dns"),
  });
  return {
    onMessage(task) {
      if (task.kind === "fault") commitFault(task.fault);
      else client.linkShard(shardIndex(task.peer), task.port);
    },
    stop: () => client.stop(),
  };
});
