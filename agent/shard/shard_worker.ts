/**
 * The entry file of a shard's thread.
 *
 * @module
 */

import { Counters, runWorker, UDP_COUNTERS } from "../../reactor/mod.ts";
import { configureLogging, type LogConfig } from "../../service/observe/logging.ts";
import { commitFault } from "../supervisor/faults.ts";
import type { ToShard } from "../messages.ts";
import { Shard, type ShardOptions } from "./shard.ts";
import { SHARD_COUNTERS } from "./shard_counter.ts";

/** What the supervisor gives a shard's thread. */
export interface ShardInit
  extends Omit<ShardOptions, "beat" | "clock" | "counters" | "listen" | "udpCounters"> {
  /** How to log. */
  log: LogConfig;
  /** The memory of the shard's counters. */
  counters: SharedArrayBuffer;
  /** The memory of its socket's counters. */
  udpCounters: SharedArrayBuffer;
}

runWorker<ShardInit, ToShard>((init, { beat }) => {
  const { log, counters, udpCounters, ...options } = init;
  configureLogging(log);
  const shard = new Shard({
    ...options,
    beat,
    counters: new Counters(SHARD_COUNTERS, counters),
    udpCounters: new Counters(UDP_COUNTERS, udpCounters),
  });
  return {
    onPost(task) {
      switch (task.kind) {
        case "fault":
          commitFault(task.fault);
          break;
        case "reload":
          shard.reload(task.settings);
          break;
        case "link":
          if (task.peer === "dns") shard.linkDns(task.port);
          else shard.linkReporter(task.port);
      }
    },
    onCall: (request) => shard.explain(request),
    stop: () => shard.stop(),
  };
});
