import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { testOnEachDatabase } from "../../testing/each_database.ts";
import { SeededRandom } from "../../testing/seeded_random.ts";
import { migrate, openStatusStore } from "../open.ts";
import type { CallStatus } from "./call_status.ts";
import type { ExpireResult, StatusStore } from "./status_store.ts";
import type { StoreConfig } from "../store_config.ts";
import { StoreError } from "../store_error.ts";

const STATUS: CallStatus = {
  modid: 1,
  cmdid: 2,
  ip: 0xc0a8_01b1,
  port: 80,
  caller: 0x7f00_0001,
  succ: 10,
  err: 1,
  tsSec: 1_700_000_000,
  overload: false,
};

function testStore(
  name: string,
  run: (store: StatusStore, config: StoreConfig) => Promise<void>,
): void {
  testOnEachDatabase(name, async (config) => {
    await migrate(config);
    await using store = await openStatusStore(config);
    await run(store, config);
  });
}

testStore("write() stores every field, unsigned", async (store) => {
  const largest = {
    ...STATUS,
    modid: 2_147_483_647,
    cmdid: 2_147_483_647,
    ip: 0xffff_ffff,
    caller: 0xffff_ffff,
    tsSec: 0xffff_ffff,
    overload: true,
  };
  await store.write([largest, STATUS]);
  assertEquals(await store.read(), [STATUS, largest]);
});

testStore("write() clamps counts and keeps 32 bits of what no agent should send", async (store) => {
  const wild = { ...STATUS, modid: -1, port: -1, succ: 0xffff_ffff, err: 0x8000_0000 };
  await store.write([wild]);
  assertEquals(await store.read(), [
    { ...wild, port: 0xffff_ffff, succ: 0x7fff_ffff, err: 0x7fff_ffff },
  ]);
});

testStore("write() takes no more memory however often it is called", async (store) => {
  const batch = Array.from({ length: 1000 }, (_, ip) => ({ ...STATUS, ip }));
  async function writeOften(): Promise<void> {
    for (let rows = 901; rows <= 1000; rows++) await store.write(batch.slice(0, rows));
  }
  await writeOften();
  const before = Deno.memoryUsage().rss;
  await writeOften();
  // A statement of so many rows each time, left to the garbage collector, came to 70 MB.
  assertLess(Deno.memoryUsage().rss - before, 40_000_000);
});

testStore("write() does nothing when there is nothing", async (store) => {
  await store.write([]);
  assertEquals(await store.read(), []);
});

testStore("write() replaces the whole row when the status is newer", async (store) => {
  const newer = { ...STATUS, tsSec: STATUS.tsSec + 1, succ: 3, err: 4, overload: true };
  await store.write([STATUS]);
  await store.write([newer]);
  assertEquals(await store.read(), [newer]);
});

testStore("write() replaces the row when the status is as old", async (store) => {
  const later = { ...STATUS, succ: 0, err: 9, overload: true };
  await store.write([STATUS]);
  await store.write([later]);
  assertEquals(await store.read(), [later]);
});

testStore("write() leaves the row when the status is older by up to 60 s", async (store) => {
  await store.write([STATUS]);
  for (const age of [1, 60]) {
    await store.write([{ ...STATUS, tsSec: STATUS.tsSec - age, succ: 99, overload: true }]);
    assertEquals(await store.read(), [STATUS], `${age} s older`);
  }
});

testStore("write() replaces the row when the clock was set back by over 60 s", async (store) => {
  const setBack = { ...STATUS, tsSec: STATUS.tsSec - 61, succ: 99, overload: true };
  await store.write([STATUS]);
  await store.write([setBack]);
  assertEquals(await store.read(), [setBack]);
});

testStore("write() takes any number of statuses", async (store) => {
  const statuses = Array.from({ length: 2_500 }, (_, index) => ({ ...STATUS, ip: index }));
  await store.write(statuses.toReversed());
  assertEquals(await store.read(), statuses);
});

testStore("write() lets writers of the same rows finish when they clash", async (_, config) => {
  const writers = await Promise.all(Array.from({ length: 4 }, () => openStatusStore(config)));
  try {
    const random = new SeededRandom(1);
    await Promise.all(writers.map(async (writer, index) => {
      for (let round = 0; round < 10; round++) {
        const statuses = Array.from({ length: 300 }, (_, port) => ({ ...STATUS, port }))
          .filter(() => random.below(2) === 0)
          .map((status) => ({ ...status, tsSec: round, succ: index }));
        await writer.write(statuses);
      }
    }));
  } finally {
    await Promise.all(writers.map((writer) => writer.close()));
  }
});

