import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Fifo } from "./fifo.ts";

Deno.test("Fifo agrees with an array over random operations", () => {
  const operation = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 3000 }) }),
    fc.record({ shift: fc.integer({ min: 1, max: 3000 }) }),
    fc.record({ putFirst: fc.array(fc.nat(), { maxLength: 5 }) }),
    fc.record({ takeBelow: fc.nat(5000) }),
    fc.constant({ drain: true }),
  );
  fc.assert(
    fc.property(fc.array(operation), (operations) => {
      const fifo = new Fifo<number>();
      let model: number[] = [];
      let next = 0;
      for (const operation of operations) {
        if ("push" in operation) {
          for (let i = 0; i < operation.push; i++) {
            fifo.push(next);
            model.push(next++);
          }
        } else if ("shift" in operation) {
          const taken = Array.from({ length: operation.shift }, () => fifo.shift());
          const expected = model.splice(0, operation.shift);
          assertEquals(taken.filter((item) => item !== undefined), expected);
        } else if ("putFirst" in operation) {
          fifo.putFirst(operation.putFirst);
          model = [...operation.putFirst, ...model];
        } else if ("takeBelow" in operation) {
          const below = (item: number) => item < operation.takeBelow;
          const end = model.findIndex((item) => !below(item));
          const expected = model.splice(0, end < 0 ? model.length : end);
          assertEquals(fifo.takeWhile(below), expected);
        } else {
          assertEquals(fifo.drain(), model);
          model = [];
        }
        assertEquals([fifo.length, fifo.first], [model.length, model[0]]);
      }
    }),
    { seed: 20_260_103, numRuns: 100 },
  );
});
