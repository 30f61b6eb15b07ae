import { assertAlmostEquals, assertEquals } from "@std/assert";
import { DemoStats } from "./demo_stats.ts";

const [A, B] = ["127.0.0.1:1", "127.0.0.1:2"];

function stats(): DemoStats {
  const stats = new DemoStats([A, B]);
  for (const [host, second] of [[A, 0], [A, 1], [B, 1], [A, 3], [A, 3], [B, 3]] as const) {
    stats.picked(host, second);
  }
  stats.called(A, { second: 1, isOk: true, costMs: 10 });
  stats.called(A, { second: 3, isOk: false, costMs: 30 });
  return stats;
}

Deno.test("DemoStats.totals() sums all seconds, or those asked for", () => {
  assertEquals(stats().totals(A), { picks: 4, ok: 1, failed: 1, latencyMs: 20 });
  assertEquals(stats().totals(A, { fromSec: 1, toSec: 3 }), {
    picks: 1,
    ok: 1,
    failed: 0,
    latencyMs: 10,
  });
  assertEquals(stats().totals(A, { fromSec: -1, toSec: 1 }).picks, 1);
  assertEquals(stats().totals(B).latencyMs, undefined);
});

Deno.test("DemoStats.share() compares the picks of all hosts", () => {
  assertAlmostEquals(stats().share(A)!, 4 / 6);
  assertAlmostEquals(stats().share(B, { fromSec: 3, toSec: 4 })!, 1 / 3);
  assertEquals(stats().share(A, { fromSec: 2, toSec: 3 }), undefined);
});

Deno.test("DemoStats.pickFailed() counts by reason", () => {
  const counted = stats();
  for (const code of ["overload", "overload", "agent_unreachable"] as const) {
    counted.pickFailed(code);
  }
  assertEquals([...counted.pickFailures], [["overload", 2], ["agent_unreachable", 1]]);
});
