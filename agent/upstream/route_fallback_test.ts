import { assertEquals } from "@std/assert";
import type { ModuleName } from "../../proto/mod.ts";
import { Counters } from "../../reactor/mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { FALLBACK_COUNTERS, RouteFallback } from "./route_fallback.ts";
import { encodeRouteRecord, RouteSnapshot } from "./route_snapshot.ts";

const HOUR_MS = 3_600_000;

function module(modid: number): ModuleName {
  return { modid, cmdid: 1 };
}

/** A fallback with modules 1 to 3, for a dns of two endpoints. */
function falling() {
  const clock = new VirtualClock();
  const counters = new Counters(FALLBACK_COUNTERS);
  const records = [1, 2, 3].flatMap((modid) => [
    ...encodeRouteRecord({ ...module(modid), hosts: [{ ip: 1, port: modid, weight: 100 }] }),
  ]);
  const answered: number[] = [];
  const fallback = new RouteFallback({
    snapshot: new RouteSnapshot(new Uint8Array(records)),
    asOfSec: 1000,
    endpoints: 2,
    answer: ({ modid }) => answered.push(modid),
    counters,
    clock,
  });
  return { clock, counters, fallback, answered: () => answered.splice(0) };
}

Deno.test("RouteFallback answers what dns has not answered in time", async () => {
  const { clock, counters, fallback, answered } = falling();
  fallback.asked([module(1), module(9)]);
  await clock.advance(199);
  assertEquals(answered(), []);
  await clock.advance(1);
  assertEquals(answered(), [1]);
  assertEquals(
    (["answers", "unconfirmed", "asOfSec"] as const).map((name) => counters.get(name)),
    [1, 1, 1000],
  );
  fallback.asked([module(2)]); // it is known to be away by now
  assertEquals(answered(), [2]);
});

Deno.test("RouteFallback answers at once when no endpoint can be reached", async () => {
  const { clock, fallback, answered } = falling();
  fallback.asked([module(1), module(2)]);
  fallback.failed();
  await clock.advance(10);
  assertEquals(answered(), []); // the other endpoint may be there
  fallback.failed();
  assertEquals(answered(), [1, 2]);
  fallback.asked([module(3)]);
  assertEquals(answered(), [3]);
  await clock.advance(1000);
  assertEquals([answered(), clock.timers], [[], 0]);
});

Deno.test("RouteFallback never answers what dns has told of", async () => {
  const { clock, counters, fallback, answered } = falling();
  fallback.asked([module(1), module(2)]);
  fallback.told(module(1));
  await clock.advance(200);
  assertEquals([answered(), counters.get("unconfirmed")], [[2], 1]);
  fallback.told(module(2));
  assertEquals(counters.get("unconfirmed"), 0);
  fallback.asked([module(1), module(2)]);
  await clock.advance(1000);
  assertEquals([answered(), [...fallback.records()].length], [[], 1]);
});

Deno.test("RouteFallback gives dns its time anew once it is there", async () => {
  const { clock, fallback, answered } = falling();
  fallback.failed();
  fallback.failed();
  fallback.opened();
  fallback.asked([module(1)]);
  await clock.advance(150);
  assertEquals(answered(), []);
  fallback.told(module(1));
  fallback.asked([module(2)]);
  fallback.failed(); // one endpoint alone
  assertEquals(answered(), []);
  fallback.stop();
  assertEquals(clock.timers, 0);
});

Deno.test("RouteFallback forgets what nobody asks for, in an hour in which dns answers", async () => {
  const { clock, fallback } = falling();
  fallback.forget([module(2)]);
  fallback.told(module(9));
  await clock.advance(HOUR_MS);
  assertEquals([...fallback.records()].length, 2); // dns may have gone meanwhile
  fallback.told(module(9));
  assertEquals([...fallback.records()].length, 0);
});

Deno.test("RouteFallback has nothing to answer without a snapshot", async () => {
  const clock = new VirtualClock();
  const fallback = new RouteFallback({
    endpoints: 1,
    answer: () => {
      throw new Error("it has no routes");
    },
    counters: new Counters(FALLBACK_COUNTERS),
    clock,
  });
  fallback.asked([module(1)]);
  fallback.failed();
  await clock.advance(1000);
  assertEquals(clock.timers, 0);
});
