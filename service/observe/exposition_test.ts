import { assertEquals } from "@std/assert";
import { formatMetrics } from "./exposition.ts";

Deno.test("formatMetrics() writes help, type and every sample", () => {
  const text = formatMetrics([
    {
      name: "calls_total",
      help: "Calls",
      type: "counter",
      samples: [
        { labels: { worker: "0", kind: "a" }, value: 1 },
        { labels: { worker: "1", kind: "b" }, value: 2.5 },
      ],
    },
    { name: "age", help: "Age", type: "gauge", samples: [{ labels: {}, value: -3 }] },
  ]);
  assertEquals(
    text,
    "# HELP calls_total Calls\n" +
      "# TYPE calls_total counter\n" +
      'calls_total{worker="0",kind="a"} 1\n' +
      'calls_total{worker="1",kind="b"} 2.5\n' +
      "\n" +
      "# HELP age Age\n" +
      "# TYPE age gauge\n" +
      "age -3\n",
  );
});

Deno.test("formatMetrics() escapes what would end a help text or a label", () => {
  const labels = { path: 'C:\\new "one"\nsecond' };
  const text = formatMetrics([
    { name: "x", help: 'a\\b\n"c"', type: "gauge", samples: [{ labels, value: 0 }] },
  ]);
  assertEquals(text.split("\n").slice(0, 3), [
    '# HELP x a\\\\b\\n"c"',
    "# TYPE x gauge",
    'x{path="C:\\\\new \\"one\\"\\nsecond"} 0',
  ]);
});

Deno.test("formatMetrics() has words for what is no finite number", () => {
  const samples = [Infinity, -Infinity, NaN].map((value, i) => ({ labels: { i: `${i}` }, value }));
  const lines = formatMetrics([{ name: "x", help: "", type: "gauge", samples }]).split("\n");
  assertEquals(lines.slice(2, 5), ['x{i="0"} +Inf', 'x{i="1"} -Inf', 'x{i="2"} NaN']);
});
