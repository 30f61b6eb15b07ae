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
import type { RoutesChanged } from "../serve/handlers.ts";
import { packModules } from "../routes/module_list.ts";
import { RouteTable } from "../routes/route_table.ts";
import type { Agreement } from "../routes/table_snapshot.ts";
import { WatchLoop } from "./watch_loop.ts";
import { type ReadOutcome, type ReloadSettings, RouteWatcher } from "./watcher.ts";
import { WATCHER_COUNTERS } from "./watcher_counter.ts";

/** When the watcher polls, and what it holds back; it can be told anew at any time. */
export interface WatchSettings extends ReloadSettings {
  /** From one poll to the next, ms. */
  pollMs: number;
}

/** What the watcher begins with. */
export interface WatcherInit {
  /** Where the routes are. */
  store: StoreConfig;
  /** When it polls, and what it holds back. */
  settings: WatchSettings;
  /** The block of counters to keep. */
  counters: SharedArrayBuffer;
  /** How to log. */
  log: LogConfig;
  /** The table to keep: as the watcher left it that this one replaces, or out of a snapshot, or empty. */
  table: SharedArrayBuffer;
  /** When that was last found right; undefined where nobody is served from it yet. */
  agreement?: Agreement;
}

/** What the watcher is told: other settings, or that it is to poll now, which it answers with whether the database did. */
export interface ToWatcher extends Traffic {
  posts: { kind: "settings"; settings: WatchSettings };
  calls: { kind: "refresh" };
  replies: boolean;
}

/**
 * What the watcher says: routes have changed in the table; what became of a full read; the database answers, or does not
 * for a reason; it cannot work on this database at all.
 */
export type WatcherMessage =
  | RoutesChanged
  | { kind: "read"; outcome: ReadOutcome }
  | { kind: "database"; failure?: string }
  | { kind: "failed"; reason: string };

const log = getLogger("lars", "dns", "watcher");

runWorker<WatcherInit, ToWatcher, WatcherMessage>((init, parent) => {
  configureLogging(init.log);
  const counters = new Counters(WATCHER_COUNTERS, init.counters);
  let { settings } = init;
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
        ...settings,
        table: new RouteTable(init.table),
        agreement: init.agreement,
        onRead: (outcome) => parent.post({ kind: "read", outcome }),
        publish: (changed) => parent.post({ kind: "changed", modules: packModules(changed) }),
      }),
    pollMs: () => settings.pollMs,
    counters,
    onDatabase: (failure) => parent.post({ kind: "database", failure }),
  });
  loop.ended.catch((error) => parent.post({ kind: "failed", reason: error.message }));
  return {
    onPost(task) {
      settings = task.settings;
      watcher?.reload(settings);
    },
    onCall: () => loop.refresh(),
    stop: () => loop.stop(),
  };
});
