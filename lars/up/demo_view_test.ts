import { assertEquals, assertStringIncludes } from "@std/assert";
import { DemoStats } from "./demo_stats.ts";
import {
  type DemoMoment,
  formatLiveLine,
  formatLiveTable,
  formatSummary,
  type HostState,
} from "./demo_view.ts";

const [A, B] = ["127.0.0.1:40001", "127.0.0.1:40002"];

/** B is picked every 10th time while it fails, from second 10 to 30. */
function moment(second: number): DemoMoment {
  const stats = new DemoStats([A, B]);
  for (let i = 0; i < second * 20; i++) {
    const at = Math.floor(i / 20);
    const isFailing = at >= 10 && at < 30;
    const host = i % (isFailing ? 10 : 2) === 0 ? B : A;
    stats.picked(host, at);
    stats.called(host, { second: at, isOk: !isFailing || host === A, costMs: 1.5 });
  }
  const states = new Map<string, HostState>([[A, "healthy"], [B, "overloaded"]]);
  return { second, stats, states, failure: { backend: 1, fromSec: 10, toSec: 30 } };
}

Deno.test("formatLiveTable() shows each host's state, rate and totals", () => {
  assertEquals(formatLiveTable(moment(20), { color: false }), [
    `demo/hello (1000, 1), second 20: hello-2 fails from second 10 to 30`,
    "",
    "backend  host             state       picks/s   ok  failed  latency",
    `hello-1  ${A}  healthy          18  280       0   1.5 ms`,
    `hello-2  ${B}  overloaded        2  100      20   1.5 ms`,
    "",
    "calls: 380 ok, 20 failed; failed picks: none",
  ]);
});

Deno.test("formatLiveTable() paints the states when the terminal has colour", () => {
  const text = formatLiveTable(moment(20), { color: true }).join("\n");
  assertStringIncludes(text, "\x1b[32mhealthy\x1b[0m");
  assertStringIncludes(text, "\x1b[31moverloaded\x1b[0m");
});

Deno.test("formatLiveLine() says the same in one line", () => {
  assertEquals(
    formatLiveLine(moment(20)),
    "  20 s | hello-1 healthy 18/s 280 ok 0 failed 1.5 ms | hello-2 overloaded 2/s 100 ok 20 failed 1.5 ms",
  );
});

Deno.test("formatLiveLine() copes with a host of which nothing is known yet", () => {
  const states = new Map<string, HostState>();
  assertStringIncludes(
    formatLiveLine({ ...moment(0), states }),
    "hello-1 unknown 0/s 0 ok 0 failed -",
  );
});

Deno.test("formatSummary() gives the failing backend's share while it failed and at the end", () => {
  assertEquals(formatSummary(moment(65)).slice(-3), [
    "hello-2 failed from second 10 to 30; its share of the picks was",
    "  10.0 % in seconds 15–20",
    "  50.0 % in the last 10 seconds",
  ]);
});

Deno.test("formatSummary() leaves out what has not come to pass", () => {
  assertEquals(formatSummary(moment(4)).slice(-2), [
    "hello-2 will fail from second 10 to 30; its share of the picks was",
    "  50.0 % in the last 4 seconds",
  ]);
});

Deno.test("formatSummary() tells why picks failed", () => {
  const { stats, ...rest } = moment(1);
  stats.pickFailed("overload");
  assertStringIncludes(
    formatSummary({ stats, ...rest }).join("\n"),
    "failed picks: 1 overload",
  );
});
