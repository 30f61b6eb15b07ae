import { assert, assertEquals, assertGreater } from "@std/assert";
import type { CallStatus } from "../../sql/mod.ts";
import type { LaneStore } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { toRows } from "../../testing/reporter/row_fixture.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

const ORIGIN = { thread: 0, block: 1 };

function statuses(count: number): CallStatus[] {
  const base = { modid: 1, ip: 1, port: 80, caller: 1, succ: 1, err: 0, tsSec: 1, overload: false };
  return Array.from({ length: count }, (_, cmdid) => ({ ...base, cmdid }));
}

/** Opens stores that remember, each for itself, what they were given. */
function storesOf(written: CallStatus[][]): () => Promise<LaneStore> {
  return () => {
    const mine: CallStatus[] = [];
    written.push(mine);
    return Promise.resolve({
      write: (some) => Promise.resolve(void mine.push(...some)),
      close: () => Promise.resolve(),
    });
  };
}

Deno.test("Lanes.put() gives every lane modules of its own, which they write side by side", async () => {
  const written: CallStatus[][] = [];
  const lanes = new Lanes({ count: 3, maxPending: 1000, open: storesOf(written) });
  const all = statuses(600);
  lanes.put(toRows(...all), ORIGIN);
  lanes.put(toRows(...all), ORIGIN);
  assertEquals(await lanes.stop(1000), 0);
  assertEquals(written.length, 3);
  for (const lane of written) assertGreater(lane.length, 100);
  assertEquals(written.flat().sort((a, b) => a.cmdid - b.cmdid), all);
});

Deno.test("Lanes hold maxPending rows together, wherever they are, and lose none of them unsaid", async () => {
  const lanes = new Lanes({
    count: 3,
    maxPending: 100,
    open: () => Promise.reject(new Error("away")),
  });
  lanes.put(toRows(...statuses(99)), ORIGIN);
  assert(!lanes.isFull);
  lanes.put(toRows(...statuses(200)), ORIGIN);
  assert(lanes.isFull);
  assertEquals(sumOf(lanes, "pending"), 100);
  assertEquals(sumOf(lanes, "refused"), 100);
  assertEquals(await lanes.stop(0), 100);
});

function sumOf(lanes: Lanes, name: "pending" | "refused"): number {
  return lanes.counters.reduce((sum, counters) => sum + counters.get(name), 0);
}

Deno.test("Lanes.reload() bounds what is held anew, and drops none of it", async () => {
  const open = () => Promise.reject(new Error("away"));
  const lanes = new Lanes({ count: 3, maxPending: 10, open });
  lanes.put(toRows(...statuses(12)), ORIGIN);
  lanes.reload({ maxPending: 11, flushMs: 200 });
  assertEquals([lanes.maxPending, lanes.isFull], [11, false]);
  lanes.put(toRows(...statuses(12)), ORIGIN);
  assertEquals([sumOf(lanes, "pending"), sumOf(lanes, "refused")], [11, 3]);
  lanes.reload({ maxPending: 1, flushMs: 200 });
  assert(lanes.isFull);
  assertEquals(await lanes.stop(0), 11);
});

Deno.test("Lanes tell which blocks of a thread are stored, once all lanes have stored theirs", async () => {
  const clock = new VirtualClock();
  let isAway = true;
  const lanes = new Lanes({
    count: 3,
    maxPending: 1000,
    flushMs: 200,
    clock,
    open: () =>
      Promise.resolve({
        write: () => isAway ? Promise.reject(new Error("away")) : Promise.resolve(),
        close: () => Promise.resolve(),
      }),
  });
  const told: string[] = [];
  lanes.listener = {
    onStored: ({ thread, block }) => told.push(`${thread}: ${block}`),
    onRefused: (callers) => told.push(`refused of ${callers}`),
  };
  const all = statuses(30);
  lanes.put(toRows(...all.slice(0, 10)), { thread: 0, block: 1 });
  lanes.put(toRows(...all.slice(10, 20)), { thread: 1, block: 1 });
  await clock.advance(250);
  lanes.put(toRows(...all.slice(20)), { thread: 0, block: 2 });
  lanes.put(toRows({ ...all[0], tsSec: 0 }), { thread: 1, block: 2 }); // outdated
  await clock.advance(10_000);
  assertEquals([told, lanes.lastBlockOf(0)], [[], 2]);
  isAway = false;
  await clock.advance(10_000);
  assertEquals(told.slice(-2).toSorted(), ["0: 2", "1: 2"]);
  assertEquals(await lanes.stop(1000), 0);
});

Deno.test("Lanes tell of no block as stored while one of its statuses is not, and whose were refused", async () => {
  const clock = new VirtualClock();
  const lanes = new Lanes({
    count: 1,
    maxPending: 3,
    flushMs: 200,
    clock,
    open: () =>
      Promise.resolve({
        write: (some) =>
          some.some(({ cmdid }) => cmdid === 1)
            ? Promise.reject(new Error("not this one"))
            : Promise.resolve(),
        close: () => Promise.resolve(),
      }),
  });
  const told: string[] = [];
  lanes.listener = {
    onStored: ({ block }) => told.push(`stored ${block}`),
    onRefused: (callers) => told.push(`refused of ${callers}`),
  };
  lanes.put(toRows(...statuses(3)), { thread: 0, block: 1 });
  lanes.put(toRows(...statuses(5).map((status) => ({ ...status, caller: 9 }))), {
    thread: 0,
    block: 2,
  });
  assertEquals(told, ["refused of 9"]);
  await clock.advance(60_000);
  assertEquals(told, ["refused of 9"]);
  const stopping = lanes.stop(1000);
  await clock.advance(1000);
  assertEquals(await stopping, 1);
});
