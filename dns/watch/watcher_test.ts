import { assertEquals, assertRejects } from "@std/assert";
import { decodeRoute, type ModuleName } from "../../proto/mod.ts";
import { Counters, decodeDatagram } from "../../reactor/mod.ts";
import { messageOf } from "../../service/observe/log_format.ts";
import { setLogSink } from "../../service/observe/logger.ts";
import { MemoryRouteStore } from "../../testing/dns/memory_route_store.ts";
import { anySeed, SeededRandom } from "../../testing/seeded_random.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { RouteTable } from "../routes/route_table.ts";
import { RouteTableWriter } from "../routes/route_table_writer.ts";
import type { Agreement } from "../routes/table_snapshot.ts";
import { type ReadOutcome, RouteWatcher } from "./watcher.ts";
import { WATCHER_COUNTERS } from "./watcher_counter.ts";

const RELOAD_INTERVAL_MS = 10_000;
const GUARD = { percent: 50, confirmations: 6 };

/** What was published: which modules, and of which the table's answer had become another one since it was served last. */
interface Published {
  changed: ModuleName[];
  differing: number[];
}

/** A watcher on a database in memory, with a clock that the test moves. */
class Watched {
  readonly store: MemoryRouteStore;
  readonly counters = new Counters(WATCHER_COUNTERS);
  readonly published: Published[] = [];
  readonly outcomes: ReadOutcome[] = [];
  readonly watcher: RouteWatcher;
  readonly table: RouteTable;
  readonly #clock = new VirtualClock();
  #answers = new Map<number, string>();

  constructor(
    store = new MemoryRouteStore(),
    table = RouteTable.create(),
    agreement?: Agreement,
  ) {
    this.store = store;
    this.table = table;
    this.#answers = answersOf(table);
    this.watcher = new RouteWatcher({
      store,
      publish: (changed) => {
        const before = this.#answers;
        const answers = this.#answers = answersOf(table);
        const modids = new Set([...before.keys(), ...answers.keys()]);
        const differing = [...modids].filter((modid) => before.get(modid) !== answers.get(modid));
        this.published.push({ changed, differing: differing.sort() });
      },
      onRead: (outcome) => {
        this.outcomes.push(outcome);
        if (outcome.agreement !== undefined) this.#answers = answersOf(table);
      },
      table,
      agreement,
      reloadIntervalMs: RELOAD_INTERVAL_MS,
      guard: GUARD,
      counters: this.counters,
      clock: this.#clock,
    });
  }

  get nowMs(): number {
    return this.#clock.nowMs();
  }

  set nowMs(ms: number) {
    this.#clock.skipTo(ms);
  }

  /** One poll, and the full read that it began. */
  async poll(): Promise<void> {
    await this.watcher.poll();
    await this.watcher.reloading;
  }

  /** Forgets what was published and called so far. */
  forget(): this {
    this.published.length = 0;
    this.store.chunks = 0;
    this.store.calls.length = 0;
    return this;
  }

  /** The modids published as changed since, one list per table. */
  get changed(): number[][] {
    return this.published.map(({ changed }) => changed.map(({ modid }) => modid).sort());
  }
}

function module(modid: number): ModuleName {
  return { modid, cmdid: 1 };
}

function host(port: number) {
  return { ip: 0x7f000001, port };
}

function answersOf(table: RouteTable): Map<number, string> {
  return new Map(
    Array.from(table.modules(), (module) => [module.modid, table.frame(module)!.join()]),
  );
}

function portsOf(table: RouteTable, modid: number): number[] {
  const frame = table.frame(module(modid));
  return frame ? decodeRoute(decodeDatagram(frame)!.body).hosts.map((h) => h.port) : [];
}

/** A watcher that has read modules 1, 2 and 3 with a host each. */
async function watching(): Promise<Watched> {
  const watched = new Watched();
  for (const modid of [1, 2, 3]) watched.store.insert(module(modid), host(80));
  await watched.poll();
  assertEquals(watched.table.moduleCount, 3);
  return watched.forget();
}

Deno.test("RouteWatcher.poll() reads everything at first, and publishes nothing", async () => {
  const watched = new Watched();
  watched.store.insert(module(1), host(80));
  await watched.poll();
  assertEquals(portsOf(watched.table, 1), [80]);
  assertEquals([watched.changed, watched.outcomes[0]?.agreement?.changeId], [[], 0]);
});

