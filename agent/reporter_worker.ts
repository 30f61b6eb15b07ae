/**
 * The entry file of the reporter client's thread.
 *
 * @module
 */

import { Counters, type Endpoint, runWorker, TCP_COUNTER_NAMES } from "../reactor/mod.ts";
import { getLogger } from "../service/logger.ts";
import { configureLogging, type LogConfig } from "../service/logging.ts";
import { commitFault } from "./faults.ts";
import { createLinkLog } from "./link_log.ts";
import type { WorkerTask } from "./messages.ts";
import { REPORTER_CLIENT_COUNTER_NAMES, ReporterClient } from "./reporter_client.ts";
import { shardIndex } from "./threads.ts";

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

const logger = getLogger("lars", "agent", "reporter");

runWorker<ReporterInit, WorkerTask, never>((init, { beat }) => {
  const { log, endpoints, caller, counters, tcpCounters } = init;
  configureLogging(log);
  const client = new ReporterClient({
    endpoints,
    caller,
    counters: new Counters(REPORTER_CLIENT_COUNTER_NAMES, counters),
    tcpCounters: new Counters(TCP_COUNTER_NAMES, tcpCounters),
    beat,
    ...createLinkLog("reporter"),
  });
  return {
    onMessage(task) {
      if (task.kind === "fault") commitFault(task.fault);
      else client.linkShard(shardIndex(task.peer), task.port);
    },
    async stop() {
      const modules = await client.stop();
      if (modules > 0) {
        logger.warn(
          "The last statuses of {modules} modules are lost: no reporter took them in time",
          {
            modules,
          },
        );
      }
    },
  };
});
