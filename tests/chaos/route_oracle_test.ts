import { assertEquals } from "@std/assert";
import { RouteOracle } from "./route_oracle.ts";

const MODULE = { modid: 1, cmdid: 1 };

Deno.test("RouteOracle knows what a route is, and since when a host is none of it", () => {
  const oracle = new RouteOracle();
  for (const port of [9002, 9001, 9003]) oracle.put(MODULE, port);
  oracle.drop(MODULE, 9002, 500);
  assertEquals(oracle.portsOf(MODULE), [9001, 9003]);
  assertEquals(oracle.droppedAtMs(MODULE, 9001), Infinity);
  assertEquals(oracle.droppedAtMs(MODULE, 9002), 500);
  assertEquals(oracle.droppedAtMs(MODULE, 9009), -Infinity);
  assertEquals(oracle.droppedAtMs({ modid: 2, cmdid: 1 }, 9001), -Infinity);
  assertEquals(oracle.portsOf({ modid: 2, cmdid: 1 }), []);
});
