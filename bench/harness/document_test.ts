import { assertEquals, assertThrows } from "@std/assert";
import { findTable } from "../../tools/markdown_table.ts";
import { DOCUMENT, HIGHLIGHTS, putHighlights, putResult } from "./document.ts";
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

Deno.test("putHighlights() shows the README's figures, each with what it is measured beside", () => {
  const figures = HIGHLIGHTS.map(({ suite, figure }, i) => ({
    suite,
    name: figure,
    unit: "/s",
    value: 1000 * (i + 1),
    ...i === 0 ? { reference: { name: "C", value: 2000, ratio: 0.5 } } : {},
  }));
  const written = putHighlights("<!-- speed -->\n\n", { ...RESULT, figures });
  const { table } = findTable(written, "speed");
  assertEquals(table.slice(0, 3), [
    ["what", "measured", "beside, in the same run"],
    [HIGHLIGHTS[0].says, "1,000/s", "0.5 × C"],
    [HIGHLIGHTS[1].says, "2,000/s", ""],
  ]);
  assertEquals(table.length, 1 + HIGHLIGHTS.length);
  assertThrows(
    () => putHighlights("<!-- speed -->\n\n", { ...RESULT, figures: [] }),
    Error,
    "run the suite agent",
  );
});

Deno.test("the README's figures are among those of docs/benchmarks.md", async () => {
  const { table } = findTable(await Deno.readTextFile(DOCUMENT), "figures");
  const names = new Set(table.map(([suite, figure]) => `${suite} ${figure}`));
  for (const { suite, figure } of HIGHLIGHTS) {
    assertEquals(names.has(`${suite} ${figure}`), true, `${suite} ${figure}`);
  }
});
