import { assertEquals } from "@std/assert";
import { ModuleMap, type ModuleName } from "../../proto/mod.ts";
import { encodeRouteFrame, type RouteFrame } from "./route_frame.ts";
import { RouteTable, RouteTableBuilder } from "./route_table.ts";

function route(modid: number, ...ports: number[]): RouteFrame {
  return encodeRouteFrame(
    { modid, cmdid: 1 },
    ports.map((port) => ({ ip: 0x7f000001, port, weight: 100 })),
  );
}

function tableOf(...routes: RouteFrame[]): RouteTable {
  const builder = new RouteTableBuilder();
  for (const each of routes) builder.add(each);
  return builder.build();
}

function modids(modules: Iterable<ModuleName>): number[] {
  return Array.from(modules, ({ modid }) => modid).sort((a, b) => a - b);
}

Deno.test("RouteTable.frame() gives a module's frame, and nothing when there is no such module", () => {
  const table = tableOf(route(0, 80), route(2, 80, 81));
  assertEquals(table.frame({ modid: 2, cmdid: 1 }), route(2, 80, 81).frame);
  assertEquals(table.frame({ modid: 0, cmdid: 1 }), route(0, 80).frame);
  assertEquals(table.frame({ modid: 1, cmdid: 1 }), undefined);
  assertEquals(table.frame({ modid: 2, cmdid: 2 }), undefined);
  assertEquals([table.moduleCount, table.hostCount], [2, 3]);
});

Deno.test("RouteTable is whole in its buffer when another thread joins it", () => {
  const joined = new RouteTable(tableOf(route(1, 80), route(2)).buffer);
  assertEquals(joined.frame({ modid: 1, cmdid: 1 }), route(1, 80).frame);
  assertEquals([joined.moduleCount, joined.hostCount], [1, 1]);
});

Deno.test("RouteTable without a route answers, is patched and compared like any other", () => {
  const empty = tableOf();
  assertEquals(empty.frame({ modid: 0, cmdid: 0 }), undefined);
  assertEquals(modids(empty.diff(empty)), []);
  assertEquals(modids(empty.diff(empty.patch([route(1, 80)]))), [1]);
});

Deno.test("RouteTable.holds() compares bytes, and takes a route without hosts for no module", () => {
  const table = tableOf(route(1, 80));
  assertEquals(table.holds(route(1, 80)), true);
  assertEquals(table.holds(route(1, 81)), false);
  assertEquals(table.holds(route(1)), false);
  assertEquals(table.holds(route(2)), true);
  assertEquals(table.holds(route(2, 80)), false);
});

Deno.test("RouteTable.patch() leaves the old table as it was", () => {
  const old = tableOf(route(1, 80), route(2, 80), route(3, 80));
  const next = old.patch([route(2), route(3, 81, 82), route(4, 80)]);
  assertEquals(modids(next.modules()), [1, 3, 4]);
  assertEquals(modids(old.modules()), [1, 2, 3]);
  assertEquals(modids(old.diff(next)), [2, 3, 4]);
  assertEquals(modids(next.diff(old)), [2, 3, 4]);
  assertEquals(next.hostCount, 4);
});

Deno.test("RouteTable.patch() keeps no byte of what it replaces", () => {
  const table = tableOf(route(1, 80), route(2, 80, 81), route(3, 80));
  const there = table.patch([route(2, 80, 81, 82), route(1)]);
  const back = there.patch([route(1, 80), route(2, 80, 81)]);
  assertEquals(back.buffer.byteLength, table.buffer.byteLength);
  assertEquals(modids(back.diff(table)), []);
});

Deno.test("RouteTable agrees with a plain map through random patches", () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0];
  const random = randomOf(seed);
  const expected = new ModuleMap<RouteFrame>();
  let table = tableOf();
  for (let round = 0; round < 300; round++) {
    const before = new Map(Array.from(expected.values(), (each) => [each.modid, each]));
    const patch = new ModuleMap<RouteFrame>();
    for (let n = random(8); n > 0; n--) {
      const ports = Array.from({ length: random(4) }, () => 1 + random(3));
      const each = route(random(60), ...ports);
      patch.set(each.modid, each.cmdid, each);
    }
    for (const each of patch.values()) {
      if (each.hostCount > 0) expected.set(each.modid, each.cmdid, each);
      else expected.delete(each.modid, each.cmdid);
    }
    const next = table.patch([...patch.values()]);
    const where = `seed ${seed}, round ${round}`;
    for (let modid = 0; modid < 60; modid++) {
      assertEquals(next.frame({ modid, cmdid: 1 }), expected.get(modid, 1)?.frame, where);
    }
    const differing = [...patch.values()]
      .filter((each) => !sameAs(each, before.get(each.modid)))
      .map(({ modid }) => modid).sort((a, b) => a - b);
    assertEquals(modids(table.diff(next)), differing, where);
    assertEquals(next.moduleCount, expected.size, where);
    table = next;
  }
});

function sameAs(a: RouteFrame, b: RouteFrame | undefined): boolean {
  if (b === undefined) return a.hostCount === 0;
  return a.frame.join() === b.frame.join();
}

function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}
