import { assert, assertEquals, assertGreater, assertGreaterOrEqual } from "@std/assert";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Counters } from "../../reactor/mod.ts";
import { type CallStatus, StoreError, supersedes } from "../../sql/mod.ts";
import { anySeed, SeededRandom } from "../../testing/seeded_random.ts";
import { KeyBudget } from "../status/status_buffer.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { toRows } from "../../testing/reporter/row_fixture.ts";
import { CHUNK_ROWS, Lane, LANE_COUNTERS, type LaneCounter, type LaneStore } from "./lane.ts";

const FLUSH_MS = 200;
const BACKOFF_MS = 50;

/** A database in memory; `onWrite` may make a write fail or wait, before or after it has taken the rows. */
class FakeStore implements LaneStore {
  readonly rows = new Map<string, CallStatus>();
  readonly batches: CallStatus[][] = [];
  isClosed = false;
  onWrite: (statuses: readonly CallStatus[], when: "before" | "after") => void | Promise<void> =
    () => {};

  async write(statuses: readonly CallStatus[]): Promise<void> {
    this.batches.push([...statuses]);
    await this.onWrite(statuses, "before");
    for (const status of statuses) apply(this.rows, status);
    await this.onWrite(statuses, "after");
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** The rule of newest, as the database applies it. */
function apply(rows: Map<string, CallStatus>, status: CallStatus): void {
  const key = JSON.stringify(
    [status.modid, status.cmdid, status.ip, status.port, status.caller],
  );
  const stored = rows.get(key);
  if (stored === undefined || supersedes(status.tsSec, stored.tsSec)) rows.set(key, status);
}

function status(part: Partial<CallStatus> = {}): CallStatus {
  const base = { modid: 1, cmdid: 2, ip: 3, port: 4, caller: 5, succ: 0, err: 0, overload: false };
  return { ...base, tsSec: 1000, ...part };
}

function put(lane: Lane, status: CallStatus): void {
  lane.put(toRows(status), 0);
}

function statuses(count: number): CallStatus[] {
  return Array.from({ length: count }, (_, ip) => status({ ip }));
}

interface Bench {
  lane: Lane;
  clock: VirtualClock;
  store: FakeStore;
  counters: Counters<LaneCounter>;
}

function setUp({ maxPending = 1e6, backoffMs = BACKOFF_MS, open }: {
  maxPending?: number;
  backoffMs?: number;
  open?: (store: FakeStore) => Promise<LaneStore>;
} = {}): Bench {
  const clock = new VirtualClock();
  const store = new FakeStore();
  const counters = new Counters(LANE_COUNTERS);
  const lane = new Lane({
    open: () => open ? open(store) : Promise.resolve(store),
    budget: new KeyBudget(maxPending),
    counters,
    flushMs: FLUSH_MS,
    backoff: { nextMs: () => backoffMs, reset: () => {} },
    clock,
  });
  return { lane, clock, store, counters };
}

/** What a server says of a value that does not fit its column. */
function refusal(): StoreError {
  const cause = Object.assign(new Error("Out of range value"), { sqlState: "22003" });
  return new StoreError({ driver: "sqlite", path: "statuses.db" }, cause);
}

function readCounters(counters: Counters<LaneCounter>): Partial<Record<LaneCounter, number>> {
  return Object.fromEntries(
    counters.names.map((name) => [name, counters.get(name)]).filter(([, value]) => value),
  );
}

Deno.test("Lane.put() writes what is held once the oldest has waited flushMs", async () => {
  const { lane, clock, store, counters } = setUp();
  await clock.advance(1000);
  put(lane, status({ ip: 1 }));
  await clock.advance(FLUSH_MS - 1);
  put(lane, status({ ip: 2 }));
  assertEquals(store.batches, []);
  await clock.advance(1);
  assertEquals(store.batches, [[status({ ip: 1 }), status({ ip: 2 })]]);
  assertEquals(clock.timers, 0);
  put(lane, status({ ip: 3 }));
  await clock.advance(FLUSH_MS);
  assertEquals(store.batches.length, 2);
  assertEquals(readCounters(counters), { received: 3, written: 3, writes: 2 });
});

Deno.test("Lane goes over to another flushMs when the next status comes", async () => {
  const { lane, clock, store } = setUp();
  put(lane, status({ ip: 1 }));
  lane.flushMs = 10;
  await clock.advance(FLUSH_MS - 1);
  assertEquals(store.batches.length, 0);
  await clock.advance(1);
  put(lane, status({ ip: 2 }));
  await clock.advance(10);
  assertEquals(store.batches.length, 2);
});

Deno.test("Lane.put() writes at once when a whole batch is held, and the rest in time", async () => {
  const { lane, clock, store } = setUp();
  for (const each of statuses(CHUNK_ROWS + 5)) put(lane, each);
  await clock.advance(0);
  assertEquals(store.batches.map((batch) => batch.length), [CHUNK_ROWS]);
  assertEquals(lane.pending, 5);
  await clock.advance(FLUSH_MS);
  assertEquals(store.batches.map((batch) => batch.length), [CHUNK_ROWS, 5]);
});

Deno.test("Lane.put() writes in batches, all that was held, when the time has come", async () => {
  const { lane, clock, store } = setUp();
  store.onWrite = () => new Promise<void>((done) => clock.after(10, done));
  for (const each of statuses(4 * CHUNK_ROWS - 1)) put(lane, each);
  await clock.advance(FLUSH_MS - 1);
  assertEquals(store.batches.map((batch) => batch.length), [1000, 1000, 1000, 999]);
});

Deno.test("Lane.put() keeps for the next write what arrives while its row is written", async () => {
  const { lane, clock, store, counters } = setUp();
  const slow = Promise.withResolvers<void>();
  store.onWrite = (_, when) => when === "after" ? slow.promise : undefined;
  put(lane, status({ succ: 1 }));
  await clock.advance(FLUSH_MS);
  put(lane, status({ succ: 2, tsSec: 999 }));
  put(lane, status({ succ: 3, tsSec: 1001 }));
  await clock.advance(10 * FLUSH_MS);
  assertEquals(store.batches.length, 1);
  store.onWrite = () => {};
  slow.resolve();
  await clock.advance(FLUSH_MS);
  assertEquals(store.batches, [[status({ succ: 1 })], [status({ succ: 3, tsSec: 1001 })]]);
  assertEquals(lane.pending, 0);
  assertEquals(readCounters(counters), {
    received: 3,
    replaced: 2, // the outdated one; and the first, by a newer one, although it was written too
    written: 2,
    writes: 2,
    writeMs: 10 * FLUSH_MS,
  });
});

Deno.test("Lane.put() holds the newest of each row while the database is away", async () => {
  let isAway = true;
  const { lane, clock, store, counters } = setUp({
    open: (store) => isAway ? Promise.reject(new Error("away")) : Promise.resolve(store),
  });
  for (let tsSec = 1000; tsSec < 1100; tsSec++) {
    put(lane, status({ ip: 1, tsSec }));
    put(lane, status({ ip: 2, tsSec }));
    await clock.advance(FLUSH_MS);
  }
  assertGreater(counters.get("retries"), 100);
  assertEquals(lane.pending, 2);
  isAway = false;
  await clock.advance(BACKOFF_MS + 2 * FLUSH_MS);
  assertEquals([...store.rows.values()].sort((a, b) => a.ip - b.ip), [
    status({ ip: 1, tsSec: 1099 }),
    status({ ip: 2, tsSec: 1099 }),
  ]);
  assertEquals(lane.pending, 0);
});

Deno.test("Lane.put() refuses and counts new rows when the budget is spent", async () => {
  const { lane, clock, store, counters } = setUp({ maxPending: 2 });
  for (const each of statuses(4)) put(lane, each);
  put(lane, status({ ip: 0, tsSec: 1001 }));
  await clock.advance(FLUSH_MS);
  assertEquals(store.batches, [[status({ ip: 0, tsSec: 1001 }), status({ ip: 1 })]]);
  assertEquals(readCounters(counters), {
    received: 5,
    refused: 2,
    replaced: 1,
    written: 2,
    writes: 1,
  });
});

Deno.test("Lane.put() gives up the rows that the database refuses, and no others", async () => {
  const { lane, clock, store, counters } = setUp();
  const isPoison = ({ ip }: CallStatus) => ip === 0 || ip === 777 || ip === 1499;
  store.onWrite = (batch) => {
    if (batch.some(isPoison)) throw refusal();
  };
  for (const each of statuses(1500)) put(lane, each);
  await clock.advance(FLUSH_MS);
  assertEquals(lane.pending, 0);
  assertEquals(store.rows.size, 1497);
  assertEquals([...store.rows.values()].filter(isPoison), []);
  assertEquals(counters.get("rejected"), 3);
  assertEquals(counters.get("written"), 1497);
});

Deno.test("Lane.put() writes all others past a row that fails for a reason unknown", async () => {
  const { lane, clock, store, counters } = setUp();
  store.onWrite = (batch) => {
    if (batch.some(({ ip }) => ip === 500)) throw new Error("who knows");
  };
  for (const each of statuses(1500)) put(lane, each);
  await clock.advance(FLUSH_MS + 100 * BACKOFF_MS);
  assertEquals(store.rows.size, 1499);
  assertEquals(lane.pending, 1);
  store.onWrite = () => {};
  await clock.advance(FLUSH_MS + BACKOFF_MS);
  assertEquals(store.rows.size, 1500);
  assertEquals(counters.get("rejected"), 0);
});

Deno.test("Lane.put() gives nothing up while the database takes nothing at all", async () => {
  const { lane, clock, store, counters } = setUp();
  store.onWrite = () => {
    throw new Error("away");
  };
  for (const each of statuses(3)) put(lane, each);
  await clock.advance(100 * BACKOFF_MS);
  assertGreater(counters.get("retries"), 50);
  assertEquals(lane.pending, 3);
  store.onWrite = () => {};
  await clock.advance(BACKOFF_MS + FLUSH_MS);
  assertEquals(store.rows.size, 3);
  assertEquals(counters.get("rejected"), 0);
});

Deno.test("Lane.stop() writes at once what is held, however much, and closes", async () => {
  for (const count of [5, 2 * CHUNK_ROWS + 5]) {
    const { lane, clock, store } = setUp();
    for (const each of statuses(count)) put(lane, each);
    assertEquals(await lane.stop(1000), 0);
    assertEquals(store.rows.size, count);
    assert(store.isClosed);
    assertEquals([clock.nowMs(), clock.timers], [0, 0]);
  }
});

Deno.test("Lane.stop() tries at once, however long the wait before the next try is", async () => {
  const { lane, clock, store } = setUp({ backoffMs: 1e6 });
  store.onWrite = () => {
    throw new Error("away");
  };
  put(lane, status());
  await clock.advance(FLUSH_MS);
  store.onWrite = () => {};
  assertEquals(await lane.stop(1000), 0);
  assertEquals(store.rows.size, 1);
});

Deno.test("Lane.stop() opens no connection when nothing was ever held", async () => {
  const { lane, clock } = setUp({ open: () => Promise.reject(new Error("opened")) });
  assertEquals(await lane.stop(1000), 0);
  assertEquals(clock.timers, 0);
});

Deno.test("Lane.stop() goes on trying until its time is over, then tells what is lost", async () => {
  for (const isBackMs of [500, Infinity]) {
    const { lane, clock, store } = setUp();
    store.onWrite = () => {
      if (clock.nowMs() < isBackMs) throw new Error("away");
    };
    for (const each of statuses(3)) put(lane, each);
    await clock.advance(FLUSH_MS);
    const stopped = lane.stop(1000);
    await clock.advance(isBackMs === Infinity ? 1000 : 500);
    assertEquals(await stopped, isBackMs === Infinity ? 3 : 0);
    assert(store.isClosed);
    assertEquals(clock.timers, 0);
  }
});

Deno.test("Lane.stop() does not wait for a write that hangs", async () => {
  const { lane, clock, store } = setUp();
  store.onWrite = () => new Promise<void>(() => {});
  put(lane, status());
  await clock.advance(FLUSH_MS);
  const stopped = lane.stop(1000);
  await clock.advance(1000);
  assertEquals(await stopped, 1);
  assert(store.isClosed);
});

Deno.test("Lane.stop() closes a connection that opens too late", async () => {
  const opening = Promise.withResolvers<void>();
  const { lane, clock, store } = setUp({ open: (store) => opening.promise.then(() => store) });
  put(lane, status());
  await clock.advance(FLUSH_MS);
  const stopped = lane.stop(1000);
  await clock.advance(1000);
  assertEquals(await stopped, 1);
  opening.resolve();
  await nextTurn();
  assert(store.isClosed);
  assertEquals(store.batches, []);
});

Deno.test("Lane leaves in the database what the rule of newest says, whatever happens", async () => {
  for (let round = 0; round < 40; round++) {
    const seed = anySeed();
    try {
      await liveOneLife(new SeededRandom(seed));
    } catch (cause) {
      throw new Error(`failed with seed ${seed}`, { cause });
    }
  }
});

/**
 * One life of a lane: arrivals in bursts, writes that are slow, fail, or fail after the rows were taken, and rows that
 * the database refuses; in the end it works, and half of the lanes are stopped.
 */
async function liveOneLife(random: SeededRandom): Promise<void> {
  const { lane, clock, store, counters } = setUp();
  const keys = 1 + random.below(3000);
  const failPercent = random.below(90);
  const isRefused = ({ ip }: CallStatus) => ip % 997 === 5;
  let isHealthy = false;
  store.onWrite = async (batch) => {
    if (random.below(10) < 3) {
      await new Promise<void>((done) => clock.after(random.below(500), done));
    }
    if (!isHealthy && random.below(100) < failPercent) throw new Error("away");
    if (batch.some(isRefused)) throw refusal();
  };

  const callers = new CallerClocks(random);
  const expected = new Map<string, CallStatus>();
  let arrivals = 0;
  for (let step = 0; step < 20; step++) {
    for (let burst = random.below(random.pick([10, 100, 1500])); burst > 0; burst--) {
      const ip = random.below(keys);
      const arrival = status({ ip, succ: arrivals++, tsSec: callers.readSec(ip) });
      put(lane, arrival);
      if (!isRefused(arrival)) apply(expected, arrival);
    }
    await clock.advance(random.below(400));
  }
  isHealthy = true;
  const stopped = random.below(2) === 0 ? lane.stop(Infinity) : undefined;
  await clock.advance(60_000);
  assertEquals(lane.pending, 0);
  assertEquals(await stopped ?? 0, 0);
  assertEquals(sorted(store.rows), sorted(expected));
  assert(store.batches.every((batch) => batch.length > 0 && batch.length <= CHUNK_ROWS));
  const { received = 0, replaced = 0, written = 0, rejected = 0 } = readCounters(counters);
  assertEquals(received, arrivals);
  assertGreaterOrEqual(replaced + written + rejected, arrivals);
}

/**
 * The clocks of many callers, each a minute's jitter around a time that sometimes jumps, forward or back, to one that it
 * never had: a return to within a minute of an old one is the limit that lane.ts tells of.
 */
class CallerClocks {
  readonly #random: SeededRandom;
  readonly #baseSec = new Map<number, number>();
  #jumps = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  readSec(caller: number): number {
    let baseSec = this.#baseSec.get(caller) ?? 1_000_000_000;
    if (this.#random.below(50) === 0) {
      this.#jumps++;
      baseSec = 1_000_000_000 + this.#random.pick([-1000, 1000]) * this.#jumps;
    }
    this.#baseSec.set(caller, baseSec);
    return baseSec + this.#random.below(61);
  }
}

function sorted(rows: Map<string, CallStatus>): CallStatus[] {
  return [...rows.values()].sort((a, b) => a.ip - b.ip);
}