Deno.test("RouteWatcher.poll() only reads the position when nothing moved", async () => {
  const watched = await watching();
  await watched.poll();
  assertEquals([watched.store.calls, watched.published], [["readPosition"], []]);
});

Deno.test("RouteWatcher.poll() reads just the modules that changes name", async () => {
  const watched = await watching();
  await watched.store.addHosts(module(2), [host(81)]);
  await watched.store.addHosts(module(4), [host(82)]);
  await watched.store.removeHosts(module(1));
  await watched.poll();
  assertEquals(watched.store.calls, ["readPosition", "readChanges", "readModules"]);
  assertEquals(watched.changed, [[1, 2, 4]]);
  assertEquals([1, 2, 3, 4].map((modid) => portsOf(watched.table, modid)), [[], [80, 81], [80], [
    82,
  ]]);
  await watched.forget().poll();
  assertEquals(watched.store.calls, ["readPosition"]);
});

Deno.test("RouteWatcher.poll() publishes nothing when an announced module is as it was", async () => {
  const watched = await watching();
  watched.store.announce(module(2));
  watched.store.announce(module(9));
  await watched.poll();
  assertEquals(watched.published, []);
});

Deno.test("RouteWatcher.poll() reads everything at once when the version moved alone", async () => {
  const watched = await watching();
  watched.store.delete(module(2));
  watched.store.version++;
  await watched.poll();
  assertEquals(watched.changed, [[2]]);
  assertEquals(portsOf(watched.table, 2), []);
});

Deno.test("RouteWatcher.poll() reads everything at once when change rows were deleted", async () => {
  const watched = await watching();
  await watched.store.addHosts(module(2), [host(81)]);
  await watched.poll();
  watched.store.changes = [];
  watched.store.insert(module(3), host(83));
  await watched.forget().poll();
  assertEquals(watched.changed, [[3]]);
});

Deno.test("RouteWatcher.poll() passes over changes of modules that cannot be", async () => {
  const watched = await watching();
  watched.store.announce({ modid: 4294967295, cmdid: 0 });
  await watched.poll();
  assertEquals(watched.store.calls, ["readPosition", "readChanges"]);
});

Deno.test("RouteWatcher finds unannounced edits when the reload interval is over", async () => {
  const watched = await watching();
  watched.store.delete(module(1));
  watched.store.insert(module(3), host(81));
  watched.store.insert(module(5), host(80));
  watched.nowMs = RELOAD_INTERVAL_MS - 1;
  await watched.poll();
  assertEquals(watched.published, []);
  watched.nowMs = RELOAD_INTERVAL_MS;
  await watched.poll();
  assertEquals(watched.changed, [[1, 3, 5]]);
});

Deno.test("RouteWatcher.reload() counts an interval from now on where that is sooner", async () => {
  const watched = await watching();
  async function reloadsAt(nowMs: number): Promise<boolean> {
    const before = watched.counters.get("reloads");
    watched.nowMs = nowMs;
    await watched.poll();
    return watched.counters.get("reloads") > before;
  }
  watched.nowMs = 1000;
  watched.watcher.reload({ reloadIntervalMs: 500, guard: GUARD });
  assertEquals([await reloadsAt(1499), await reloadsAt(1500)], [false, true]);
  assertEquals([await reloadsAt(1999), await reloadsAt(2000)], [false, true]);
  watched.watcher.reload({ reloadIntervalMs: 5000, guard: GUARD });
  assertEquals([await reloadsAt(2499), await reloadsAt(2500)], [false, true]);
  assertEquals([await reloadsAt(7499), await reloadsAt(7500)], [false, true]);
});

Deno.test("RouteWatcher reads everything for at most a fifth of the time", async () => {
  const watched = await watching();
  watched.store.midway = () => {
    watched.nowMs += 3000;
    return Promise.resolve();
  };
  watched.nowMs = 10_000;
  await watched.poll(); // until 13,000
  assertEquals(watched.counters.get("reloadMs"), 3000);
  const reloadsAt: number[] = [];
  for (; watched.nowMs < 75_000; watched.nowMs += 200) {
    const reloads = watched.counters.get("reloads");
    const nowMs = watched.nowMs;
    await watched.poll();
    if (watched.counters.get("reloads") > reloads) reloadsAt.push(nowMs);
  }
  assertEquals(reloadsAt, [25_000, 40_000, 55_000, 70_000]);
});

