import { assertEquals } from "@std/assert";
import { HeartbeatMonitor } from "./heartbeat.ts";
import type { ThreadState } from "./thread_state.ts";

/** Checks a thread as often as one should; it `beats` or not before each check. Gives the check that found it to hang. */
function checksUntilHung(
  beats: (check: number) => boolean,
  { state, checks = 200, lateMs = 0 }: {
    state?: (check: number) => ThreadState;
    checks?: number;
    lateMs?: number;
  } = {},
): number | undefined {
  let check = 0;
  const monitor = new HeartbeatMonitor(400, { stateOf: () => state?.(check) });
  const words = new Int32Array(monitor.init.memory);
  let nowMs = 0;
  while (++check <= checks) {
    if (beats(check)) words[0]++;
    nowMs += monitor.checkMs + lateMs;
    if (monitor.check(nowMs)) return check;
  }
}

const FIRST = (check: number) => check === 1;

const NEVER_FREE: ThreadState = { isRunnable: true, cpuMs: 50 };

const CASES: [string, number | undefined, ...Parameters<typeof checksUntilHung>][] = [
  ["does not give up a thread that beats every 100 ms", undefined, (check) => check % 4 === 1],
  ["does not give up a thread that has not beaten yet", undefined, () => false],
  ["gives up a thread that is silent for 400 ms", 17, FIRST],
  ["gives up one that runs all the while", 17, FIRST, {
    state: (check) => ({ isRunnable: true, cpuMs: check * 25 }),
  }],
  ["gives up one that is blocked", 17, FIRST, { state: () => ({ isRunnable: false, cpuMs: 50 }) }],
  ["waits four times as long for one without a processor", 65, FIRST, { state: () => NEVER_FREE }],
  ["waits four times as long where it is late itself", 65, FIRST, { lateMs: 20 }],
];

for (const [what, checks, ...args] of CASES) {
  Deno.test(`HeartbeatMonitor ${what}`, () => assertEquals(checksUntilHung(...args), checks));
}

Deno.test("HeartbeatMonitor.hasBeaten says when a thread that was given up beats again", () => {
  const monitor = new HeartbeatMonitor(400, { stateOf: () => undefined });
  const words = new Int32Array(monitor.init.memory);
  words[0] = 1;
  while (!monitor.check(0));
  assertEquals(monitor.hasBeaten, false);
  words[0]++;
  assertEquals(monitor.hasBeaten, true);
});
