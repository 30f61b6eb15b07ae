import { assertEquals } from "@std/assert";
import { encodeReportStatusRequest, MessageId } from "../proto/mod.ts";
import { type Connection, Counters } from "../reactor/mod.ts";
import type { CallStatus } from "../sql/mod.ts";
import { createReporterHandlers } from "./handlers.ts";
import { INTAKE_COUNTER_NAMES } from "./intake.ts";
import { readRows } from "./row_fixture.ts";

function setUp() {
  const posted: CallStatus[][] = [];
  const handlers = createReporterHandlers({
    maxPending: 10,
    intake: new Counters(INTAKE_COUNTER_NAMES).buffer,
    log: { level: "error", format: "json" },
  }, { post: (rows) => posted.push(readRows(rows)) });
  const peer = {} as Connection<undefined>; // nobody answers it, so it needs no socket
  return {
    handlers,
    posted,
    receive: (msgid: number, body: Uint8Array) =>
      handlers.router.dispatch(msgid, { bytes: body, start: 0, end: body.length }, peer),
  };
}

function bodyOf(modid: number): Uint8Array {
  const results = [{ ip: 1, port: 80, succ: 1, err: 0, overload: false }];
  return encodeReportStatusRequest({ modid, cmdid: 1, caller: 1, tsSec: 1000, results });
}

function modidsOf(posted: CallStatus[][]): number[][] {
  return posted.map((statuses) => statuses.map(({ modid }) => modid));
}

Deno.test("createReporterHandlers() takes reports and nothing else", () => {
  const { receive } = setUp();
  assertEquals(receive(MessageId.ReportStatusRequest, bodyOf(1)), "handled");
  assertEquals(receive(MessageId.ReportStatusRequest, Uint8Array.of(255)), "malformed");
  assertEquals(receive(MessageId.GetRouteRequest, bodyOf(1)), "unknown");
});

Deno.test("createReporterHandlers() posts the next statuses when the last were taken, or at the end", async () => {
  const { handlers, posted, receive } = setUp();
  receive(MessageId.ReportStatusRequest, bodyOf(1));
  await Promise.resolve();
  receive(MessageId.ReportStatusRequest, bodyOf(2));
  await Promise.resolve();
  assertEquals(modidsOf(posted), [[1]]);
  handlers.onTask?.("taken", []);
  receive(MessageId.ReportStatusRequest, bodyOf(3));
  assertEquals(modidsOf(posted), [[1], [2]]);
  await handlers.onStop?.();
  assertEquals(modidsOf(posted), [[1], [2], [3]]);
});
