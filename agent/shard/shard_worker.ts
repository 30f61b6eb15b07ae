/**
 * The entry file of a shard's thread.
 *
 * @module
 */

import { Counters, runWorker, UDP_COUNTERS } from "../../reactor/mod.ts";
import { configureLogging, type LogConfig } from "../../service/observe/logging.ts";
import { commitFault } from "../supervisor/faults.ts";
import type { ShardReply, ShardTask } from "../messages.ts";
import { Shard, type ShardOptions } from "./shard.ts";
import { SHARD_COUNTERS } from "./shard_counter.ts";

/** What the supervisor gives a shard's thread. */
export interface ShardInit extends Omit<ShardOptions, "beat" | "counters" | "udpCounters"> {
  /** How to log. */
  log: LogConfig;
  /** The memory of the shard's counters. */
  counters: SharedArrayBuffer;
  /** The memory of its socket's counters. */
  udpCounters: SharedArrayBuffer;
}

runWorker<ShardInit, ShardTask, ShardReply>((init, { beat, post }) => {
  const { log, counters, udpCounters, ...options } = init;
  configureLogging(log);
  const shard = new Shard({
    ...options,
    beat,
    counters: new Counters(SHARD_COUNTERS, counters),
    udpCounters: new Counters(UDP_COUNTERS, udpCounters),
  });
  return {
    onMessage(task) {
      switch (task.kind) {
        case "fault":
          commitFault(task.fault);
          break;
        case "reload":
          shard.reload(task.settings);
          break;
        case "question":
          shard.answer(task.question).then((answer) => post({ id: task.id, answer }));
          break;
        case "link":
          if (task.peer === "dns") shard.linkDns(task.port);
          else shard.linkReporter(task.port);
      }
    },
    stop: () => shard.stop(),
  };
});
