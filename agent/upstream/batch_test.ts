import { assertEquals } from "@std/assert";
import { Batch } from "./batch.ts";

Deno.test("Batch hands on what one turn brings as one, in its order", async () => {
  const flushed: number[][] = [];
  const batch = new Batch<number>((items) => flushed.push(items));
  batch.add([1]);
  batch.add([]);
  batch.add([2, 3]);
  assertEquals(flushed, []);
  await undefined;
  assertEquals(flushed, [[1, 2, 3]]);
  batch.add([]);
  batch.add([4]);
  await undefined;
  assertEquals(flushed, [[1, 2, 3], [4]]);
});

Deno.test("Batch parts what is too much for one message", async () => {
  const lengths: number[] = [];
  const batch = new Batch<number>(({ length }) => lengths.push(length));
  batch.add([...Array(40).keys()]);
  await undefined;
  assertEquals(lengths, [32, 8]);
});
