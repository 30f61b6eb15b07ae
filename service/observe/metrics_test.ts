import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Counters } from "../../reactor/threads/counters.ts";
import { Metrics } from "./metrics.ts";
import { VERSION } from "../version.ts";

/** The lines that begin with `prefix`. */
function linesOf(metrics: Metrics, prefix: string): string[] {
  return metrics.render().split("\n").filter((line) => line.startsWith(prefix));
}

Deno.test("Metrics begins with what is known of the process", () => {
  const metrics = new Metrics({ role: "dns" });
  assertStringIncludes(metrics.contentType, "text/plain; version=0.0.4");
  const [build] = linesOf(metrics, "lars_build_info");
  assertEquals(
    build,
    `lars_build_info{role="dns",version="${VERSION}",deno="${Deno.version.deno}"} 1`,
  );
  const [started] = linesOf(metrics, "process_start_time_seconds");
  const startedSec = Number(started.split(" ")[1]);
  assert(startedSec > 1.7e9 && startedSec <= Date.now() / 1000, started);
  const [memory] = linesOf(metrics, "process_resident_memory_bytes");
  assert(Number(memory.split(" ")[1]) > 1e6, memory);
});

Deno.test({
  name: "Metrics needs no permission",
  permissions: "none",
  fn() {
    assertEquals(linesOf(new Metrics({ role: "dns" }), "lars_build_info").length, 1);
  },
});

Deno.test("Metrics.addCounters() shows every number of a block as it is now", () => {
  const metrics = new Metrics({ role: "dns" });
  const table = {
    counters: { framesIn: "Frames received" },
    gauges: { connections: "Connections open" },
  };
  const mine = new Counters(table);
  metrics.addCounters({
    prefix: "lars_dns",
    labels: { worker: "0" },
    counters: new Counters(table, mine.buffer),
  });
  assertEquals(linesOf(metrics, "lars_dns_frames_in_total"), [
    'lars_dns_frames_in_total{worker="0"} 0',
  ]);
  mine.add("framesIn", 5);
  mine.set("connections", 2);
  const text = metrics.render();
  assertStringIncludes(
    text,
    "# HELP lars_dns_frames_in_total Frames received\n" +
      "# TYPE lars_dns_frames_in_total counter\n" +
      'lars_dns_frames_in_total{worker="0"} 5\n',
  );
  assertStringIncludes(
    text,
    "# HELP lars_dns_connections Connections open\n" +
      "# TYPE lars_dns_connections gauge\n" +
      'lars_dns_connections{worker="0"} 2\n',
  );
});

Deno.test("Metrics.addCounters() shows blocks side by side, and adds up those alike", () => {
  const metrics = new Metrics({ role: "dns" });
  for (const [worker, frames] of [["0", 1], ["1", 2], ["1", 3]] as const) {
    const counters = new Counters({ counters: { frames: "Frames" } });
    counters.add("frames", frames);
    metrics.addCounters({ prefix: "x", labels: { worker }, counters });
  }
  const lines = ['x_frames_total{worker="0"} 1', 'x_frames_total{worker="1"} 5'];
  assertEquals(linesOf(metrics, "x_frames_total"), lines);
  assertEquals(linesOf(metrics, "x_frames_total"), lines);
});

Deno.test("Metrics.addGauge() asks for the value on every scrape", () => {
  const metrics = new Metrics({ role: "dns" });
  let age = 0;
  metrics.addGauge({ name: "table_age_seconds", help: "Age", value: () => ++age });
  assertEquals(linesOf(metrics, "table_age_seconds"), ["table_age_seconds 1"]);
  assertEquals(linesOf(metrics, "table_age_seconds"), ["table_age_seconds 2"]);
});
