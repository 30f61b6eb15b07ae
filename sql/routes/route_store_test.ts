import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { isThorough } from "../../testing/thorough.ts";
import type { Database } from "../database.ts";
import { testOnEachDatabase } from "../../testing/each_database.ts";
import { migrate, openDatabase, openRouteStore } from "../open.ts";
import type { NewHost, RouteRow } from "./route_row.ts";
import type { RouteStore } from "./route_store.ts";
import type { StoreConfig } from "../store_config.ts";
import { StoreError } from "../store_error.ts";

const MODULE = { modid: 1, cmdid: 2 };
const OTHER = { modid: 2_147_483_647, cmdid: 0 };

/** Runs a test with a store, and with the bare database as an old writer sees it. */
function testStore(
  name: string,
  run: (store: RouteStore, database: Database, config: StoreConfig) => Promise<void>,
): void {
  testOnEachDatabase(name, async (config) => {
    await migrate(config);
    const database = await openDatabase(config);
    const store = await openRouteStore(config);
    try {
      await run(store, database, config);
    } finally {
      await store.close();
      await database.close();
    }
  });
}

function hosts(count: number): NewHost[] {
  return Array.from({ length: count }, (_, index) => ({ ip: 0xc0a8_0000 + index, port: 8080 }));
}

async function readAll(store: RouteStore): Promise<RouteRow[]> {
  return (await Array.fromAsync(store.readAll())).flat();
}

testStore("readPosition() is 0, 0 when nothing was ever changed", async (store) => {
  assertEquals(await store.readPosition(), { version: 0, changeId: 0 });
});

testStore("readPosition() is 0 when RouteVersion has no row", async (store, database) => {
  await database.write("DELETE FROM RouteVersion");
  assertEquals(await store.readPosition(), { version: 0, changeId: 0 });
  await store.addHosts(MODULE, hosts(1));
  assertGreater((await store.readPosition()).version, 0);
});

testStore("addHosts() stores unsigned addresses and announces the module", async (store) => {
  const added = await store.addHosts(MODULE, [
    { ip: 0xffff_ffff, port: 65_535 },
    { ip: 0, port: 1, weight: 7 },
  ]);
  assertEquals(added, 2);
  assertEquals(await store.readModules([MODULE]), [
    { id: 1, ...MODULE, ip: 0xffff_ffff, port: 65_535, weight: 100 },
    { id: 2, ...MODULE, ip: 0, port: 1, weight: 7 },
  ]);
  const { version, changeId } = await store.readPosition();
  assertEquals(await store.readChanges([{ from: 0 }]), [{ id: changeId, ...MODULE, version }]);
  assert(Math.abs(version - Date.now() / 1000) < 60, `version ${version} is no Unix time`);
});

testStore("addHosts() reweights a host when it is there, and keeps its id", async (store) => {
  await store.addHosts(MODULE, hosts(2));
  const [first, second] = hosts(3);
  assertEquals(await store.addHosts(MODULE, [{ ...second, weight: 5 }, first]), 1);
  assertEquals(
    (await store.readModules([MODULE])).map(({ id, weight }) => [id, weight]),
    [[1, 100], [2, 5]],
  );
  assertEquals((await store.readChanges([{ from: 0 }])).length, 2);
  assertEquals(await store.addHosts(MODULE, [second]), 0, "no weight given: it keeps its own");
});

testStore("addHosts() takes weight 0: a drained host is kept", async (store) => {
  const [host] = hosts(1);
  await store.addHosts(MODULE, [{ ...host, weight: 0 }]);
  assertEquals((await store.readModules([MODULE])).map(({ weight }) => weight), [0]);
});