/** Stops the next full read of `watched` after its first batch; the function lets it go on. */
function holdReload(watched: Watched): { reached: Promise<void>; release: () => void } {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  watched.store.midway = () => {
    watched.store.midway = undefined;
    reached.resolve();
    return released.promise;
  };
  return { reached: reached.promise, release: released.resolve };
}

Deno.test("RouteWatcher keeps what polls brought when a full read that began before ends", async () => {
  const watched = await watching();
  watched.nowMs = RELOAD_INTERVAL_MS;
  watched.store.insert(module(3), host(90)); // unannounced: only the full read sees it
  const { reached, release } = holdReload(watched);
  await watched.watcher.poll();
  await reached;
  await watched.store.addHosts(module(1), [host(81)]);
  await watched.store.removeHosts(module(2));
  await watched.store.addHosts(module(7), [host(80)]);
  await watched.watcher.poll();
  assertEquals(watched.changed, [[1, 2, 7]]);
  release();
  await watched.watcher.reloading;
  assertEquals(watched.changed, [[1, 2, 7], [3]]);
  assertEquals(
    [1, 2, 3, 7].map((modid) => portsOf(watched.table, modid)),
    [[80, 81], [], [80, 90], [80]],
  );
});

Deno.test("RouteWatcher has changes that came during its very first read in its first table", async () => {
  const watched = new Watched();
  watched.store.insert(module(1), host(80));
  const { reached, release } = holdReload(watched);
  await watched.watcher.poll();
  await reached;
  await watched.store.addHosts(module(1), [host(81)]);
  await watched.watcher.poll();
  assertEquals(watched.published, []);
  release();
  await watched.watcher.reloading;
  assertEquals(portsOf(watched.table, 1), [80, 81]);
});

Deno.test("RouteWatcher reads everything again when an unexplained move came during a full read", async () => {
  const watched = await watching();
  watched.nowMs = RELOAD_INTERVAL_MS;
  const { reached, release } = holdReload(watched);
  await watched.watcher.poll();
  await reached;
  watched.store.delete(module(2));
  watched.store.version++;
  await watched.watcher.poll();
  release();
  await watched.watcher.reloading;
  await watched.poll();
  assertEquals(watched.changed, [[2]]);
});

Deno.test("RouteWatcher.poll() rejects while the database is away, and misses nothing afterwards", async () => {
  for (const call of ["readPosition", "readChanges", "readModules"]) {
    const watched = await watching();
    await watched.store.addHosts(module(2), [host(81)]);
    watched.store.failNext = call;
    await assertRejects(() => watched.watcher.poll(), Error, call);
    await watched.poll();
    assertEquals(watched.changed, [[2]], call);
    assertEquals(watched.store.calls.includes("readAll"), false);
  }
});

Deno.test("RouteWatcher tries a full read that failed again, after a while", async () => {
  const watched = await watching();
  watched.nowMs = RELOAD_INTERVAL_MS;
  watched.store.insert(module(3), host(81));
  watched.store.midway = () => {
    watched.store.midway = undefined;
    return Promise.reject(new Error("away"));
  };
  await watched.poll();
  await watched.poll();
  assertEquals([watched.counters.get("reloadFailures"), watched.published.length], [1, 0]);
  watched.nowMs += 100;
  await watched.poll();
  assertEquals(watched.changed, [[3]]);
});

Deno.test("RouteWatcher goes on from a table that is served already", async () => {
  const before = await watching();
  before.store.insert(module(9), host(80));
  before.nowMs = RELOAD_INTERVAL_MS;
  await before.poll();
  before.store.insert(module(1), host(81));
  const after = new Watched(before.store, before.table, before.outcomes.at(-1)!.agreement);
  await after.poll();
  assertEquals(after.changed, [[1]]);
});

Deno.test("RouteWatcher.stop() ends a full read and publishes no more", async () => {
  const watched = await watching();
  watched.nowMs = RELOAD_INTERVAL_MS;
  for (let port = 81; port < 91; port++) watched.store.insert(module(3), host(port));
  const { reached, release } = holdReload(watched);
  await watched.watcher.poll();
  await reached;
  const stopped = watched.watcher.stop();
  release();
  await stopped;
  assertEquals([watched.published, watched.store.chunks], [[], 2]);
});

