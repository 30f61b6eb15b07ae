import { assertEquals } from "@std/assert";
import { DecisionLog, MAX_DECISIONS } from "./decision_log.ts";
import { HostState } from "../host/host_state.ts";

function note(log: DecisionLog, host: HostState, atMs: number): void {
  log.note(host, { kind: "overloaded", reason: "err_rate", threshold: 0.1, atMs });
}

Deno.test("DecisionLog keeps the numbers that the host had then", () => {
  const log = new DecisionLog();
  const host = new HostState({ ip: 1, port: 2, weight: 3 });
  host.beginIdle(180, 0);
  host.count(2, true);
  host.count(4, false);
  note(log, host, 7);
  host.beginOverloaded(5, 7);
  assertEquals(log.list(), [{
    ...{ atMs: 7, ip: 1, port: 2, kind: "overloaded", reason: "err_rate", threshold: 0.1 },
    ...{ vsucc: 182, verr: 4, rsucc: 2, rerr: 4, runSucc: 0, runErr: 4 },
  }]);
});

for (const { noted, first } of [63, 64, 65, 128, 200].map((n) => ({ noted: n, first: n - 64 }))) {
  Deno.test(`DecisionLog lists the last ${MAX_DECISIONS} of ${noted} decisions, the oldest first`, () => {
    const log = new DecisionLog();
    const host = new HostState({ ip: 1, port: 2, weight: 3 });
    for (let atMs = 0; atMs < noted; atMs++) note(log, host, atMs);
    const from = Math.max(0, first);
    const expected = Array.from({ length: noted - from }, (_, i) => from + i);
    assertEquals(log.list().map(({ atMs }) => atMs), expected);
  });
}

Deno.test("DecisionLog is empty when new", () => {
  assertEquals(new DecisionLog().list(), []);
});
