import { assertEquals, assertRejects } from "@std/assert";
import { Backoff, Counters } from "../../reactor/mod.ts";
import { LevelError, type RouteStore } from "../../sql/mod.ts";
import { messageOf } from "../../service/observe/log_format.ts";
import { setLogSink } from "../../service/observe/logger.ts";
import { Bell } from "./bell.ts";
import { MemoryRouteStore } from "../../testing/dns/memory_route_store.ts";
import { watchRoutes } from "./watch_loop.ts";
import { RouteWatcher } from "./watcher.ts";
import { WATCHER_COUNTERS } from "./watcher_counter.ts";
import { until } from "../../testing/until.ts";

/** A loop on a database in memory that looks as often as it can. */
function loopOn(
  { openStore, pollMs = () => 1 }: { openStore: () => Promise<RouteStore>; pollMs?: () => number },
) {
  const counters = new Counters(WATCHER_COUNTERS);
  const ending = new AbortController();
  const bell = new Bell();
  const first = Promise.withResolvers<void>();
  const ended = watchRoutes({
    openStore,
    createWatcher: (store) =>
      new RouteWatcher({
        store,
        counters,
        reloadIntervalMs: 10,
        publish: () => first.resolve(),
      }),
    pollMs,
    bell,
    counters,
    signal: ending.signal,
    backoff: new Backoff({ firstMs: 1, maxMs: 1 }),
  });
  return { bell, counters, ended, ending, firstTable: first.promise };
}

/** The messages that `work` logs. */
async function logged(work: () => Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  const before = setLogSink((record) => lines.push(`${record.level}: ${messageOf(record)}`));
  try {
    await work();
  } finally {
    setLogSink(before);
  }
  return lines;
}

Deno.test("watchRoutes() asks before each pause how long it is", async () => {
  const pauses = [1, 2, 60_000];
  const { ended, ending, counters } = loopOn({
    openStore: () => Promise.resolve(new MemoryRouteStore()),
    pollMs: () => pauses.shift()!,
  });
  await until(() => pauses.length === 0);
  assertEquals(counters.get("polls"), 3);
  ending.abort();
  await ended;
});

Deno.test("watchRoutes() looks at once when the bell is rung, once for all who ring", async () => {
  const { bell, ended, ending, counters, firstTable } = loopOn({
    openStore: () => Promise.resolve(new MemoryRouteStore()),
    pollMs: () => 60_000,
  });
  await firstTable;
  for (let looks = 2; looks < 5; looks++) {
    assertEquals(await Promise.all([bell.ring(), bell.ring(), bell.ring()]), [true, true, true]);
    assertEquals(counters.get("polls"), looks);
  }
  ending.abort();
  await ended;
});

Deno.test("watchRoutes() tells who rings that the database does not answer", async () => {
  const { bell, ended, ending } = loopOn({ openStore: () => Promise.reject(new Error("away")) });
  assertEquals(await bell.ring(), false);
  ending.abort();
  await ended;
});

Deno.test("watchRoutes() waits for a database that is away at the start", async () => {
  const store = new MemoryRouteStore();
  let tries = 0;
  const openStore = () => ++tries < 4 ? Promise.reject(new Error("away")) : Promise.resolve(store);
  const { firstTable, ending, ended, counters } = loopOn({ openStore });
  await firstTable;
  assertEquals([tries, counters.get("pollFailures")], [4, 3]);
  ending.abort();
  await ended;
  assertEquals(store.calls.at(-1), "close");
});

Deno.test("watchRoutes() says once that the database is away, and once that it is back", async () => {
  const lines = await logged(async () => {
    const store = new MemoryRouteStore();
    const { firstTable, ending, ended, counters } = loopOn({
      openStore: () => Promise.resolve(store),
    });
    await firstTable;
    for (const outage of [1, 2]) {
      store.failure = new Error(`outage ${outage}`);
      const failures = counters.get("pollFailures");
      await until(() => counters.get("pollFailures") > failures + 3);
      const polls = counters.get("polls");
      store.failure = undefined;
      await until(() => counters.get("polls") > polls + 3);
    }
    ending.abort();
    await ended;
  });
  assertEquals(lines.filter((line) => line.includes("The database")), [
    "error: The database does not answer, it is tried again: outage 1",
    "info: The database answers again",
    "error: The database does not answer, it is tried again: outage 2",
    "info: The database answers again",
  ]);
});

Deno.test("watchRoutes() tells when it last heard of the database", async () => {
  const store = new MemoryRouteStore();
  const { firstTable, ending, ended, counters } = loopOn({
    openStore: () => Promise.resolve(store),
  });
  await firstTable;
  store.failure = new Error("away");
  await until(() => counters.get("pollFailures") > 1);
  const polledAtSec = counters.get("polledAtSec");
  assertEquals(Math.abs(Date.now() / 1000 - polledAtSec) < 60, true);
  const failures = counters.get("pollFailures");
  await until(() => counters.get("pollFailures") > failures + 2);
  assertEquals(counters.get("polledAtSec"), polledAtSec);
  ending.abort();
  await ended;
});

Deno.test("watchRoutes() gives up when the database lacks migrations", async () => {
  const error = new LevelError({ driver: "sqlite", path: "routes.db" }, { level: 0, needed: 2 });
  const { ended } = loopOn({ openStore: () => Promise.reject(error) });
  await assertRejects(() => ended, LevelError, "lars db migrate");
});

Deno.test("watchRoutes() leaves nothing behind with the signal as it goes on", async () => {
  const store = new MemoryRouteStore();
  const { ending, ended, counters } = loopOn({ openStore: () => Promise.resolve(store) });
  const { signal } = ending;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function (...args: unknown[]) {
    listeners++;
    Reflect.apply(addEventListener, signal, args);
  };
  signal.removeEventListener = function (...args: unknown[]) {
    listeners--;
    Reflect.apply(removeEventListener, signal, args);
  };
  await until(() => counters.get("polls") > 5);
  ending.abort();
  await ended;
  assertEquals(listeners, 0);
});
