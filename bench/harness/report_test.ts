import { assertEquals } from "@std/assert";
import { formatReport, isMissed, type SuiteFigure } from "./report.ts";

const FIGURES: SuiteFigure[] = [
  {
    suite: "dns",
    name: "answers",
    unit: "/s",
    value: 335_000.4,
    reference: { name: "C echo", value: 7_000_000, ratio: 0.04786 },
    target: { ratioAtLeast: 0.12 },
  },
  { suite: "push", name: "p99", unit: "ms", value: 204.56, target: { atMost: 300 } },
  { suite: "rest", name: "agent", unit: "MB", value: 90.123 },
];

Deno.test("formatReport() lines figures, references and targets up", () => {
  assertEquals(formatReport(FIGURES), [
    "suite  figure    measured  reference            ratio        target",
    "dns    answers  335,000/s  7,000,000/s C echo  0.0479  ratio ≥ 0.12  missed",
    "push   p99         205 ms                                  ≤ 300 ms",
    "rest   agent      90.1 MB",
  ]);
});

Deno.test("formatReport() compares ratios where there are any, else values", () => {
  const [answers, p99] = FIGURES;
  const before: SuiteFigure[] = [
    { ...answers, value: 1, reference: { ...answers.reference!, ratio: 0.1 } },
    { ...p99, value: 100 },
  ];
  const ends = formatReport([answers, p99], before).map((line) => line.slice(-15).trim());
  assertEquals(ends, ["before  change", "0.1   −52 %", "100 ms  +105 %"]);
});

Deno.test("isMissed() tells targets above and below, of values and of ratios", () => {
  const reference = { name: "", value: 1, ratio: 0.5 };
  assertEquals(isMissed({ value: 1 }), false);
  assertEquals(isMissed({ value: 1, target: { atLeast: 1 } }), false);
  assertEquals(isMissed({ value: 0.9, target: { atLeast: 1 } }), true);
  assertEquals(isMissed({ value: 1, target: { atMost: 1 } }), false);
  assertEquals(isMissed({ value: 1.1, target: { atMost: 1 } }), true);
  assertEquals(isMissed({ value: 9, reference, target: { ratioAtLeast: 0.5 } }), false);
  assertEquals(isMissed({ value: 9, reference, target: { ratioAtLeast: 0.6 } }), true);
});
