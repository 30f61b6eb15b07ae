import { assertEquals } from "@std/assert";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { StuckLimit } from "./stuck_limit.ts";

/** At each of these times (ms) so many threads are stuck; when that is said to be too much. */
const CASES: [what: string, stuckAt: [number, number][], exceededAt: number[]][] = [
  ["one thread for 30 s", [[0, 1]], [30_000]],
  ["two threads for 2 s", [[0, 1], [10_000, 2]], [12_000, 30_000]],
  ["three threads, 2 s after the third", [[0, 2], [1500, 3]], [3500, 30_000]],
  ["nothing when the only one ends in time", [[0, 1], [29_999, 0]], []],
  ["one for 30 s though another ended", [[0, 1], [5000, 2], [6999, 1]], [30_000]],
  ["one that follows another as if it were the same", [[0, 1], [20_000, 2], [20_001, 1]], [30_000]],
  ["the next one after 30 s of its own", [[0, 1], [20_000, 0], [25_000, 1]], [55_000]],
];

for (const [what, stuckAt, expected] of CASES) {
  Deno.test(`StuckLimit is exceeded by ${what}`, async () => {
    const clock = new VirtualClock();
    const exceededAt: number[] = [];
    const limit = new StuckLimit({ onExceeded: () => exceededAt.push(clock.nowMs()), clock });
    for (const [atMs, stuck] of stuckAt) clock.after(atMs, () => limit.update(stuck));
    await clock.advance(100_000);
    assertEquals(exceededAt, expected);
    limit.stop();
    assertEquals(clock.timers, 0);
  });
}

Deno.test("StuckLimit.stop() ends its timers", async () => {
  const clock = new VirtualClock();
  let isExceeded = false;
  const limit = new StuckLimit({ onExceeded: () => isExceeded = true, clock });
  limit.update(2);
  limit.stop();
  await clock.advance(100_000);
  assertEquals(isExceeded, false);
});
