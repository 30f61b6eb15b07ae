import { assertEquals, assertThrows } from "@std/assert";
import type { Route } from "../../proto/mod.ts";
import { encodeRouteRecord, RouteSnapshot } from "./route_snapshot.ts";

const ROUTES: readonly Route[] = [
  { modid: 1, cmdid: 2, hosts: [{ ip: 0xffffffff, port: 65535, weight: 1 }] },
  {
    modid: 2147483647,
    cmdid: 0,
    hosts: [{ ip: 1, port: 1, weight: 100 }, { ip: 2, port: 2, weight: 7 }],
  },
];

function joined(records: Iterable<Uint8Array>): Uint8Array {
  return new Uint8Array([...records].flatMap((record) => [...record]));
}

Deno.test("RouteSnapshot gives the routes that were encoded, until they are taken out", () => {
  const snapshot = new RouteSnapshot(joined(ROUTES.map(encodeRouteRecord)));
  assertEquals(ROUTES.map((route) => snapshot.get(route)), [...ROUTES]);
  assertEquals([snapshot.size, snapshot.get({ modid: 1, cmdid: 1 })], [2, undefined]);

  assertEquals([snapshot.delete(ROUTES[0]), snapshot.delete(ROUTES[0])], [true, false]);
  assertEquals([snapshot.size, snapshot.get(ROUTES[0])], [1, undefined]);
  const again = new RouteSnapshot(joined(snapshot.records()));
  assertEquals([again.size, again.get(ROUTES[1])], [1, ROUTES[1]]);
});

Deno.test("RouteSnapshot has nothing of no content", () => {
  assertEquals(new RouteSnapshot().size, 0);
});

Deno.test("RouteSnapshot throws when a part is missing", () => {
  const content = joined(ROUTES.map(encodeRouteRecord));
  const whole = encodeRouteRecord(ROUTES[0]).length;
  for (let bytes = 1; bytes < content.length; bytes++) {
    if (bytes !== whole) assertThrows(() => new RouteSnapshot(content.slice(0, bytes)), RangeError);
  }
});
