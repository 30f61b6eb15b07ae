import { assertEquals } from "@std/assert";
import { Excuses } from "./excuses.ts";
import type { FaultKind, FaultRecord, Target } from "./fault.ts";
import { StallMeter, TICK_MS } from "../../testing/stall_meter.ts";

/** A fault from second 10 to second 20. */
function fault(kind: FaultKind, target: Target, times: Partial<FaultRecord> = {}): FaultRecord {
  return { kind, target, atMs: 10_000, forMs: 10_000, fromMs: 10_000, toMs: 20_000, ...times };
}

function excuses(...records: FaultRecord[]): Excuses {
  return new Excuses(records, new StallMeter());
}

/** The first whole tenth of a second from `fromMs` on at which something is excused no more. */
function endOf(isExcused: (nowMs: number) => boolean, fromMs = 10_000): number {
  let nowMs = fromMs;
  while (isExcused(nowMs) && nowMs < 1_000_000) nowMs += 100;
  return nowMs;
}

Deno.test("Excuses.mayFail() excuses picks while what serves them is away, and shortly after", () => {
  const cases: [FaultKind, Target, end: number][] = [
    ["kill", { role: "agent1" }, 21_100],
    ["stop", { role: "agent1" }, 21_100],
    ["throw", { role: "agent1", worker: "shard0" }, 10_300],
    ["hang", { role: "agent1", worker: "shard0" }, 10_600],
    ["hang", { role: "agent1", worker: "shard1" }, 10_000],
    ["hang", { role: "agent1", worker: "dns" }, 10_000],
    ["clock", { role: "agent1" }, 10_000],
    ["kill", { role: "agent2" }, 10_000],
    ["kill", { role: "dns1" }, 10_000],
    ["cut", { role: "agent1", peer: "dns1" }, 10_000],
    ["stop", { role: "database" }, 10_000],
  ];
  for (const [kind, target, end] of cases) {
    const toMs = kind === "throw" ? 10_000 : 20_000;
    const judge = excuses(fault(kind, target, { toMs }));
    const mayFail = (nowMs: number) =>
      judge.mayFail("agent1", { shard: "shard0", startMs: nowMs, endMs: nowMs });
    assertEquals(endOf(mayFail), end, `${kind} ${JSON.stringify(target)}`);
  }
});

Deno.test("Excuses.mayFail() excuses a pick that was under way when the fault came", () => {
  const judge = excuses(fault("kill", { role: "agent1" }));
  const mayFail = (startMs: number, endMs: number) =>
    judge.mayFail("agent1", { shard: "shard0", startMs, endMs });
  assertEquals([mayFail(9_000, 9_900), mayFail(9_000, 10_100)], [false, true]);
});

Deno.test("Excuses.mayBeStale() gives 1.5 s where nothing is broken, and more by what is", () => {
  const cases: [name: string, faults: FaultRecord[], end: number][] = [
    ["nothing", [], 11_600],
    ["dns refuses", [fault("kill", { role: "dns1" })], 12_600],
    ["its link is cut", [fault("cut", { role: "agent1", peer: "dns1" })], 12_600],
    ["another's is", [fault("cut", { role: "agent2", peer: "dns1" })], 11_600],
    ["dns is silent", [fault("stop", { role: "dns1" })], 14_600],
    ["dns is slow", [fault("throttle", { role: "dns1" })], 24_600],
    ["dns reads nothing", [fault("cut", { role: "dns1", peer: "database" })], 24_600],
    ["no database", [fault("kill", { role: "database" })], 24_600],
    [
      "both dns are away",
      [fault("kill", { role: "dns1" }), fault("stop", { role: "dns2" })],
      24_600,
    ],
    ["no clock", [fault("clock", { role: "dns1" })], 11_600],
    ["no reporter", [fault("kill", { role: "reporter1" })], 11_600],
    ["the agent is away", [fault("stop", { role: "agent1" })], 24_600],
  ];
  for (const [name, faults, end] of cases) {
    const judge = excuses(...faults);
    const mayBeStale = (nowMs: number) =>
      judge.mayBeStale("agent1", { droppedAtMs: 10_000, nowMs });
    assertEquals(endOf(mayBeStale), end, name);
  }
});

Deno.test("Excuses.mayBeLost() excuses what an agent took with it that could not be stored before", () => {
  const killed = fault("kill", { role: "agent1" });
  const reported = { shard: "shard0", firstMs: 5_000, lastMs: 6_000 };
  assertEquals(excuses(killed).mayBeLost("agent1", reported), false);
  assertEquals(excuses(killed).mayBeLost("agent1", { ...reported, lastMs: 8_000 }), true);
  assertEquals(excuses(killed).mayBeLost("agent2", { ...reported, lastMs: 8_000 }), false);
  const away = fault("stop", { role: "reporter1" }, { fromMs: 5_500, toMs: 8_000 });
  assertEquals(excuses(away).mayBeLost("agent1", reported), false);
  assertEquals(excuses(away, killed).mayBeLost("agent1", reported), true);
});

Deno.test("Excuses do not count the time that the harness was stalled", () => {
  const stalls = new StallMeter();
  for (let nowMs = 0; nowMs <= 11_000; nowMs += TICK_MS) stalls.tick(nowMs);
  stalls.tick(13_000);
  const judge = new Excuses([], stalls);
  const mayBeStale = (nowMs: number) => judge.mayBeStale("agent1", { droppedAtMs: 10_000, nowMs });
  assertEquals(endOf(mayBeStale), 13_600);
});
