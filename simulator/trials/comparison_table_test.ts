import { assertEquals } from "@std/assert";
import type { PolicyResult } from "./comparison.ts";
import {
  describeGoal,
  formatInTime,
  RESULT_COLUMNS,
  resultCells,
  STANDING_COLUMNS,
  standingCells,
} from "./comparison_table.ts";

const RESULT: PolicyResult = {
  policy: "lars",
  calls: 8000,
  lost: 12,
  refused: 3,
  inTimeShare: 0.9985,
  worstInTimeShare: 0.99,
  p99Ms: 8.26,
  ejectSec: 11.26,
  halfSec: undefined,
  returnSec: null,
  falseEjections: 9,
  refusedAfterMs: 1500.2,
  lateAfterSec: 2,
  avoidedShare: 0.98765,
  isGoodEnough: false,
};

/** Cells by what stands above them. */
function named(columns: readonly { heading: string }[], cells: readonly string[]) {
  assertEquals(cells.length, columns.length);
  return Object.fromEntries(columns.map(({ heading }, i) => [heading, cells[i]]));
}

Deno.test("resultCells() has a cell for each column", () => {
  assertEquals(named(RESULT_COLUMNS, resultCells(RESULT)), {
    "policy": "lars",
    "lost": "12",
    "avoided %": "98.8",
    "in time %": "99.850",
    "worst %": "99.000",
    "refused": "3",
    "p99 ms": "8.3",
    "out s": "11.3",
    "half s": "-",
    "back s": "never",
    "false": "9",
    "refusing ms": "1500",
    "late s": "2.0",
    "goal": "NOT MET",
  });
});

Deno.test("resultCells() shows - for what is not known", () => {
  const cells = named(
    RESULT_COLUMNS,
    resultCells({
      ...RESULT,
      avoidedShare: undefined,
      refusedAfterMs: undefined,
      lateAfterSec: undefined,
      isGoodEnough: undefined,
    }),
  );
  const headings = ["avoided %", "refusing ms", "late s", "goal"];
  assertEquals(headings.map((heading) => cells[heading]), ["-", "-", "-", "-"]);
});

Deno.test("standingCells() has a cell for each column", () => {
  const standing = {
    policy: "lars",
    avoidedShare: 0.5,
    goodEnough: 3,
    judged: 5,
    lost: 70,
    falseEjections: 1,
    failedIn: ["a", "b"],
  };
  assertEquals(named(STANDING_COLUMNS, standingCells(standing)), {
    "policy": "lars",
    "lost": "70",
    "avoided %": "50.0",
    "false": "1",
    "goal met": "3/5",
    "not met worst in": "a, b",
  });
  const more = standingCells({ ...standing, failedIn: ["a", "b", "c", "d", "e"] });
  assertEquals(more.at(-1), "a, b, c and 2 more");
});

Deno.test("describeGoal() says what is avoidable and what is good enough, as far as it is known", () => {
  const nothing = { scenario: "a", avoidable: undefined, best: undefined, mostLost: undefined };
  assertEquals(describeGoal({ ...nothing, results: [] }), "");
  assertEquals(describeGoal({ ...nothing, avoidable: 5, results: [] }), "5 avoidable");
  assertEquals(
    describeGoal({
      scenario: "a",
      avoidable: 5,
      best: { policy: "envoy", lost: 7 },
      mostLost: 47.7,
      results: [],
    }),
    "5 avoidable; goal: at most 47 lost, as envoy lost 7",
  );
});

Deno.test("formatInTime() shows 100 % only when all calls were in time, and a whole share as that", () => {
  assertEquals([1, 1 - 1e-9, 0].map(formatInTime), ["100.000", "99.999", "0.000"]);
  for (let percent = 0; percent <= 100; percent++) {
    assertEquals(formatInTime(10 * percent / 1000), `${percent}.000`);
  }
});
