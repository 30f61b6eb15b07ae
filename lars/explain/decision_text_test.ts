import { assertEquals } from "@std/assert";
import type { DecisionPage } from "../../agent/explain/explain_page.ts";
import { decisionText, timeText } from "./decision_text.ts";

function decide(decision: Partial<DecisionPage>): string {
  return decisionText({
    at: "2026-01-02T03:04:05.000Z",
    ageMs: 0,
    hostname: "127.0.0.1",
    port: 80,
    kind: "joined",
    reason: "route",
    vsucc: 0,
    verr: 0,
    rsucc: 0,
    rerr: 0,
    runSucc: 0,
    runErr: 0,
    ...decision,
  });
}

Deno.test("decisionText() says why a host turned overloaded, with the numbers that were reached", () => {
  const kind = "overloaded";
  assertEquals(
    decide({ kind, reason: "err_rate", threshold: 0.1, vsucc: 190, verr: 22, runErr: 3 }),
    "turned overloaded: failures 10.38 %, above err_rate 10 %; 3 in a row",
  );
  assertEquals(
    decide({ kind, reason: "contin_err_limit", threshold: 15, vsucc: 180, verr: 15, runErr: 15 }),
    "turned overloaded: 15 failures in a row (contin_err_limit 15); failures 7.7 %",
  );
  assertEquals(
    decide({ kind, reason: "window_err_rate", threshold: 0.7, rsucc: 1, rerr: 4 }),
    "turned overloaded: 4 of the window's 5 calls failed, 80 % (window_err_rate 70 %)",
  );
});

Deno.test("decisionText() says why a host turned healthy, with the numbers that were reached", () => {
  const kind = "idle";
  assertEquals(
    decide({ kind, reason: "succ_rate", threshold: 0.95, vsucc: 96, verr: 5, runSucc: 9 }),
    "turned healthy: successes 95.05 %, above succ_rate 95 %; 9 in a row",
  );
  assertEquals(
    decide({ kind, reason: "contin_succ_limit", threshold: 15, vsucc: 15, verr: 5, runSucc: 15 }),
    "turned healthy: 15 successes in a row (contin_succ_limit 15); successes 75 %",
  );
  assertEquals(
    decide({ kind, reason: "overload_timeout", threshold: 15_000, rsucc: 1, rerr: 2 }),
    "turned healthy: overload_timeout 15 s is over; 1 ok and 2 failed since it turned overloaded",
  );
});

Deno.test("decisionText() says what else was decided", () => {
  assertEquals(decide({ kind: "joined" }), "joined: the route holds it");
  assertEquals(decide({ kind: "left" }), "left: the route holds it no more");
  const silent = "no call reported since it turned overloaded";
  assertEquals(decide({ kind: "probed", reason: "probe_num" }), `probed: ${silent}`);
  assertEquals(
    decide({ kind: "spared", reason: "max_overloaded_percent", threshold: 50 }),
    "spared, though it fails: more than 50 % of the hosts would be overloaded (max_overloaded_percent)",
  );
});

Deno.test("decisionText() says what the policy lars goes by", () => {
  const kind = "overloaded";
  assertEquals(
    decide({ kind, reason: "err_rate", rsucc: 9, rerr: 3, runErr: 2 }),
    "turned overloaded: 3 of its last 12 calls failed, 2 in a row, and others' do not",
  );
  assertEquals(
    decide({ kind, reason: "silence" }),
    "turned overloaded: it does not answer, and others do",
  );
  assertEquals(
    decide({ kind, reason: "latency" }),
    "turned overloaded: its calls take far longer than those of others",
  );
  assertEquals(
    decide({ kind: "idle", reason: "proven", rsucc: 8, rerr: 2 }),
    "turned healthy: all calls of its trial went well; 8 ok and 2 failed since it turned overloaded",
  );
});

Deno.test("timeText() takes the unit that suits", () => {
  assertEquals([0, 999, 1000, 3240, 15_000].map(timeText), [
    "0 ms",
    "999 ms",
    "1 s",
    "3.2 s",
    "15 s",
  ]);
});
