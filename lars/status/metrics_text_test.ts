import { assertEquals } from "@std/assert";
import { MetricsText } from "./metrics_text.ts";

Deno.test("MetricsText reads values, and sums them over their labels", () => {
  const metrics = new MetricsText(`# HELP lars_x Some x
# TYPE lars_x gauge
lars_x{worker="0"} 1.5
lars_x{worker="1"} 2e3
lars_xy 7
not a sample
`);
  assertEquals(metrics.sum("lars_x"), 2001.5);
  assertEquals(metrics.sum("lars_x", 'worker="1"'), 2000);
  assertEquals(metrics.sum("lars_x", 'worker="2"'), undefined);
  assertEquals(metrics.sum("lars_xy"), 7);
  assertEquals(metrics.sum("lars_y"), undefined);
});

Deno.test("MetricsText reads labels", () => {
  const metrics = new MetricsText('info{role="dns",version="1.0.0-a b",odd="}\\"{, x"} 1');
  assertEquals(metrics.labels("info"), { role: "dns", version: "1.0.0-a b", odd: '}\\"{, x' });
  assertEquals(metrics.labels("other"), {});
});
