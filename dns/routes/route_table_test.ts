import { assertEquals } from "@std/assert";
import { encodeRouteFrame, type RouteFrame } from "./route_frame.ts";
import { RouteTable } from "./route_table.ts";
import { RouteTableWriter } from "./route_table_writer.ts";

function route(modid: number, ...ports: number[]): RouteFrame {
  return encodeRouteFrame(
    { modid, cmdid: 1 },
    ports.map((port) => ({ ip: 0x7f000001, port, weight: 100 })),
  );
}

function tableOf(...routes: RouteFrame[]): RouteTable {
  const table = RouteTable.create();
  const writer = new RouteTableWriter(table);
  for (const each of routes) writer.put(each);
  return table;
}

Deno.test("RouteTable.frame() gives a module's frame, and nothing when there is no such module", () => {
  const table = tableOf(route(0, 80), route(2, 80, 81));
  assertEquals(table.frame({ modid: 2, cmdid: 1 }), route(2, 80, 81).frame);
  assertEquals(table.frame({ modid: 0, cmdid: 1 }), route(0, 80).frame);
  assertEquals(table.frame({ modid: 1, cmdid: 1 }), undefined);
  assertEquals(table.frame({ modid: 2, cmdid: 2 }), undefined);
  assertEquals([table.moduleCount, table.hostCount], [2, 3]);
});

Deno.test("RouteTable has what is written after another thread has joined it", () => {
  const table = tableOf();
  const joined = new RouteTable(table.buffer);
  assertEquals(joined.frame({ modid: 1, cmdid: 1 }), undefined);
  const writer = new RouteTableWriter(table);
  for (let modid = 1; modid <= 20_000; modid++) writer.put(route(modid, 80)); // grows, and its index twice
  assertEquals(joined.frame({ modid: 20_000, cmdid: 1 }), route(20_000, 80).frame);
  assertEquals([joined.moduleCount, joined.hostCount], [20_000, 20_000]);
});

Deno.test("RouteTable.holds() compares bytes, and takes a route without hosts for no module", () => {
  const table = tableOf(route(1, 80));
  assertEquals(table.holds(route(1, 80)), true);
  assertEquals(table.holds(route(1, 81)), false);
  assertEquals(table.holds(route(1)), false);
  assertEquals(table.holds(route(2)), true);
  assertEquals(table.holds(route(2, 80)), false);
});