testStore("changeRoutes() leaves just what it is given, names too", async (store) => {
  await store.addHosts(MODULE, hosts(2));
  await store.addHosts(OTHER, hosts(2));
  await store.setName({ modid: 1, name: "gone" });
  const [first] = hosts(1);
  const differences = await store.changeRoutes([{ ...MODULE, put: [first], drop: "others" }], {
    dropsOthers: true,
    names: [{ modid: 1, name: "" }, { modid: 2, name: "shop" }, { cmdid: 2, name: "search" }],
  });
  assertEquals(differences.map(({ modid, removed }) => [modid, removed.length]), [
    [MODULE.modid, 1],
    [OTHER.modid, 2],
  ]);
  assertEquals((await readAll(store)).map(({ modid, ip }) => [modid, ip]), [[1, first.ip]]);
  const { modids, cmdids } = await store.readNames();
  assertEquals([[...modids], [...cmdids]], [[[2, "shop"]], [[2, "search"]]]);
});

testStore(
  "changeRoutes() changes nothing when the plan is refused or a name is too long",
  async (store) => {
    await store.addHosts(MODULE, hosts(1));
    const position = await store.readPosition();
    const changes = [{ ...MODULE, drop: "others" as const }];
    const names = [{ modid: 1, name: "shop" }];
    const refused = new Error("no");
    const planned: number[] = [];
    const onPlanned = (differences: readonly unknown[]) => {
      planned.push(differences.length);
      throw refused;
    };
    assertEquals(
      await store.changeRoutes(changes, { names, onPlanned }).catch((error) => error),
      refused,
    );
    assertEquals(planned, [1]);
    const long = [{ cmdid: 1, name: "x".repeat(256) }];
    await assertRejects(
      () => store.changeRoutes(changes, { names: long }),
      RangeError,
      "length is 256",
    );
    assertEquals((await readAll(store)).length, 1);
    assertEquals((await store.readNames()).modids.size, 0);
    assertEquals(await store.readPosition(), position);
  },
);

testStore("addHosts() announces nothing when nothing changes", async (store) => {
  await store.addHosts(MODULE, hosts(2));
  const position = await store.readPosition();
  assertEquals(await store.addHosts(MODULE, hosts(2)), 0);
  assertEquals(await store.addHosts(MODULE, []), 0);
  assertEquals(await store.readPosition(), position);
});

testStore("addHosts() counts the last of equal hosts", async (store) => {
  const [host] = hosts(1);
  assertEquals(await store.addHosts(MODULE, [{ ...host, weight: 1 }, { ...host, weight: 2 }]), 1);
  assertEquals((await store.readModules([MODULE])).map(({ weight }) => weight), [2]);
});

testStore("addHosts() refuses what cannot be served", async (store) => {
  const [host] = hosts(1);
  await assertRejects(() => store.addHosts({ modid: -1, cmdid: 0 }, [host]), RangeError, "modid");
  await assertRejects(() => store.addHosts(MODULE, [{ ...host, ip: 2 ** 32 }]), RangeError, "ip");
  await assertRejects(() => store.addHosts(MODULE, [{ ...host, port: 0 }]), RangeError, "port");
  await assertRejects(
    () => store.addHosts(MODULE, [host, { ...host, weight: -1 }]),
    RangeError,
    "weight must be in 0 … 4294967295: current value is -1",
  );
  assertEquals(await readAll(store), []);
});

testStore("addHosts() moves the version when the clock does not", async (store, database) => {
  const future = 4_000_000_000;
  await database.write("UPDATE RouteVersion SET version = ?", [future]);
  await store.addHosts(MODULE, hosts(1));
  await store.addHosts(MODULE, hosts(2));
  assertEquals((await store.readPosition()).version, future + 2);
});

testStore("addHosts() gives each its version when many run at once", async (store, _, config) => {
  await using second = await openRouteStore(config);
  const calls = Array.from(
    { length: 24 },
    (_, index) =>
      (index % 2 ? store : second).addHosts({ modid: index % 3, cmdid: 0 }, [
        { ip: index, port: 80 },
      ]),
  );
  assertEquals(await Promise.all(calls), Array(24).fill(1));
  const versions = (await store.readChanges([{ from: 0 }])).map(({ version }) => version);
  assertEquals(new Set(versions).size, 24);
  assertEquals(versions, versions.toSorted((a, b) => a - b));
  assertEquals((await store.readPosition()).version, versions.at(-1));
  assertEquals((await readAll(store)).length, 24);
});

