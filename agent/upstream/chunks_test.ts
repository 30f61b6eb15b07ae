import { assertEquals } from "@std/assert";
import { chunksOf, Coalescer, routeWeight } from "./chunks.ts";

Deno.test("chunksOf() parts items, and gives no empty chunk", () => {
  const lengths = (count: number) => [...chunksOf(Array(count).keys())].map(({ length }) => length);
  assertEquals(lengths(0), []);
  assertEquals(lengths(1), [1]);
  assertEquals(lengths(32), [32]);
  assertEquals(lengths(65), [32, 32, 1]);
  assertEquals([...chunksOf([7, 8, 9], () => 20)], [[7, 8], [9]]);
});

Deno.test("chunksOf() parts routes by their hosts, not by how many routes they are", () => {
  const routesOf = (hosts: number) => Array.from({ length: 64 }, () => ({ hosts: Array(hosts) }));
  const chunks = (hosts: number) => [...chunksOf(routesOf(hosts), routeWeight)].length;
  assertEquals([chunks(0), chunks(10), chunks(100), chunks(5000)], [2, 4, 22, 64]);
});

Deno.test("Coalescer hands on together what is added at a time, in its order", async () => {
  const sent: number[][] = [];
  const coalescer = new Coalescer<number>((chunk) => sent.push(chunk));
  coalescer.add([1]);
  coalescer.add([]);
  coalescer.add([2, 3]);
  assertEquals(sent, []);
  await undefined;
  assertEquals(sent, [[1, 2, 3]]);
  coalescer.add([]);
  coalescer.add([...Array(40).keys()]);
  await undefined;
  assertEquals(sent.slice(1).map(({ length }) => length), [32, 8]);
});
