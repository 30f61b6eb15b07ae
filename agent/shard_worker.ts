/**
 * The entry file of a shard's thread.
 *
 * @module
 */

import { Counters, runWorker, UDP_COUNTER_NAMES } from "../reactor/mod.ts";
import { configureLogging, type LogConfig } from "../service/logging.ts";
import { commitFault } from "./faults.ts";
import type { ShardTask } from "./messages.ts";
import { Shard, type ShardOptions } from "./shard.ts";
import { SHARD_COUNTER_NAMES } from "./shard_counter.ts";

/** What the supervisor gives a shard's thread. */
export interface ShardInit extends Omit<ShardOptions, "beat" | "counters" | "udpCounters"> {
  /** How to log. */
  log: LogConfig;
  /** The memory of the shard's counters. */
  counters: SharedArrayBuffer;
  /** The memory of its socket's counters. */
  udpCounters: SharedArrayBuffer;
}

runWorker<ShardInit, ShardTask, never>(({ log, counters, udpCounters, ...options }, { beat }) => {
  configureLogging(log);
  const shard = new Shard({
    ...options,
    beat,
    counters: new Counters(SHARD_COUNTER_NAMES, counters),
    udpCounters: new Counters(UDP_COUNTER_NAMES, udpCounters),
  });
  return {
    onMessage(task) {
      if (task.kind === "fault") commitFault(task.fault);
      else if (task.kind === "reload") shard.reload(task.settings);
      else if (task.peer === "dns") shard.linkDns(task.port);
      else shard.linkReporter(task.port);
    },
    stop: () => shard.stop(),
  };
});
