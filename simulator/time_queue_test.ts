import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TimeQueue } from "./time_queue.ts";

/** Takes everything, as pairs of time and item. */
function drain(queue: TimeQueue): [number, number][] {
  const taken: [number, number][] = [];
  while (queue.size > 0) taken.push([queue.nextMs, queue.take()]);
  return taken;
}

Deno.test("TimeQueue holds nothing when new, and again when all is taken", () => {
  const queue = new TimeQueue();
  assertEquals([queue.size, queue.nextMs], [0, Infinity]);
  queue.push(7, 3.5);
  assertEquals([queue.size, queue.nextMs, queue.take()], [1, 3.5, 7]);
  assertEquals([queue.size, queue.nextMs], [0, Infinity]);
});

Deno.test("TimeQueue.take() gives the earliest of many, beyond the first capacity", () => {
  const queue = new TimeQueue();
  const count = 1000;
  // 7 and 1000 have no common factor, so that every time comes up once.
  for (let i = 0; i < count; i++) queue.push(-i, i * 7 % count);
  const taken = drain(queue);
  assertEquals(taken.map(([dueMs]) => dueMs), Array.from({ length: count }, (_, i) => i));
  assert(taken.every(([dueMs, item]) => -item * 7 % count === dueMs));
});

Deno.test("TimeQueue takes in the order of a sorted array when pushes and takes are mixed", () => {
  // Few different times, so that many are equal; null takes.
  const steps = fc.array(fc.option(fc.integer({ min: 0, max: 40 })), { maxLength: 400 });
  fc.assert(fc.property(steps, (steps) => {
    const queue = new TimeQueue();
    let model: { item: number; dueMs: number }[] = [];
    for (const [item, dueMs] of steps.entries()) {
      if (dueMs !== null) {
        queue.push(item, dueMs);
        model.push({ item, dueMs });
        model.sort((a, b) => a.dueMs - b.dueMs);
      } else if (model.length > 0) {
        const taken = queue.take();
        // Of equal times any may come first, but each only once.
        const due = model.find(({ item }) => item === taken);
        assertEquals(due?.dueMs, model[0].dueMs);
        model = model.filter(({ item }) => item !== taken);
      }
      assertEquals([queue.size, queue.nextMs], [model.length, model[0]?.dueMs ?? Infinity]);
    }
    assertEquals(drain(queue).map(([dueMs]) => dueMs), model.map(({ dueMs }) => dueMs));
  }));
});

Deno.test("TimeQueue.take() gives equal times in the same order every time", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 3 })), (times) => {
    const [first, second] = [new TimeQueue(), new TimeQueue()];
    for (const queue of [first, second]) times.forEach((dueMs, item) => queue.push(item, dueMs));
    assertEquals(drain(first), drain(second));
  }));
});