testStore("removeHosts() removes the named hosts and announces the module", async (store) => {
  await store.addHosts(MODULE, hosts(1_500));
  await store.addHosts(OTHER, hosts(2));
  assertEquals(await store.removeHosts(MODULE, hosts(1_499)), 1_499);
  assertEquals((await store.readModules([MODULE])).length, 1);
  assertEquals((await store.readModules([OTHER])).length, 2);
  const changes = await store.readChanges([{ from: 0 }]);
  assertEquals(changes.map(({ modid }) => modid), [1, 2_147_483_647, 1]);
});

testStore("removeHosts() removes the module when no host is named", async (store) => {
  await store.addHosts(MODULE, hosts(3));
  await store.addHosts(OTHER, hosts(1));
  assertEquals(await store.removeHosts(MODULE, []), 0, "none named is not none given");
  assertEquals(await store.removeHosts(MODULE), 3);
  const position = await store.readPosition();
  assertEquals(await store.removeHosts(MODULE), 0);
  assertEquals(await store.readPosition(), position);
  assertEquals((await readAll(store)).map(({ modid }) => modid), [OTHER.modid]);
});

testStore("changeRoutes() changes many modules at once, and announces each", async (store) => {
  const [first, second, third] = hosts(3);
  await store.addHosts(MODULE, [first, second]);
  await store.addHosts(OTHER, [first]);
  const { changeId } = await store.readPosition();
  const steps: string[] = [];
  const differences = await store.changeRoutes([
    { ...MODULE, put: [{ ...first, weight: 7 }, third], drop: "others" },
    { ...OTHER, put: [first] },
    { modid: 5, cmdid: 5, put: [{ ...second, weight: 1 }] },
  ], {
    onProgress: ({ doing, done, total }) => steps.push(`${doing} ${done}/${total}`),
  });
  assertEquals(
    differences.map(({ modid, added, reweighted, removed }) => [
      modid,
      added.length,
      reweighted.length,
      removed.length,
    ]),
    [[1, 1, 1, 1], [5, 1, 0, 0]],
  );
  assertEquals(
    (await readAll(store)).map(({ id, modid, ip, weight }) => [id, modid, ip & 255, weight]),
    [[1, 1, 0, 7], [3, OTHER.modid, 0, 100], [4, 1, 2, 100], [5, 5, 1, 1]],
  );
  const changes = await store.readChanges([{ from: changeId + 1 }]);
  assertEquals(changes.map(({ modid }) => modid), [1, 5]);
  const { version } = await store.readPosition();
  assertEquals(changes.map((change) => change.version), [version, version]);
  assertEquals(steps, ["reading 3/3", "writing 1/4", "writing 2/4", "writing 4/4"]);
});

testStore("changeRoutes() changes nothing when one of its changes is wrong", async (store) => {
  const [host] = hosts(1);
  const wrong = { modid: 9, cmdid: 9, put: [{ ...host, port: 0 }] };
  await assertRejects(() => store.changeRoutes([{ ...MODULE, put: [host] }, wrong]), RangeError);
  await assertRejects(
    () => store.changeRoutes([{ ...MODULE, put: [host] }, { ...MODULE, drop: "others" }]),
    RangeError,
    "Cannot change module (1, 2) twice",
  );
  assertEquals(await readAll(store), []);
});

testStore("changeRoutes() is undone as a whole when it fails half-way", async (store, database) => {
  // Not a thing that happens; but the announcement is the last write, so that all others come before.
  await database.write("DROP TABLE RouteChange");
  await assertRejects(() => store.changeRoutes([{ ...MODULE, put: hosts(3) }]), StoreError);
  assertEquals(await readAll(store), []);
});

/** More than one statement takes. */
const MANY = isThorough ? 20_000 : 3_000;