/** A watcher for which so many change rows are due to be pruned at its next poll. */
async function pruningDue(rows: number): Promise<Watched> {
  const watched = await watching();
  for (let i = 0; i <= rows; i++) await watched.store.announce(module(1));
  await watched.poll(); // seen
  watched.nowMs = 60_000;
  await watched.poll(); // seen for a minute; prunes only what was seen a minute before
  watched.nowMs = 120_000;
  return watched;
}

Deno.test("RouteWatcher prunes old change rows", async () => {
  const watched = await pruningDue(2);
  await watched.watcher.poll();
  await watched.watcher.pruning;
  assertEquals(watched.store.changes.map(({ id }) => id), [3]);
  assertEquals(watched.counters.get("prunedRows"), 2);
});

Deno.test("RouteWatcher prunes in steps, for which no poll waits", async () => {
  const watched = await pruningDue(12_000);
  const { store, watcher } = watched;
  const limits: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const prune = store.pruneChanges;
  store.pruneChanges = async (options) => {
    limits.push(options.limit);
    await promise;
    return await prune.call(store, options);
  };
  await watcher.poll();
  await store.addHosts(module(1), [host(200)]);
  watched.nowMs = 180_000; // the next pruning is due, while one is at work
  await watched.poll();
  assertEquals(portsOf(watched.table, 1).at(-1), 200);
  assertEquals(limits.length, 1);
  resolve();
  await watcher.pruning;
  assertEquals(limits, [5000, 5000, 5000]);
  assertEquals([store.changes.length, watched.counters.get("prunedRows")], [2, 12_000]);
});

Deno.test("RouteWatcher.stop() ends the pruning after its step", async () => {
  const watched = await pruningDue(12_000);
  await watched.watcher.poll();
  await watched.watcher.stop();
  assertEquals(watched.counters.get("prunedRows"), 5000);
});

Deno.test("RouteWatcher serves on where it may not prune, and says so once until it may", async () => {
  const watched = await pruningDue(2);
  const { store } = watched;
  const prune = store.pruneChanges;
  const lines: string[] = [];
  const before = setLogSink((record) => lines.push(messageOf(record)));
  try {
    for (const [i, mayPrune] of [false, false, true, false].entries()) {
      store.pruneChanges = mayPrune ? prune : () => Promise.reject(new Error("denied"));
      await store.addHosts(module(1), [host(201 + i)]);
      await watched.poll();
      await watched.watcher.pruning;
      watched.nowMs += 60_000;
    }
  } finally {
    setLogSink(before);
  }
  assertEquals(portsOf(watched.table, 1).at(-1), 204);
  assertEquals(lines, Array(2).fill("Deleting old rows of RouteChange failed: denied"));
});

Deno.test("RouteWatcher serves no host of weight 0, and publishes when one becomes it or is it no more", async () => {
  const watched = await watching();
  const [row] = watched.store.rows;
  const served: unknown[] = [];
  for (const weight of [0, 0, 100]) {
    row.weight = weight;
    watched.store.announce(module(1));
    await watched.poll();
    served.push([watched.changed.length, portsOf(watched.table, 1)]);
  }
  row.weight = 0; // by hand: nobody announced it
  watched.nowMs = RELOAD_INTERVAL_MS;
  await watched.poll();
  served.push([watched.changed.length, portsOf(watched.table, 1)]);
  assertEquals(served, [[1, []], [1, []], [2, [80]], [3, []]]);
  assertEquals(watched.counters.get("unservableRows"), 0);
});

Deno.test("RouteWatcher leaves out and counts rows that cannot be served", async () => {
  const watched = new Watched();
  watched.store.insert(module(1), host(80));
  watched.store.insert(module(1), host(0));
  watched.store.insert(module(2), host(70_000));
  await watched.poll();
  assertEquals([portsOf(watched.table, 1), watched.table.moduleCount], [[80], 1]);
  assertEquals(watched.counters.get("unservableRows"), 2);
});

