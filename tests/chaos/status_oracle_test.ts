import { assertEquals } from "@std/assert";
import type { CallStatus } from "../../sql/mod.ts";
import { StatusOracle } from "./status_oracle.ts";

const HOST = { agent: "agent1", modid: 1, cmdid: 1, port: 9001 };
const STATUS: CallStatus = {
  modid: 1,
  cmdid: 1,
  ip: 1,
  port: 9001,
  caller: 7,
  succ: 2,
  err: 0,
  tsSec: 11,
  overload: false,
};

Deno.test("StatusOracle misses a status that is not there, is too old, or lacks a report", () => {
  const oracle = new StatusOracle();
  oracle.report(HOST, { nowMs: 0, nowSec: 10.9 });
  oracle.report(HOST, { nowMs: 1000, nowSec: 11.9 });
  const missing = (statuses: CallStatus[], expected: "nothing" | "newest" | "all" = "all") =>
    oracle.missing(statuses, {
      callers: new Map([["agent1", 7]]),
      expect: () => expected,
    }).length;
  assertEquals(missing([STATUS]), 0);
  assertEquals(missing([]), 1);
  assertEquals(missing([{ ...STATUS, caller: 8 }]), 1);
  assertEquals(missing([{ ...STATUS, tsSec: 10 }]), 1);
  assertEquals(missing([{ ...STATUS, succ: 1 }]), 1);
  assertEquals(missing([{ ...STATUS, succ: 1 }], "newest"), 0);
  assertEquals(missing([], "nothing"), 0);
});