testStore(`changeRoutes() takes ${5 * MANY} hosts of ${MANY} modules`, async (store) => {
  const changes = (weight: (i: number) => number) =>
    Array.from({ length: MANY }, (_, modid) => ({
      modid,
      cmdid: 1,
      put: hosts(5).map((host, i) => ({ ...host, weight: weight(modid * 5 + i) })),
      drop: "others" as const,
    }));
  assertEquals((await store.changeRoutes(changes(() => 1))).length, MANY);
  assertEquals((await store.changeRoutes(changes(() => 1))).length, 0);
  assertEquals((await store.changeRoutes(changes((i) => i + 2))).length, MANY);
  assertEquals((await readAll(store)).map(({ weight }) => weight).slice(0, 3), [2, 3, 4]);
  const removed = changes(() => 1).map((change) => ({ ...change, put: [] }));
  assertEquals((await store.changeRoutes(removed)).length, MANY);
  assertEquals(await readAll(store), []);
  assertEquals((await store.readChanges([{ from: 0 }])).length, 3 * MANY);
});

testStore("readChanges() gives each row once, in id order, when ranges overlap", async (store) => {
  for (let modid = 1; modid <= 6; modid++) await store.addHosts({ modid, cmdid: 0 }, hosts(1));
  const idsOf = async (...ranges: { from: number; to?: number }[]) =>
    (await store.readChanges(ranges)).map(({ id, modid }) => (assertEquals(id, modid), id));
  assertEquals(await idsOf(), []);
  assertEquals(await idsOf({ from: 5 }, { from: 2, to: 2 }), [2, 5, 6]);
  assertEquals(await idsOf({ from: 3, to: 4 }, { from: 1, to: 3 }, { from: 9, to: 12 }), [
    1,
    2,
    3,
    4,
  ]);
  const many = Array.from({ length: 1_200 }, (_, index) => ({ from: 1_200 - index, to: 1_200 }));
  assertEquals(await idsOf(...many), [1, 2, 3, 4, 5, 6]);
});

testStore("readModules() finds thousands of modules, in id order", async (store, database) => {
  const modules = Array.from({ length: 1_300 }, (_, index) => ({ modid: index, cmdid: 9 }));
  for (const { modid } of modules) {
    if (modid % 50 !== 0) continue;
    await database.write(
      "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (?, 9, ?, 80)",
      [1_299 - modid, modid],
    );
  }
  await store.addHosts(MODULE, hosts(1));
  const rows = await store.readModules([...modules, modules[0]]);
  assertEquals(rows.length, 26);
  assertEquals(rows.map(({ id }) => id), Array.from({ length: 26 }, (_, index) => index + 1));
  assertEquals(await store.readModules([]), []);
});

testStore("readModules() gives rows as old writers left them", async (store, database) => {
  await database.write(
    "INSERT INTO RouteData (modid, cmdid, serverip, serverport) VALUES (4294967295, 1, 5, 70000)",
  );
  assertEquals(await store.readModules([{ modid: 4_294_967_295, cmdid: 1 }]), [
    { id: 1, modid: 4_294_967_295, cmdid: 1, ip: 5, port: 70_000, weight: 100 },
  ]);
});

testStore("readAll() sees none of what changes meanwhile, and lets it happen", async (store) => {
  await store.addHosts(MODULE, hosts(5_000));
  const seen: RouteRow[] = [];
  let batches = 0;
  for await (const batch of store.readAll()) {
    if (batches++ === 0) {
      assertEquals(await store.removeHosts(MODULE, hosts(4_999)), 4_999);
      assertEquals(await store.addHosts(OTHER, hosts(3_000)), 3_000);
      assertEquals((await store.readModules([MODULE])).length, 1);
    }
    seen.push(...batch);
  }
  assertGreater(batches, 2);
  assertEquals(seen.map(({ id }) => id), Array.from({ length: 5_000 }, (_, index) => index + 1));
  assert(seen.every(({ modid }) => modid === MODULE.modid));
  assertEquals((await readAll(store)).length, 3_001);
});

testStore("readAll() ends its snapshot when its reader stops early", async (store) => {
  await store.addHosts(MODULE, hosts(3_000));
  // More often than there are connections: each must have been given back.
  for (let times = 0; times < 12; times++) {
    for await (const batch of store.readAll()) {
      assertGreater(batch.length, 0);
      break;
    }
  }
});

