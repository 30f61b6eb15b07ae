import { assertEquals, assertThrows } from "@std/assert";
import { putResult } from "./document.ts";
import type { BenchResult } from "./report.ts";

const RESULT: BenchResult = {
  machine: {
    cpu: "Ours, 2 cores",
    memoryGib: 4,
    kernel: "6.1",
    deno: "2.9.6",
    cc: "cc 12",
    mariadb: "10.11",
    commit: "abc",
  },
  startedAt: "2026-01-31T12:00:00.000Z",
  rounds: 3,
  seconds: 1,
  othersShare: 0.019,
  figures: [{ suite: "push", name: "p99", unit: "ms", value: 20.4, target: { atMost: 20 } }],
};

Deno.test("putResult() replaces both tables, and nothing else", () => {
  const places = "# On\n\n<!-- machine -->\n\n| old |\n\nand\n\n<!-- figures -->\n\n\nend\n";
  const written = putResult(places, RESULT);
  assertEquals(written.split("\n"), [
    "# On",
    "",
    "<!-- machine -->",
    "",
    "| measured on                                                                                              |",
    "| -------------------------------------------------------------------------------------------------------- |",
    "| Ours, 2 cores, 4 GiB; Linux 6.1, Deno 2.9.6, cc 12, MariaDB 10.11                                        |",
    "| Commit abc, 2026-01-31T12:00:00.000Z; medians of 3 × 1 s; 2 % of the machine was taken by something else |",
    "",
    "and",
    "",
    "<!-- figures -->",
    "",
    "| suite | figure | measured | reference | ratio | target  |        |",
    "| ----- | ------ | -------- | --------- | ----- | ------- | ------ |",
    "| push  | p99    | 20.4 ms  |           |       | ≤ 20 ms | missed |",
    "",
    "end",
    "",
  ]);
  assertEquals(putResult(written, RESULT), written);
  assertThrows(() => putResult("nothing", RESULT), Error, "machine");
});
