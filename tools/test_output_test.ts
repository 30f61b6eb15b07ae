import { assert, assertEquals, assertFalse } from "@std/assert";
import { isPassedLine, readTestCounts } from "./test_output.ts";

Deno.test("readTestCounts() reads the summary line", () => {
  const output = "a ... ok (1ms)\n\nFAILED | 20 passed (3 steps) | 2 failed | 1 ignored (3s)\n";
  assertEquals(readTestCounts(output, { success: false }), { passed: 20, failed: 2 });
  assertEquals(readTestCounts("ok | 7 passed | 0 failed (3s)\n", { success: true }), {
    passed: 7,
    failed: 0,
  });
});

Deno.test("readTestCounts() counts a failure when the run ended badly or without a summary", () => {
  const clean = "ok | 7 passed | 0 failed (3s)";
  assertEquals(readTestCounts(clean, { success: false }), { passed: 7, failed: 1 });
  assertEquals(readTestCounts("error: Module not found", { success: true }), {
    passed: 0,
    failed: 1,
  });
});

Deno.test("isPassedLine() tells the line of a passed test from others", () => {
  assert(isPassedLine("shardOf() is exact ... ok (188µs)"));
  assert(isPassedLine("./proto/module_test.ts => shardOf() is exact ... ok (1m2s)"));
  assertFalse(isPassedLine("shardOf() is exact ... FAILED (188µs)"));
  assertFalse(isPassedLine("running 3 tests from ./proto/module_test.ts"));
});
