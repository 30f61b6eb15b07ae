import { assertEquals } from "@std/assert";
import { decodeRoute } from "../../proto/mod.ts";
import { decodeDatagram } from "../../reactor/mod.ts";
import type { RouteRow } from "../../sql/mod.ts";
import type { RouteFrame } from "./route_frame.ts";
import { ServableRoutes } from "./servable_routes.ts";

function row(id: number, rest: Partial<RouteRow> = {}): RouteRow {
  return { id, modid: 1, cmdid: 1, ip: 0x0a000001, port: 80, weight: 100, ...rest };
}

function portsOf({ frame }: RouteFrame): number[] {
  return decodeRoute(decodeDatagram(frame)!.body).hosts.map(({ port }) => port);
}

Deno.test("ServableRoutes keeps the order of ids when the rows of modules are mixed", () => {
  const routes = new ServableRoutes();
  routes.add([row(1, { port: 9 }), row(2, { modid: 2, port: 5 }), row(3, { port: 7 })]);
  routes.add([row(4, { port: 8 }), row(9, { modid: 2, port: 4 })]);
  assertEquals(portsOf(routes.frame({ modid: 1, cmdid: 1 })), [9, 7, 8]);
  assertEquals(portsOf(routes.frame({ modid: 2, cmdid: 1 })), [5, 4]);
  assertEquals(Array.from(routes.frames(), (frame) => frame.hostCount).sort(), [2, 3]);
});

Deno.test("ServableRoutes.frame() has no hosts when there is no row", () => {
  assertEquals(new ServableRoutes().frame({ modid: 3, cmdid: 4 }).hostCount, 0);
});

Deno.test("ServableRoutes leaves out rows with ports and ids that cannot be", () => {
  const routes = new ServableRoutes();
  routes.add([
    row(1, { port: 0 }),
    row(2, { port: 65536 }),
    row(3, { modid: 2147483648 }),
    row(4, { cmdid: 4294967295 }),
    row(5, { port: 65535 }),
    row(6, { port: 1, ip: 0 }),
    row(7, { modid: 2147483647, cmdid: 0 }),
  ]);
  assertEquals(portsOf(routes.frame({ modid: 1, cmdid: 1 })), [65535, 1]);
  assertEquals(routes.frame({ modid: 2147483647, cmdid: 0 }).hostCount, 1);
  assertEquals(routes.unservableCount, 4);
  assertEquals(routes.unservable.map(({ id }) => id), [1, 2, 3, 4]);
});

Deno.test("ServableRoutes serves the lowest id of a host that is there twice", () => {
  const routes = new ServableRoutes();
  routes.add([row(1), row(2, { port: 81 }), row(3, { weight: 7 }), row(4, { modid: 2 })]);
  assertEquals(portsOf(routes.frame({ modid: 1, cmdid: 1 })), [80, 81]);
  assertEquals(routes.unservable.map(({ id }) => id), [3]);
});

Deno.test("ServableRoutes leaves out hosts of weight 0, and does not call them unservable", () => {
  const routes = new ServableRoutes();
  routes.add([row(1, { weight: 0 }), row(2, { port: 81 }), row(3, { modid: 2, weight: 0 })]);
  assertEquals(portsOf(routes.frame({ modid: 1, cmdid: 1 })), [81]);
  assertEquals(routes.frame({ modid: 2, cmdid: 1 }).hostCount, 0);
  assertEquals(Array.from(routes.frames(), ({ hostCount }) => hostCount).sort(), [0, 1]);
  assertEquals(routes.unservableCount, 0);
});

Deno.test("ServableRoutes lets the lowest id of a host say whether it is drained", () => {
  const routes = new ServableRoutes();
  routes.add([
    row(1, { weight: 0 }),
    row(2),
    row(3, { modid: 2 }),
    row(4, { modid: 2, weight: 0 }),
  ]);
  assertEquals(routes.frame({ modid: 1, cmdid: 1 }).hostCount, 0);
  assertEquals(routes.frame({ modid: 2, cmdid: 1 }).hostCount, 1);
  assertEquals(routes.unservable.map(({ id }) => id), [2, 4]);
});

Deno.test("ServableRoutes serves the lowest ids when a module has more hosts than a frame holds", () => {
  const routes = new ServableRoutes();
  routes.add(
    Array.from({ length: 5000 }, (_, i) => row(i + 1, { ip: 0xc0000000 + i, port: 1000 })),
  );
  const { hostCount, frame } = routes.frame({ modid: 1, cmdid: 1 });
  const { hosts } = decodeRoute(decodeDatagram(frame)!.body);
  assertEquals(hosts.length, hostCount);
  assertEquals(hosts.at(-1)!.ip, 0xc0000000 + hostCount - 1);
  assertEquals(routes.unservableCount, 5000 - hostCount);
  assertEquals(routes.unservable[0].id, hostCount + 1);
});

Deno.test("ServableRoutes counts all rows it leaves out and names a bounded number", () => {
  const routes = new ServableRoutes();
  routes.add(Array.from({ length: 3000 }, (_, i) => row(i + 1, { port: 0 })));
  assertEquals([routes.unservableCount, routes.unservable.length], [3000, 1000]);
});

Deno.test("ServableRoutes loses no row when it grows", () => {
  const routes = new ServableRoutes();
  for (let id = 1; id <= 20_000; id++) {
    routes.add([row(id, { modid: id % 3001, cmdid: id % 2, port: 1 + id })]);
  }
  let hosts = 0;
  for (const { modid, cmdid, frame } of routes.frames()) {
    const ports = portsOf({ frame } as RouteFrame);
    hosts += ports.length;
    assertEquals(
      ports.every((port) => (port - 1) % 3001 === modid && (port - 1) % 2 === cmdid),
      true,
    );
    assertEquals(ports, ports.toSorted((a, b) => a - b));
  }
  assertEquals(hosts, 20_000);
});
