import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { VirtualClock } from "../testing/virtual_clock.ts";
import { realClock } from "./clock.ts";

Deno.test("realClock calls back after a time, again and again, and not once it is cancelled", async () => {
  const startMs = realClock.nowMs();
  const startSec = realClock.nowSec();
  let ticks = 0;
  const ticking = realClock.every(1, () => ticks++);
  realClock.after(1, () => ticks = Infinity).cancel();
  while (ticks < 3) await realClock.sleep(1);
  ticking.cancel();
  await realClock.sleep(10);
  assertEquals(ticks < Infinity, true);
  assertGreaterOrEqual(realClock.nowMs() - startMs, 10);
  assertGreaterOrEqual(realClock.nowSec(), startSec);
});

Deno.test("Clock.sleep() ends early by its signal, and leaves nothing behind with it", async () => {
  const clock = new VirtualClock();
  const { signal, abort } = countingSignal();
  const slept: number[] = [];
  const sleep = async (ms: number) => {
    await clock.sleep(ms, { signal });
    slept.push(clock.nowMs());
  };
  void sleep(10);
  void sleep(100);
  await clock.advance(20);
  assertEquals([slept, signal.listeners], [[10], 1]);
  abort();
  await clock.advance(0);
  await sleep(100);
  assertEquals([slept, signal.listeners, clock.timers], [[10, 20, 20], 0, 0]);
});

function countingSignal() {
  const controller = new AbortController();
  const { addEventListener, removeEventListener } = controller.signal;
  const signal = Object.assign(controller.signal, {
    listeners: 0,
    addEventListener(...args: unknown[]) {
      signal.listeners++;
      Reflect.apply(addEventListener, signal, args);
    },
    removeEventListener(...args: unknown[]) {
      signal.listeners--;
      Reflect.apply(removeEventListener, signal, args);
    },
  });
  return { signal, abort: () => controller.abort() };
}

Deno.test("VirtualClock calls in order what is due, also what comes up meanwhile", async () => {
  const clock = new VirtualClock({ startSec: 1000 });
  const called: [string, number][] = [];
  const note = (what: string) => called.push([what, clock.nowMs()]);
  const ticking = clock.every(30, () => note("tick"));
  clock.after(50, () => note("second"));
  clock.after(10, async () => {
    note("first");
    await Promise.resolve();
    clock.after(20, () => note("third"));
  });
  await clock.advance(60);
  assertEquals(called, [
    ["first", 10],
    ["tick", 30],
    ["third", 30],
    ["second", 50],
    ["tick", 60],
  ]);
  ticking.cancel();
  assertEquals([clock.timers, clock.nowMs(), clock.nowSec()], [0, 60, 1000.06]);
});
