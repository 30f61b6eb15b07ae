import { assertEquals } from "@std/assert";
import { TestOutput } from "./test_output.ts";

function read(...lines: string[]) {
  const output = new TestOutput();
  const ended = lines.map((line) => output.take(line)).filter((test) => test !== undefined);
  return { output, ended };
}

Deno.test("TestOutput tells of each test that ends, and what it printed", () => {
  const { output, ended } = read(
    "running 4 tests from ./a_test.ts",
    "good ... ok (484µs)",
    "bad ...",
    "------- output -------",
    "other ... ok (1ms)",
    "----- output end -----",
    "bad ... FAILED (3ms)",
    "left out ... ignored (0ms)",
    "slow ... ok (1m2s)",
  );
  assertEquals(ended.map(({ name, failed }) => [name, failed]), [
    ["good", false],
    ["bad", true],
    ["left out", false],
    ["slow", false],
  ]);
  assertEquals(ended[1].lines.slice(1, -1), [
    "------- output -------",
    "other ... ok (1ms)",
    "----- output end -----",
  ]);
  assertEquals(output.counts({ success: true }), { passed: 2, failed: 1 }); // it had not come to its end
});

Deno.test("TestOutput tells steps from their test", () => {
  const { ended, output } = read(
    "whole ...",
    "  first ... ok (1ms)",
    "  second ... FAILED (1ms)",
    "whole ... FAILED (due to 1 failed step) (2ms)",
  );
  assertEquals(ended.map(({ name, isStep }) => [name, isStep]), [
    ["first", true],
    ["second", true],
    ["whole", false],
  ]);
  assertEquals(output.counts({ success: false }), { passed: 0, failed: 1 });
});

Deno.test("TestOutput gives the reasons, and the counts of the summary", () => {
  const { output } = read(
    "bad ... FAILED (3ms)",
    "",
    " ERRORS ",
    "",
    "bad => ./a_test.ts:1:6",
    "error: Error: it is bad",
    "x ... FAILED (3ms)",
    "",
    " FAILURES ",
    "",
    "bad => ./a_test.ts:1:6",
    "",
    "FAILED | 20 passed (3 steps) | 2 failed (1 step) | 1 ignored (3s)",
  );
  assertEquals(
    output.errors,
    "bad => ./a_test.ts:1:6\nerror: Error: it is bad\nx ... FAILED (3ms)",
  );
  assertEquals(output.counts({ success: false }), { passed: 20, failed: 2 });
});

Deno.test("TestOutput counts a failure when the run ended badly or without a summary", () => {
  const clean = "ok | 7 passed | 0 failed (3s)";
  assertEquals(read(clean).output.counts({ success: true }), { passed: 7, failed: 0 });
  assertEquals(read(clean).output.counts({ success: false }), { passed: 7, failed: 1 });
  assertEquals(read("a ... ok (1ms)").output.counts({ success: true }), { passed: 1, failed: 1 });
});

Deno.test("TestOutput names the test that runs, and its step", () => {
  assertEquals(read("a ... ok (1ms)").output.running, undefined);
  assertEquals(read("a ... ok (1ms)", "hangs ... ").output.running, "hangs");
  const long = "hangs ...'hangs' has been running for over (1m0s)";
  assertEquals(read("a ... ok (1ms)", long).output.running, "hangs");
  const steps = ["hangs ...", "  first ... ok (1ms)", "  second ...", "----- output -----", "text"];
  assertEquals(read(...steps).output.running, "hangs ... second");
});
