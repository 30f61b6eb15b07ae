import { assertEquals } from "@std/assert";
import { MessageId, ReportStatusRequest } from "../../proto/mod.ts";
import { bodyOf } from "../../testing/proto/plain_message.ts";
import { Counters } from "../../reactor/mod.ts";
import { setLogSink } from "../../service/observe/logger.ts";
import type { CallStatus } from "../../sql/mod.ts";
import { CallerWatch } from "./caller_watch.ts";
import { createReporterHandlers } from "./handlers.ts";
import { INTAKE_COUNTERS } from "./intake.ts";
import { toStatuses } from "../status/status_row.ts";

function setUp(callers = CallerWatch.allocate()) {
  const posted: CallStatus[][] = [];
  const counters = new Counters(INTAKE_COUNTERS);
  const handlers = createReporterHandlers({
    maxPending: 10,
    lastBlock: 0,
    intake: counters.buffer,
    callers,
  }, { post: ({ rows }) => posted.push(toStatuses(rows)) });
  type Peer = Parameters<typeof handlers.router.dispatch>[2];
  // Nobody answers a peer, so it needs no socket.
  const connect = (hostname: string) =>
    ({ state: handlers.createState?.(), remote: { hostname } }) as Peer;
  const first = connect("10.0.0.1");
  return {
    counters,
    connect,
    handlers,
    posted,
    receive: (msgid: number, body: Uint8Array, peer = first) =>
      handlers.router.dispatch(msgid, { bytes: body, start: 0, end: body.length }, peer),
  };
}

function reportOf(modid: number): Uint8Array {
  const results = [{ ip: 1, port: 80, succ: 1, err: 0, overload: false }];
  return bodyOf(ReportStatusRequest, { modid, cmdid: 1, caller: 1, tsSec: 1000, results });
}

function modidsOf(posted: CallStatus[][]): number[][] {
  return posted.map((statuses) => statuses.map(({ modid }) => modid));
}

Deno.test("createReporterHandlers() takes reports and nothing else", async () => {
  const { handlers, receive } = setUp();
  assertEquals(receive(MessageId.ReportStatusRequest, reportOf(1)), "handled");
  assertEquals(receive(MessageId.ReportStatusRequest, Uint8Array.of(255)), "malformed");
  assertEquals(receive(MessageId.GetRouteRequest, reportOf(1)), "unknown");
  await handlers.onStop?.();
});

Deno.test("createReporterHandlers() posts the next statuses when the last were taken, or at the end", async () => {
  const { handlers, posted, receive } = setUp();
  receive(MessageId.ReportStatusRequest, reportOf(1));
  await Promise.resolve();
  receive(MessageId.ReportStatusRequest, reportOf(2));
  await Promise.resolve();
  assertEquals(modidsOf(posted), [[1]]);
  handlers.onTask?.({ kind: "taken" }, []);
  receive(MessageId.ReportStatusRequest, reportOf(3));
  assertEquals(modidsOf(posted), [[1], [2]]);
  await handlers.onStop?.();
  assertEquals(modidsOf(posted), [[1], [2], [3]]);
});

Deno.test("createReporterHandlers() says once that two agents report as one caller", async () => {
  const logged: unknown[] = [];
  const before = setLogSink(({ properties }) => logged.push(properties));
  try {
    const { counters, connect, handlers, receive } = setUp();
    const agents = [connect("10.0.0.1"), connect("10.0.0.2")];
    for (let report = 0; report < 20; report++) {
      receive(MessageId.ReportStatusRequest, reportOf(1), agents[report % 2]);
    }
    assertEquals(logged, [{ peer: "10.0.0.1", other: "10.0.0.2", caller: "0.0.0.1" }]);
    assertEquals(counters.get("sharedCallers"), 1);
    await handlers.onStop?.();
  } finally {
    setLogSink(before);
  }
});