Deno.test("RouteWatcher follows announced changes without full reads, in whatever order they commit", async () => {
  const seed = anySeed();
  const random = new SeededRandom(seed);
  const watched = await watching();
  const { store } = watched;
  const open: (() => void)[] = [];
  for (let step = 0; step < 2000; step++) {
    if (random.below(2) > 0) {
      const modid = random.below(9);
      const show = store.begin(module(modid));
      open.push(() => {
        if (random.below(2) > 0) store.insert(module(modid), host(1 + random.below(5)));
        else store.delete(module(modid));
        show();
      });
    }
    // Never more than a few at a time are open: what a database allows.
    while (open.length > random.below(6)) open.splice(random.below(open.length), 1)[0]();
    if (random.below(3) > 0) continue;
    await watched.watcher.poll();
    for (let modid = 0; modid < 9; modid++) {
      assertEquals(
        portsOf(watched.table, modid),
        servablePorts(store, modid),
        `seed ${seed}, step ${step}`,
      );
    }
  }
  assertEquals(store.calls.includes("readAll"), false, `seed ${seed}`);
  assertOnlyChangesPublished(watched, `seed ${seed}`);
});

Deno.test("RouteWatcher converges through random edits and publishes only what changed", async () => {
  const seed = anySeed();
  const random = new SeededRandom(seed);
  const store = new MemoryRouteStore();
  const instances = [new Watched(store), new Watched(store)];
  const uncommitted: (() => void)[] = [];
  const edits: (() => void)[] = [
    () => store.addHosts(module(random.below(9)), [host(1 + random.below(5))]),
    () => store.removeHosts(module(random.below(9))),
    () => store.insert(module(random.below(9)), host(random.below(5))),
    () => store.delete(module(random.below(9))),
    () => store.announce(module(random.below(9))),
    () => store.version++,
    () => store.changes = store.changes.filter(() => random.below(3) > 0),
    () => store.changes = [],
    () => {
      // A transaction that takes its id now and shows its row, with the edit, later.
      const modid = random.below(9);
      const show = store.begin(module(modid));
      uncommitted.push(() => {
        store.insert(module(modid), host(1 + random.below(5)));
        show();
      });
    },
    () => uncommitted.splice(random.below(uncommitted.length), 1).forEach((commit) => commit()),
    () => store.failure = new Error("away"),
    () => store.failure = undefined,
    () => store.failure = undefined,
  ];
  for (let step = 0; step < 3000; step++) {
    random.pick(edits)();
    for (const instance of instances) {
      instance.nowMs += random.below(400);
      if (random.below(3) > 0) await instance.watcher.poll().catch(() => {});
      if (random.below(3) > 0) await instance.watcher.reloading;
    }
  }
  store.failure = undefined;
  for (const [i, instance] of instances.entries()) {
    instance.nowMs += 100 * RELOAD_INTERVAL_MS;
    await instance.watcher.reloading;
    await instance.poll();
    await instance.poll();
    const where = `seed ${seed}, instance ${i}`;
    for (let modid = 0; modid < 9; modid++) {
      assertEquals(portsOf(instance.table, modid), servablePorts(store, modid), where);
    }
    assertOnlyChangesPublished(instance, where);
  }
});

/** What is served has changed in exactly the modules that were published. */
function assertOnlyChangesPublished({ published }: Watched, where: string): void {
  for (const { changed, differing } of published) {
    assertEquals(changed.map(({ modid }) => modid).sort(), differing, where);
    assertEquals(changed.length > 0, true, where);
  }
}

function servablePorts(store: MemoryRouteStore, modid: number): number[] {
  const ports = store.rows.filter((row) => row.modid === modid && row.port > 0).map((r) => r.port);
  return [...new Set(ports)];
}

/** A watcher of modules 1 to 3 with six hosts each, and how to let it read everything once more. */
async function guarding() {
  const watched = new Watched();
  for (const modid of [1, 2, 3]) {
    for (let port = 80; port < 86; port++) watched.store.insert(module(modid), host(port));
  }
  await watched.poll();
  assertEquals(watched.outcomes.pop()?.agreement?.changeId, 0);
  const { store } = watched.forget();
  return {
    watched,
    store,
    readAgain: async () => {
      watched.nowMs += RELOAD_INTERVAL_MS;
      await watched.poll();
      return watched.outcomes.at(-1)!;
    },
  };
}

