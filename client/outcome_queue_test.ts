import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ReportRequest } from "../proto/mod.ts";
import { OutcomeQueue } from "./outcome_queue.ts";

const SEED = 20_260_102;

function report(retcode: number, modid = 1): ReportRequest {
  return { modid, cmdid: 2, host: { ip: 3, port: 4 }, retcode, timecost: 5 };
}

/** Takes all, by pages and one by one as `choose` says, and hands back every call's outcome. */
function takeAll(queue: OutcomeQueue, choose: () => boolean): ReportRequest[] {
  const taken: ReportRequest[] = [];
  while (!queue.isEmpty) {
    const page = choose() ? queue.firstPage : undefined;
    if (page === undefined) {
      const one = report(0);
      queue.takeOne(one);
      taken.push(one);
      continue;
    }
    for (let i = 0; i < page.outcomes.length; i++) {
      const { modid, cmdid, ip, port, retcode, count, timecost } = page.outcomes.at(i);
      for (let call = 0; call < count; call++) {
        taken.push({ modid, cmdid, host: { ip, port }, retcode, timecost });
      }
    }
    queue.dropFirstPage();
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

Deno.test("OutcomeQueue.firstPage is worth it for several calls alone", () => {
  const queue = new OutcomeQueue();
  assertEquals(queue.firstPage, undefined);
  queue.add(report(0));
  assertEquals(queue.firstPage, undefined);
  queue.add(report(0));
  assertEquals(queue.firstPage?.outcomes.length, 1);
  assertEquals(queue.firstPage?.outcomes.at(0).count, 2);
});

Deno.test("OutcomeQueue drops, and counts, what is beyond its pages, and works on", () => {
  const queue = new OutcomeQueue();
  for (let i = 0; i < 256 * 256 + 10; i++) queue.add(report(i));
  assertEquals(queue.dropped, 10);
  assertEquals(takeAll(queue, () => true).length, 256 * 256);
  queue.add(report(7));
  assertEquals(takeAll(queue, () => true), [report(7)]);
});