testStore("write() agrees with the rule, told one by one, for random statuses", async (store) => {
  const seed = 20_240_501;
  const random = new SeededRandom(seed);
  const expected = new Map<number, CallStatus>();
  for (let round = 0; round < 30; round++) {
    const ports = new Set(Array.from({ length: 20 }, () => random.below(25)));
    const statuses = [...ports].map((port) => ({
      ...STATUS,
      port,
      tsSec: STATUS.tsSec + random.below(130),
      succ: random.below(1_000),
      overload: random.below(2) === 1,
    }));
    await store.write(statuses);
    for (const status of statuses) {
      const age = (expected.get(status.port)?.tsSec ?? 0) - status.tsSec;
      if (age <= 0 || age > 60) expected.set(status.port, status);
    }
    assertEquals(
      await store.read(),
      [...expected.values()].sort((a, b) => a.port - b.port),
      `seed ${seed}, round ${round}`,
    );
  }
});

testStore("read() gives one module when it is named", async (store) => {
  const other = { ...STATUS, cmdid: 3 };
  await store.write([other, STATUS]);
  assertEquals(await store.read({ modid: 1, cmdid: 2 }), [STATUS]);
  assertEquals(await store.read({ modid: 1, cmdid: 4 }), []);
});

const NOW_SEC = Math.floor(Date.now() / 1000);
const DAY_SEC = 86_400;

/** Goes through the whole table in steps of two rows; returns how many statuses each deleted. */
async function expireAll(
  store: StatusStore,
  { keepSec, nowSec = NOW_SEC }: { keepSec: number; nowSec?: number },
): Promise<number[]> {
  const steps: number[] = [];
  let after: ExpireResult["next"];
  do {
    const { deleted, next } = await store.expire({ after, rows: 2, keepSec, nowSec });
    steps.push(deleted);
    after = next;
  } while (after !== undefined);
  return steps;
}

testStore("expire() deletes what was reported too long ago, wherever it stands", async (store) => {
  const ages = [8, 0, 9, 7.5, 6.9, 100];
  const statuses = ages.map((days, i) => ({
    ...STATUS,
    modid: 1 + (i >> 2),
    ip: 0xc0a8_0000 + i,
    tsSec: Math.floor(NOW_SEC - days * DAY_SEC),
  }));
  await store.write(statuses);
  assertEquals(await expireAll(store, { keepSec: 7 * DAY_SEC }), [1, 2, 1, 0]);
  assertEquals(await store.read(), [statuses[1], statuses[4]]);
  assertEquals(await expireAll(store, { keepSec: 7 * DAY_SEC }), [0, 0]);
});

testStore("expire() goes through rows that differ in any part of their key", async (store) => {
  const random = new SeededRandom(7);
  const keys = new Map<string, CallStatus>();
  for (let i = 0; i < 300; i++) {
    const [modid, cmdid, ip, port, caller] = Array.from({ length: 5 }, () => random.below(3));
    const tsSec = random.below(2) === 0 ? NOW_SEC : 1;
    const key = { modid, cmdid, ip: ip * 0x7fff_ffff, port, caller: caller * 0x7fff_ffff };
    keys.set(JSON.stringify(key), { ...STATUS, ...key, tsSec });
  }
  const statuses = [...keys.values()];
  await store.write(statuses);
  await expireAll(store, { keepSec: DAY_SEC });
  assertEquals((await store.read()).length, statuses.filter(({ tsSec }) => tsSec > 1).length);
});

testStore(
  "expire() deletes nothing too soon when the reporter's clock is ahead or behind",
  async (store) => {
    await store.write([{ ...STATUS, tsSec: NOW_SEC - 8 * DAY_SEC }, {
      ...STATUS,
      tsSec: NOW_SEC,
      ip: 1,
    }]);
    for (const nowSec of [NOW_SEC - 2 * DAY_SEC, NOW_SEC + 1000 * DAY_SEC]) {
      await expireAll(store, { keepSec: 7 * DAY_SEC, nowSec });
      assertEquals((await store.read()).at(0)?.ip, 1);
      assertEquals((await store.read()).length, nowSec < NOW_SEC ? 2 : 1);
    }
  },
);

testStore("expire() leaves a status that several delete and one writes", async (store, config) => {
  const statuses = Array.from({ length: 900 }, (_, ip) => ({ ...STATUS, ip, tsSec: 1 }));
  await store.write(statuses);
  const others = await Promise.all(Array.from({ length: 3 }, () => openStatusStore(config)));
  try {
    const current = statuses.map((status) => ({ ...status, tsSec: NOW_SEC }));
    await Promise.all([
      ...others.map((other) => other.expire({ rows: 1000, keepSec: DAY_SEC, nowSec: NOW_SEC })),
      store.write(current),
    ]);
    assertEquals(await store.read(), current);
  } finally {
    await Promise.all(others.map((other) => other.close()));
  }
});

testStore("close() fails later calls", async (store) => {
  await store.close();
  await assertRejects(() => store.write([STATUS]), StoreError);
  await assertRejects(() => store.read(), StoreError);
});
