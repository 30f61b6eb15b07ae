import { assert, assertEquals, assertGreater } from "@std/assert";
import type { CallStatus } from "../../sql/mod.ts";
import type { LaneStore } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { toRows } from "../../testing/reporter/row_fixture.ts";

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
  lanes.put(toRows(...all));
  lanes.put(toRows(...all));
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
  lanes.put(toRows(...statuses(99)));
  assert(!lanes.isFull);
  lanes.put(toRows(...statuses(200)));
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
  lanes.put(toRows(...statuses(12)));
  lanes.reload({ maxPending: 11, flushMs: 200 });
  assertEquals([lanes.maxPending, lanes.isFull], [11, false]);
  lanes.put(toRows(...statuses(12)));
  assertEquals([sumOf(lanes, "pending"), sumOf(lanes, "refused")], [11, 3]);
  lanes.reload({ maxPending: 1, flushMs: 200 });
  assert(lanes.isFull);
  assertEquals(await lanes.stop(0), 11);
});
