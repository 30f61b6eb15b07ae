import { assertEquals } from "@std/assert";
import { type Point, searchCoordinates, type SearchStep } from "./coordinate_search.ts";

const VALUES = { x: [0, 1, 2, 3, 4], y: [0, 1, 2, 3, 4] };
const START = { x: 0, y: 4, z: 7 };

/** Searches for what costs least by this; gives what was found and each step. */
async function search(
  costOf: (point: Point<number>) => number,
  rounds = 10,
): Promise<{ found: Point<number>; steps: SearchStep<number>[] }> {
  const steps: SearchStep<number>[] = [];
  const found = await searchCoordinates({
    start: START,
    values: VALUES,
    rounds,
    evaluate: (points) => Promise.resolve(points.map(costOf)),
    onStep: (step) => steps.push(step),
  });
  return { found, steps };
}

Deno.test("searchCoordinates() finds what is best in each variable, and leaves others as they are", async () => {
  const { found } = await search(({ x, y }) => (x - 3) ** 2 + (y - 1) ** 2);
  assertEquals(found, { x: 3, y: 1, z: 7 });
});

Deno.test("searchCoordinates() goes on until nothing changes", async () => {
  // Each variable may be but a step ahead of the other one.
  const { found, steps } = await search(({ x, y }) => Math.abs(x - y) > 1 ? 100 : 8 - x - y);
  assertEquals(found, { x: 4, y: 4, z: 7 });
  assertEquals(steps.at(-1)!.best, steps.at(-3)!.best);
});

Deno.test("searchCoordinates() makes no more rounds than it may", async () => {
  const { steps } = await search(({ x, y }) => -x - y, 1);
  assertEquals(steps.map(({ name, cost }) => [name, cost]), [["x", -8], ["y", -8]]);
});

Deno.test("searchCoordinates() keeps what it has when nothing is better", async () => {
  const { found, steps } = await search(() => 1);
  assertEquals([found, steps.length], [START, 2]);
  // The start's own value is tried first, and once.
  assertEquals(steps[1].costs.map(({ value }) => value), [4, 0, 1, 2, 3]);
});