Deno.test("RouteWatcher serves on what a table lacks that somebody has emptied, until that is accepted", async () => {
  const { watched, store, readAgain } = await guarding();
  store.rows = [];
  for (let reads = 1; reads <= 20; reads++) {
    const { held, agreement } = await readAgain();
    assertEquals([held?.hosts, held?.reads, agreement], [18, reads, undefined]);
  }
  assertEquals([watched.published, watched.counters.get("heldHosts")], [[], 18]);

  await store.acceptLoss();
  await watched.poll(); // need not wait for the next full read
  assertEquals([watched.changed, watched.counters.get("heldHosts")], [[[1, 2, 3]], 0]);
  assertEquals(watched.outcomes.at(-1)?.agreement?.acceptedId, 1);
});

Deno.test("RouteWatcher follows announced changes while it holds a full read back", async () => {
  const { watched, store, readAgain } = await guarding();
  store.rows = [];
  await readAgain();
  await store.removeHosts(module(1));
  await store.addHosts(module(4), [host(90)]);
  await watched.poll();
  assertEquals([1, 2, 4].map((modid) => portsOf(watched.table, modid).length), [0, 6, 1]);
  const { held } = await readAgain();
  assertEquals([held?.modules, held?.hosts], [2, 12]);
});

Deno.test("RouteWatcher holds back the loss of a module alone, and confirms it by further reads", async () => {
  const { watched, store, readAgain } = await guarding();
  store.delete(module(2));
  store.insert(module(3), host(90));
  assertEquals((await readAgain()).held?.isAll, false);
  assertEquals(watched.changed, [[3]]);
  for (let reads = 2; reads < GUARD.confirmations; reads++) {
    assertEquals((await readAgain()).held?.reads, reads);
  }
  assertEquals(portsOf(watched.table, 2).length, 6);
  assertEquals((await readAgain()).held, undefined);
  assertEquals(portsOf(watched.table, 2).length, 0);
});

Deno.test("RouteWatcher holds nothing back of changes that are announced, however many at once", async () => {
  const { watched, store } = await guarding();
  for (let modid = 1; modid <= 3; modid++) store.delete(module(modid));
  for (let modid = 1; modid <= 1500; modid++) store.announce(module(modid)); // too many to follow
  await watched.poll();
  assertEquals(watched.counters.get("unexplainedMoves"), 2);
  assertEquals([watched.changed, watched.outcomes.at(-1)?.held], [[[1, 2, 3]], undefined]);
});

Deno.test("RouteWatcher keeps what a poll reads while a loss is judged", async () => {
  const { watched, store } = await guarding();
  store.delete(module(2));
  const readChanges = store.readChanges.bind(store);
  store.readChanges = async () => {
    store.readChanges = readChanges;
    await store.removeHosts(module(2));
    await store.addHosts(module(3), [host(90)]);
    await watched.watcher.poll();
    return [];
  };
  watched.nowMs += RELOAD_INTERVAL_MS;
  await watched.poll();
  assertEquals(watched.changed, [[2, 3]]);
  assertEquals([2, 3].map((modid) => portsOf(watched.table, modid).at(-1)), [undefined, 90]);
});

Deno.test("RouteWatcher holds what the database has at the start against a snapshot", async () => {
  const { table } = (await guarding()).watched;
  const agreement = { atSec: 1_700_000_000, changeId: 0, acceptedId: 0 };
  for (
    const { name, change, age, modules } of [
      { name: "as it was", change: () => {}, modules: 3 },
      { name: "emptied", change: (store: MemoryRouteStore) => store.rows = [], modules: 3 },
      {
        name: "announced",
        change: (store: MemoryRouteStore) => store.removeHosts(module(2)),
        modules: 2,
      },
      {
        name: "unannounced",
        change: (store: MemoryRouteStore) => store.delete(module(2)),
        modules: 3,
      },
      {
        name: "unannounced, as far as anybody can tell after more than an hour",
        change: (store: MemoryRouteStore) => store.delete(module(2)),
        age: 3601,
        modules: 2,
      },
      {
        name: "emptied, and accepted",
        change: (store: MemoryRouteStore) => {
          store.rows = [];
          return store.acceptLoss();
        },
        modules: 0,
      },
    ]
  ) {
    const { store } = await guarding();
    await change(store);
    const atSec = agreement.atSec - (age ?? 0);
    const copy = RouteTable.create();
    const writer = new RouteTableWriter(copy);
    for (const module of table.modules()) writer.put(table.route(module)!);
    const watched = new Watched(store, copy, { ...agreement, atSec });
    await watched.poll();
    assertEquals(copy.moduleCount, modules, name);
    assertEquals(watched.outcomes.length, 1);
  }
});
