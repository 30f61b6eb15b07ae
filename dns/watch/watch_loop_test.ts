import { assertEquals, assertRejects } from "@std/assert";
import { Backoff, Counters } from "../../reactor/mod.ts";
import { messageOf } from "../../service/observe/log_format.ts";
import { setLogSink } from "../../service/observe/logger.ts";
import { LevelError } from "../../sql/mod.ts";
import { MemoryRouteStore } from "../../testing/dns/memory_route_store.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { RouteTable } from "../routes/route_table.ts";
import { WatchLoop, type WatchLoopOptions } from "./watch_loop.ts";
import { RouteWatcher, type WatchedStore } from "./watcher.ts";
import { WATCHER_COUNTERS } from "./watcher_counter.ts";

const AWAY = () => Promise.reject(new Error("away"));

/** A loop on a database in memory that polls every second, and tries again after 100, 200 and 400 ms. */
function startLoop(options: Partial<WatchLoopOptions> = {}) {
  const clock = new VirtualClock();
  const counters = new Counters(WATCHER_COUNTERS);
  const store = new MemoryRouteStore();
  const loop = new WatchLoop({
    openStore: () => Promise.resolve<WatchedStore>(store),
    createWatcher: (store) =>
      new RouteWatcher({
        table: RouteTable.create(),
        store,
        counters,
        reloadIntervalMs: 1e6,
        guard: { percent: 50, confirmations: 6 },
        publish: () => {},
      }),
    pollMs: () => 1000,
    counters,
    backoff: new Backoff({ firstMs: 100, maxMs: 400, random: () => 1 }),
    clock,
    ...options,
  });
  const polls = () => [counters.get("polls"), counters.get("pollFailures")];
  return { clock, counters, loop, polls, store };
}

Deno.test("WatchLoop asks before each pause how long it is", async () => {
  const pauses = [10, 20, 60_000];
  const { clock, loop, polls } = startLoop({ pollMs: () => pauses.shift()! });
  for (const [ms, times] of [[0, 1], [9, 1], [1, 2], [20, 3], [59_999, 3], [1, 4]]) {
    await clock.advance(ms);
    assertEquals(polls(), [times, 0]);
  }
  await loop.stop();
  assertEquals(clock.timers, 0);
});

Deno.test("WatchLoop.refresh() polls soon, once for all who want it", async () => {
  const { clock, loop, polls } = startLoop();
  await clock.advance(100);
  for (let times = 2; times < 5; times++) {
    const refreshes = Promise.all([loop.refresh(), loop.refresh(), loop.refresh()]);
    await clock.advance(5);
    assertEquals(await refreshes, [true, true, true]);
    assertEquals(polls(), [times, 0]);
  }
  await loop.stop();
});

Deno.test("WatchLoop.refresh() leaves the database 5 ms between two polls", async () => {
  const { clock, loop, polls } = startLoop();
  for (let ms = 0; ms < 100; ms++) {
    void loop.refresh();
    await clock.advance(1);
  }
  assertEquals(polls(), [21, 0]); // the first at 0 ms, the last at 100
  await loop.stop();
});

Deno.test("WatchLoop.refresh() says that the database does not answer, and when the loop has stopped", async () => {
  const { clock, loop } = startLoop({ openStore: AWAY });
  const refresh = loop.refresh();
  await clock.advance(5);
  assertEquals(await refresh, false);
  const late = loop.refresh();
  await loop.stop();
  assertEquals(await late, false);
});

Deno.test("WatchLoop tries again after growing waits while the database is away at the start", async () => {
  let tries = 0;
  const { clock, loop, polls, store } = startLoop({
    openStore: () => ++tries < 5 ? AWAY() : Promise.resolve(store),
  });
  for (const [ms, failures] of [[0, 1], [99, 1], [1, 2], [200, 3], [400, 4], [399, 4]]) {
    await clock.advance(ms);
    assertEquals(polls(), [0, failures]);
  }
  await clock.advance(1);
  assertEquals(polls(), [1, 4]);
  await loop.stop();
  assertEquals(store.calls.at(-1), "close");
});

Deno.test("WatchLoop says once that the database is away, and once that it is back", async () => {
  const lines: string[] = [];
  const told: (string | undefined)[] = [];
  const before = setLogSink((record) => lines.push(`${record.level}: ${messageOf(record)}`));
  const { clock, loop, store } = startLoop({ onDatabase: (failure) => told.push(failure) });
  for (const failure of [undefined, "outage 1", undefined, "outage 2", undefined]) {
    store.failure = failure === undefined ? undefined : new Error(failure);
    await clock.advance(5000);
  }
  await loop.stop();
  setLogSink(before);
  assertEquals(lines.filter((line) => line.includes("The database")), [
    "error: The database does not answer, it is tried again: outage 1",
    "info: The database answers again",
    "error: The database does not answer, it is tried again: outage 2",
    "info: The database answers again",
  ]);
  assertEquals(told, [undefined, "outage 1", undefined, "outage 2", undefined]);
});

Deno.test("WatchLoop tells when it last heard of the database", async () => {
  const { clock, counters, loop, store } = startLoop();
  await clock.advance(0);
  const startSec = clock.nowSec();
  assertEquals(counters.get("polledAtSec"), startSec);
  await clock.advance(1000);
  store.failure = new Error("away");
  await clock.advance(10_000);
  assertEquals(counters.get("polledAtSec"), startSec + 1);
  await loop.stop();
});

Deno.test("WatchLoop gives up when the database lacks migrations", async () => {
  const error = new LevelError({ driver: "sqlite", path: "routes.db" }, { level: 0, needed: 2 });
  const { loop } = startLoop({ openStore: () => Promise.reject(error) });
  await assertRejects(() => loop.ended, LevelError, "lars db migrate");
});
