import { assertEquals } from "@std/assert";
import { routeWeight, slices } from "./slices.ts";

Deno.test("slices() parts items, and gives no empty part", () => {
  const lengths = (count: number) => [...slices(Array(count).keys())].map(({ length }) => length);
  assertEquals(lengths(0), []);
  assertEquals(lengths(1), [1]);
  assertEquals(lengths(32), [32]);
  assertEquals(lengths(65), [32, 32, 1]);
  assertEquals([...slices([7, 8, 9], { limit: 2 })], [[7, 8], [9]]);
});

Deno.test("slices() parts routes by their hosts, not by how many routes they are", () => {
  const routesOf = (hosts: number) => Array.from({ length: 64 }, () => ({ hosts: Array(hosts) }));
  const parts = (hosts: number) => [...slices(routesOf(hosts), { weightOf: routeWeight })].length;
  assertEquals([parts(0), parts(10), parts(100), parts(5000)], [2, 4, 22, 64]);
});
