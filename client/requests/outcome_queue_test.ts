import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ReportRequest } from "../../proto/mod.ts";
import { type Outcome, OutcomeQueue } from "./outcome_queue.ts";

const SEED = 20_260_102;

function report(retcode: number, modid = 1): Outcome {
  return { modid, cmdid: 2, ip: 3, port: 4, retcode, costMs: 5 };
}

/** Takes all, by pages and one by one as `choose` says, and hands back every call's outcome. */
function takeAll(queue: OutcomeQueue, choose: () => boolean): Outcome[] {
  const taken: Outcome[] = [];
  const one = new ReportRequest();
  while (!queue.isEmpty) {
    if (!queue.hasPage || !choose()) {
      queue.takeOne(one);
      const { modid, cmdid, host: { ip, port }, retcode, costMs } = one;
      taken.push({ modid, cmdid, ip, port, retcode, costMs });
      continue;
    }
    const page = queue.takePage();
    for (let i = 0; i < page.modules.length; i++) {
      const { modid, cmdid, outcomes } = page.modules.at(i);
      for (let j = 0; j < outcomes.length; j++) {
        const { ip, port, retcode, count, costMs } = outcomes.at(j);
        for (let call = 0; call < count; call++) {
          taken.push({ modid, cmdid, ip, port, retcode, costMs });
        }
      }
    }
  }
  return taken;
}

Deno.test("OutcomeQueue gives what it was given, in its order, by pages and one by one", () => {
  const queue = new OutcomeQueue();
  const calls = fc.array(fc.record({ modid: fc.nat(1), retcode: fc.nat(1) }), { maxLength: 700 });
  fc.assert(
    fc.property(fc.array(fc.tuple(calls, fc.array(fc.boolean()))), (rounds) => {
      for (const [calls, choices] of rounds) {
        const reports = calls.map(({ modid, retcode }) => report(retcode, modid));
        for (const each of reports) queue.add(each);
        assertEquals(takeAll(queue, () => choices.pop() ?? true), reports);
      }
      assertEquals(queue.isEmpty, true);
    }),
    { seed: SEED, numRuns: 200 },
  );
});

Deno.test("OutcomeQueue.hasPage is true for several calls alone", () => {
  const queue = new OutcomeQueue();
  assertEquals(queue.hasPage, false);
  queue.add(report(0));
  assertEquals(queue.hasPage, false);
  queue.add(report(0));
  assertEquals(queue.hasPage, true);
  const { outcomes } = queue.takePage().modules.at(0);
  assertEquals([outcomes.length, outcomes.at(0).count], [1, 2]);
});

Deno.test("OutcomeQueue drops, and counts, what is beyond its pages, and works on", () => {
  const queue = new OutcomeQueue();
  for (let i = 0; i < 256 * 256 + 10; i++) queue.add(report(i));
  assertEquals(queue.dropped, 10);
  assertEquals(takeAll(queue, () => true).length, 256 * 256);
  queue.add(report(7));
  assertEquals(takeAll(queue, () => true), [report(7)]);
});
