/**
 * Entry file of the watcher's thread, which alone reads the database: a long read, or a database that does not answer,
 * holds up nobody who asks for a route.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import type { Traffic } from "../../reactor/threads/channel.ts";
import { Counters } from "../../reactor/threads/counters.ts";
import { runWorker } from "../../reactor/threads/worker_entry.ts";
import { configureLogging, type LogConfig } from "../../service/mod.ts";
import { openRouteStore, type StoreConfig } from "../../sql/mod.ts";
import type { TableSwitch } from "../serve/handlers.ts";
import { packModules } from "../routes/module_list.ts";
import { RouteTable } from "../routes/route_table.ts";
import { WatchLoop } from "./watch_loop.ts";
import { RouteWatcher } from "./watcher.ts";
import { WATCHER_COUNTERS } from "./watcher_counter.ts";

/** When the watcher looks; it can be told anew at any time. */
export interface WatchTimes {
  /** From one poll to the next, ms. */
  pollMs: number;
  /** From the beginning of one full read to that of the next, ms. */
  reloadIntervalMs: number;
}

/** What the watcher begins with. */
export interface WatcherInit {
  /** Where the routes are. */
  store: StoreConfig;
  /** When it looks. */
  times: WatchTimes;
  /** The block of counters to keep. */
  counters: SharedArrayBuffer;
  /** How to log. */
  log: LogConfig;
  /** The table that is served already, by the watcher that this one replaces. */
  table?: SharedArrayBuffer;
}

/** What the watcher is told: other times, or that it is to poll now, which it answers with whether the database did. */
export interface ToWatcher extends Traffic {
  posts: { kind: "times"; times: WatchTimes };
  calls: { kind: "refresh" };
  replies: boolean;
}

/**
 * What the watcher says: another table is to be served; the database answers, or does not for a reason; it cannot work on
 * this database at all.
 */
export type WatcherMessage =
  | TableSwitch
  | { kind: "database"; failure?: string }
  | { kind: "failed"; reason: string };

const log = getLogger("lars", "dns", "watcher");

runWorker<WatcherInit, ToWatcher, WatcherMessage>((init, parent) => {
  configureLogging(init.log);
  const counters = new Counters(WATCHER_COUNTERS, init.counters);
  let times = init.times;
  let watcher: RouteWatcher | undefined;
  const loop = new WatchLoop({
    openStore: () =>
      openRouteStore(init.store, {
        onOldLevel: ({ message }) => log.warn(message),
      }),
    createWatcher: (store) =>
      watcher = new RouteWatcher({
        store,
        counters,
        reloadIntervalMs: times.reloadIntervalMs,
        table: init.table && new RouteTable(init.table),
        publish: ({ table, changed }) =>
          parent.post({ kind: "switch", table: table.buffer, changed: packModules(changed) }),
      }),
    pollMs: () => times.pollMs,
    counters,
    onDatabase: (failure) => parent.post({ kind: "database", failure }),
  });
  loop.ended.catch((error) => parent.post({ kind: "failed", reason: error.message }));
  return {
    onPost(task) {
      times = task.times;
      watcher?.setReloadInterval(times.reloadIntervalMs);
    },
    onCall: () => loop.refresh(),
    stop: () => loop.stop(),
  };
});
