import { assertEquals } from "@std/assert";
import { Unstored } from "./unstored.ts";

Deno.test("Unstored counts the reports whose blocks are stored, in the order in which they came", () => {
  const unstored = new Unstored();
  for (const block of [1, 1, 2, 4]) unstored.add(block);
  assertEquals([unstored.note(0), unstored.stored], [false, 0]);
  assertEquals([unstored.note(1), unstored.stored], [true, 2]);
  assertEquals([unstored.note(3), unstored.stored, unstored.isWaiting], [true, 3, true]);
  assertEquals([unstored.note(4), unstored.stored, unstored.isWaiting], [true, 4, false]);
  assertEquals([unstored.note(9), unstored.stored], [false, 4]);
});

Deno.test("Unstored counts nothing from the first report on that was refused", () => {
  const unstored = new Unstored();
  for (const block of [1, undefined, 2]) unstored.add(block);
  assertEquals([unstored.note(9), unstored.stored, unstored.isWaiting], [true, 1, false]);
});

Deno.test("Unstored.stall() has no more reports count as stored", () => {
  const unstored = new Unstored();
  for (const block of [1, 2]) unstored.add(block);
  unstored.note(1);
  unstored.stall();
  unstored.add(3);
  assertEquals([unstored.note(9), unstored.stored, unstored.isWaiting], [false, 1, false]);
});

Deno.test("Unstored counts no report too early or never, however many wait", () => {
  const unstored = new Unstored();
  for (let block = 1; block <= 1000; block++) unstored.add(block);
  for (let block = 1; block <= 1000; block++) {
    unstored.note(block);
    assertEquals(unstored.stored <= block, true);
  }
  assertEquals([unstored.stored, unstored.isWaiting], [1000, false]);
});
