import { assertEquals } from "@std/assert";
import { HeartbeatMonitor } from "./heartbeat.ts";
import type { ThreadState } from "./thread_state.ts";

/** Looks at a thread as often as one should; it `beats` or not at each look. Gives the look at which it was found to hang. */
function looksUntilHung(
  beats: (look: number) => boolean,
  { state, looks = 200, lateMs = 0 }: {
    state?: (look: number) => ThreadState;
    looks?: number;
    lateMs?: number;
  } = {},
): number | undefined {
  let look = 0;
  const monitor = new HeartbeatMonitor(400, { stateOf: () => state?.(look) });
  const words = new Int32Array(monitor.init.memory);
  let nowMs = 0;
  while (++look <= looks) {
    if (beats(look)) words[0]++;
    nowMs += monitor.lookMs + lateMs;
    if (monitor.look(nowMs)) return look;
  }
}

const FIRST = (look: number) => look === 1;

const NEVER_FREE: ThreadState = { isRunnable: true, cpuMs: 50 };

const CASES: [string, number | undefined, ...Parameters<typeof looksUntilHung>][] = [
  ["does not give up a thread that beats every 100 ms", undefined, (look) => look % 4 === 1],
  ["does not give up a thread that has not beaten yet", undefined, () => false],
  ["gives up a thread that is silent for 400 ms", 17, FIRST],
  ["gives up one that runs all the while", 17, FIRST, {
    state: (look) => ({ isRunnable: true, cpuMs: look * 25 }),
  }],
  ["gives up one that is blocked", 17, FIRST, { state: () => ({ isRunnable: false, cpuMs: 50 }) }],
  ["waits four times as long for one without a processor", 65, FIRST, { state: () => NEVER_FREE }],
  ["waits four times as long where it is late itself", 65, FIRST, { lateMs: 20 }],
];

for (const [what, looks, ...args] of CASES) {
  Deno.test(`HeartbeatMonitor ${what}`, () => assertEquals(looksUntilHung(...args), looks));
}

Deno.test("HeartbeatMonitor.hasBeaten says when a thread that was given up beats again", () => {
  const monitor = new HeartbeatMonitor(400, { stateOf: () => undefined });
  const words = new Int32Array(monitor.init.memory);
  words[0] = 1;
  while (!monitor.look(0));
  assertEquals(monitor.hasBeaten, false);
  words[0]++;
  assertEquals(monitor.hasBeaten, true);
});
