import { assertEquals } from "@std/assert";
import { ReportStatusRequest } from "../../proto/mod.ts";
import { Counters } from "../../reactor/mod.ts";
import type { CallStatus } from "../../sql/mod.ts";
import { toStatuses } from "../status/status_row.ts";
import { Intake, INTAKE_COUNTERS, MAX_HANDOVER } from "./intake.ts";

function report(ips: number[], part: { modid?: number; tsSec?: number } = {}): ReportStatusRequest {
  const report = new ReportStatusRequest();
  Object.assign(report, { modid: 1, cmdid: 1, caller: 1, tsSec: 1000, ...part });
  for (const ip of ips) Object.assign(report.results.add(), { ip, port: 80, succ: 1 });
  return report;
}

function setUp(maxPending = 1e6) {
  const counters = new Counters(INTAKE_COUNTERS);
  const posted: CallStatus[][] = [];
  const intake = new Intake({
    maxPending,
    counters,
    post: (rows) => posted.push(toStatuses(rows)),
  });
  return { intake, counters, posted };
}

function ipsOf(posted: CallStatus[][]): number[][] {
  return posted.map((statuses) => statuses.map(({ ip }) => ip));
}

Deno.test("Intake.put() hands over in one message what one turn brings", async () => {
  const { intake, counters, posted } = setUp();
  intake.put(report([1, 2]));
  intake.put(report([3]));
  assertEquals(posted, []);
  await Promise.resolve();
  assertEquals(ipsOf(posted), [[1, 2, 3]]);
  assertEquals(counters.get("handed"), 3);
});

Deno.test("Intake.put() counts what is invalid, and hands nothing over when all is", async () => {
  const { intake, counters, posted } = setUp();
  intake.put(report([1, 2, 3], { modid: -1 }));
  await Promise.resolve();
  assertEquals(posted, []);
  assertEquals([counters.get("invalid"), counters.get("handed")], [3, 0]);
});

Deno.test("Intake holds the newest of each row while a message is on its way", async () => {
  const { intake, counters, posted } = setUp();
  intake.put(report([1]));
  await Promise.resolve();
  for (const tsSec of [1003, 1005, 1004]) intake.put(report([2, 3], { tsSec }));
  await Promise.resolve();
  assertEquals(posted.length, 1);
  intake.onTaken();
  assertEquals(ipsOf(posted), [[1], [2, 3]]);
  assertEquals(posted[1].map(({ tsSec }) => tsSec), [1005, 1005]);
  assertEquals(counters.get("replaced"), 4);
  intake.onTaken();
  assertEquals(posted.length, 2);
  intake.put(report([4]));
  await Promise.resolve();
  assertEquals(ipsOf(posted), [[1], [2, 3], [4]]);
});

Deno.test("Intake.reload() bounds what is held anew", async () => {
  const { intake, counters, posted } = setUp(2);
  intake.put(report([1]));
  await Promise.resolve();
  intake.put(report([2, 3, 4]));
  assertEquals(counters.get("refused"), 1);
  intake.reload({ maxPending: 3 });
  intake.put(report([4, 5]));
  assertEquals(counters.get("refused"), 2);
  intake.onTaken();
  assertEquals(ipsOf(posted), [[1], [2, 3, 4]]);
});

Deno.test("Intake hands over what is much in several messages", async () => {
  const { intake, posted } = setUp();
  intake.put(report(Array.from({ length: 2 * MAX_HANDOVER + 1 }, (_, ip) => ip)));
  await Promise.resolve();
  for (const messages of [1, 2, 3, 3]) {
    assertEquals(posted.length, messages);
    intake.onTaken();
  }
  assertEquals(posted.map(({ length }) => length), [MAX_HANDOVER, MAX_HANDOVER, 1]);
});

Deno.test("Intake.put() refuses and counts new rows past maxPending", async () => {
  const { intake, counters, posted } = setUp(2);
  intake.put(report([1, 2, 3]));
  intake.put(report([1], { tsSec: 1001 }));
  await Promise.resolve();
  assertEquals(posted[0].map(({ ip, tsSec }) => [ip, tsSec]), [[1, 1001], [2, 1000]]);
  assertEquals([counters.get("refused"), counters.get("replaced")], [1, 1]);
});

Deno.test("Intake.stop() hands over all that is held, also before the last message was taken", async () => {
  const { intake, posted } = setUp();
  intake.put(report([1]));
  await Promise.resolve();
  intake.put(report(Array.from({ length: MAX_HANDOVER + 1 }, (_, ip) => ip)));
  intake.stop();
  assertEquals(posted.map(({ length }) => length), [1, MAX_HANDOVER, 1]);
  await Promise.resolve();
  intake.onTaken();
  assertEquals(posted.length, 3);
});

Deno.test("Intake.put() says with which block all of a report is handed over, or that some of it is not", async () => {
  const { intake, posted } = setUp(2 * MAX_HANDOVER);
  const ips = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
  assertEquals(intake.put(report([1, 2])), 1);
  assertEquals(intake.put(report([3])), 1);
  await Promise.resolve(); // handed over
  assertEquals(intake.put(report([1, 4])), 2);
  assertEquals(intake.put(report(ips(10, MAX_HANDOVER))), 3);
  assertEquals(intake.put(report([4], { tsSec: 1001 })), 3); // takes a place in the second, and is not told of before
  intake.onTaken();
  assertEquals(intake.put(report([20])), 3);
  assertEquals(intake.put(report(ips(20_000, 2 * MAX_HANDOVER))), undefined);
  intake.onTaken();
  assertEquals(posted[2].map(({ ip }) => ip).includes(10 + MAX_HANDOVER - 1), true);
});

Deno.test("Intake counts its blocks on from those of the thread that it replaces", () => {
  const { post, ...options } = {
    maxPending: 10,
    counters: new Counters(INTAKE_COUNTERS),
    post() {},
  };
  assertEquals(new Intake({ ...options, post, lastBlock: 41 }).put(report([1])), 42);
});
