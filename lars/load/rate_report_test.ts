import { assertEquals } from "@std/assert";
import { formatRate } from "./rate_report.ts";

Deno.test("formatRate() tells of a second, and of its errors", () => {
  assertEquals(
    formatRate({ second: 3, perSecond: 12_345, retries: 0, errors: {} }, "echoes"),
    "   3 s  12,345 echoes/s",
  );
  assertEquals(
    formatRate(
      { second: 10, perSecond: 0, retries: 1, errors: { lost: 1_000, overload: 1 } },
      "echoes",
    ),
    "  10 s  0 echoes/s, 1 retry, 1,000 lost, 1 overload",
  );
});

Deno.test("formatRate() tells of the whole, and of no errors too", () => {
  assertEquals(
    formatRate({ threads: 1, seconds: 2.04, average: 99, retries: 0, errors: {} }, "picks"),
    "average 99 picks per second, 1 thread, 2.0 s, no errors",
  );
  assertEquals(
    formatRate(
      { threads: 4, seconds: 1, average: 99, retries: 1234, errors: { lost: 2 } },
      "picks",
    ),
    "average 99 picks per second, 4 threads, 1.0 s, 1,234 retries, 2 lost",
  );
});