testStore("readAll() lets timers run between batches", async (store) => {
  await store.addHosts(MODULE, hosts(5_000));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  try {
    for await (const _ of store.readAll());
  } finally {
    clearInterval(timer);
  }
  assertGreater(turns, 0);
});

testStore("pruneChanges() deletes rows that are both read and old", async (store, database) => {
  for (const version of [10, 20, 30, 40]) {
    await database.write("INSERT INTO RouteChange (modid, cmdid, version) VALUES (1, 2, ?)", [
      version,
    ]);
  }
  assertEquals(await store.pruneChanges({ id: 3, beforeVersion: 20, limit: 100 }), 1);
  assertEquals(await store.pruneChanges({ id: 2, beforeVersion: 100, limit: 100 }), 1);
  assertEquals((await store.readChanges([{ from: 0 }])).map(({ id }) => id), [3, 4]);
});

testStore(
  "pruneChanges() deletes no more than it is told, lowest ids first",
  async (store, database) => {
    for (const version of [1, 99, 1, 1, 1]) {
      await database.write("INSERT INTO RouteChange (modid, cmdid, version) VALUES (1, 2, ?)", [
        version,
      ]);
    }
    const idsLeft: number[][] = [];
    for (const deleted of [2, 2, 0]) {
      assertEquals(await store.pruneChanges({ id: 5, beforeVersion: 50, limit: 2 }), deleted);
      idsLeft.push((await store.readChanges([{ from: 0 }])).map(({ id }) => id));
    }
    assertEquals(idsLeft, [[2, 4, 5], [2], [2]]);
  },
);

testStore("acceptLoss() has readAcceptedId() rise", async (store) => {
  assertEquals(await store.readAcceptedId(), 0);
  await store.acceptLoss();
  const first = await store.readAcceptedId();
  await store.acceptLoss();
  assertLess(first, await store.readAcceptedId());
});

testStore("setName() keeps one name an id, whatever is in it", async (store, database) => {
  const name = `it's a "name" \\ with \u{1f680}; DROP TABLE RouteData -- ?`;
  await Promise.all(["a", "b", "c"].map((name) => store.setName({ modid: 1, name })));
  await store.setName({ modid: 1, name });
  await store.setName({ modid: 2, name: "" });
  await store.setName({ cmdid: 1, name: "\u{1f680}".repeat(255) });
  assertEquals(
    (await database.read<{ modid: number; content: string }>(
      "SELECT modid, content FROM ModIDConfig ORDER BY modid",
    )).map(({ modid, content }) => [modid, content]),
    [[1, name], [2, ""]],
  );
  const [row] = await database.read<{ content: string }>("SELECT content FROM CmdIDConfig");
  assertEquals(row.content, "\u{1f680}".repeat(255));
  await assertRejects(
    () => store.setName({ cmdid: 1, name: "x".repeat(256) }),
    RangeError,
    "at most 255 characters: current length is 256",
  );
});

testStore(
  "readNames() gives the first of an id's names, and no empty ones",
  async (store, database) => {
    assertEquals(await store.readNames(), { modids: new Map(), cmdids: new Map() });
    await store.setName({ modid: 1, name: "shop" });
    await store.setName({ modid: 2, name: "" });
    await store.setName({ cmdid: 1, name: "search" });
    await database.write("INSERT INTO ModIDConfig (modid, content) VALUES (1, 'later')");
    assertEquals(await store.readNames(), {
      modids: new Map([[1, "shop"]]),
      cmdids: new Map([[1, "search"]]),
    });
  },
);

testStore("close() fails later calls, and may be called twice", async (store) => {
  await store.close();
  await store.close();
  await assertRejects(() => store.readPosition(), StoreError);
  await assertRejects(() => store.addHosts(MODULE, hosts(1)), StoreError);
  await assertRejects(() => readAll(store), StoreError);
});

testStore("close() fails a readAll() in hand", async (store) => {
  await store.addHosts(MODULE, hosts(3_000));
  await assertRejects(async () => {
    for await (const _ of store.readAll()) await store.close();
  }, StoreError);
});
