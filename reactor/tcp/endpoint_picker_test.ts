import { assert, assertEquals, assertThrows } from "@std/assert";
import { EndpointPicker, type EndpointPickerOptions } from "./endpoint_picker.ts";

/** Waits of 100, 200, 400 and then 800 ms. */
const BACKOFF = { firstMs: 100, maxMs: 800, random: () => 1 };

type Step =
  | { at: number; failed: number }
  | { at: number; answered: number }
  | { at: number; picks: number | `at ${number}` }
  | { at: number; prefers: number | undefined };

/** Goes through the steps on one picker of three endpoints, and says at which it is not as it should be. */
function go(steps: Step[], options: Partial<EndpointPickerOptions> = {}): void {
  const picker = new EndpointPicker({ count: 3, backoff: BACKOFF, ...options });
  steps.forEach((step, number) => {
    const said = `step ${number}`;
    if ("failed" in step) picker.failed(step.failed, step.at);
    else if ("answered" in step) picker.answered(step.answered, step.at);
    else if ("prefers" in step) assertEquals(picker.preferred(step.at), step.prefers, said);
    else {
      const pick = picker.pick(step.at);
      assertEquals("index" in pick ? pick.index : `at ${pick.retryAtMs}`, step.picks, said);
    }
  });
}

Deno.test("pick() gives the first endpoint as long as it does not fail", () => {
  go([{ at: 0, picks: 0 }, { at: 1, answered: 0 }, { at: 5000, picks: 0 }]);
});

Deno.test("pick() gives the next endpoint at once, and says when to look again after all have failed", () => {
  go([
    { at: 0, failed: 0 },
    { at: 0, picks: 1 },
    { at: 10, failed: 1 },
    { at: 10, picks: 2 },
    { at: 20, failed: 2 },
    { at: 20, picks: "at 100" },
    { at: 100, picks: 0 },
    { at: 100, failed: 0 },
    { at: 105, picks: "at 110" },
    { at: 110, picks: 1 },
  ]);
});

Deno.test("pick() gives no endpoint that failed while there is one that did not, however long ago that was", () => {
  go([
    { at: 0, failed: 0 },
    { at: 0, answered: 1 },
    { at: 60_000, failed: 1 },
    { at: 60_000, picks: 2 },
    { at: 60_000, failed: 2 },
    { at: 60_000, picks: 0 },
  ]);
});

Deno.test("preferred() gives the first endpoint again once it has been let alone", () => {
  go([
    { at: 0, prefers: 0 },
    { at: 0, failed: 0 },
    { at: 50, answered: 1 },
    { at: 99, prefers: 1 },
    { at: 100, prefers: 0 },
    { at: 100, picks: 1 }, // which is known to be well
    { at: 101, answered: 0 },
    { at: 102, picks: 0 },
  ]);
  go([{ at: 0, failed: 0 }, { at: 50, prefers: undefined }], { count: 1 });
});

Deno.test("failed() has an endpoint let alone longer each time, up to a bound", () => {
  go([
    { at: 0, failed: 0 },
    { at: 0, picks: "at 100" },
    { at: 100, failed: 0 },
    { at: 100, picks: "at 300" },
    { at: 300, failed: 0 },
    { at: 300, picks: "at 700" },
    { at: 700, failed: 0 },
    { at: 700, picks: "at 1500" },
    { at: 1500, failed: 0 },
    { at: 1500, picks: "at 2300" },
  ], { count: 1 });
});

Deno.test("failed() starts over with an endpoint that has been well for a second, and with no other", () => {
  go([
    { at: 0, failed: 0 },
    { at: 100, failed: 0 },
    { at: 300, answered: 0 },
    { at: 1299, failed: 0 },
    { at: 1299, picks: "at 1699" },
    { at: 1699, answered: 0 },
    { at: 2500, answered: 0 },
    { at: 2699, failed: 0 },
    { at: 2699, picks: "at 2799" },
  ], { count: 1 });
});

Deno.test("EndpointPicker spreads clients with one list evenly where it is to shuffle", () => {
  const clients = 3000;
  const orders = new Map<string, number>();
  for (let client = 0; client < clients; client++) {
    const picker = new EndpointPicker({ count: 3, order: "shuffled" });
    let order = "";
    for (let each = 0; each < 3; each++) {
      const pick = picker.pick(0);
      assert("index" in pick);
      order += pick.index;
      picker.failed(pick.index, 0);
    }
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  assertEquals(orders.size, 6);
  // Six standard deviations of a sixth of them.
  for (const [order, times] of orders) assert(Math.abs(times - 500) < 123, `${order}: ${times}`);
});

Deno.test("hasFailed() is so from a failure until the next answer", () => {
  const picker = new EndpointPicker({ count: 2 });
  assertEquals([0, 1].map((index) => picker.hasFailed(index)), [false, false]);
  picker.failed(1, 0);
  assertEquals([0, 1].map((index) => picker.hasFailed(index)), [false, true]);
  assertEquals(picker.failing, 1);
  picker.answered(1, 0);
  assertEquals([picker.hasFailed(1), picker.failing], [false, 0]);
});

Deno.test("EndpointPicker needs endpoints, and knows no others", () => {
  assertThrows(() => new EndpointPicker({ count: 0 }), TypeError);
  assertThrows(() => new EndpointPicker({ count: 1 }).failed(1, 0), RangeError);
});

Deno.test("candidates() are all that may be tried, those that failed last", () => {
  const picker = new EndpointPicker({ count: 3, backoff: { firstMs: 100, random: () => 0 } });
  assertEquals(picker.candidates(0), [0, 1, 2]);
  picker.failed(0, 0);
  assertEquals(picker.candidates(0), [1, 2]);
  picker.failed(1, 40);
  assertEquals(picker.candidates(50), [2, 0]);
  picker.answered(0, 50);
  assertEquals(picker.candidates(100), [0, 2, 1]);
});
