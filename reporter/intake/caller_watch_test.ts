import { assertEquals } from "@std/assert";
import { CallerWatch } from "./caller_watch.ts";

const CALLER = 0xc0a8_0105;

/** What is found as these connections report in turn, each by its id; its peer is a thousand more. */
function watch(ids: number[], { callers = [CALLER], memory = CallerWatch.allocate() } = {}) {
  const threads = [new CallerWatch(memory), new CallerWatch(memory)];
  return ids.flatMap((id) =>
    callers.map((caller) => threads[id % 2].note(caller, { id, peerIp: 0xffff_0000 + id }))
  ).filter((found) => found !== undefined);
}

Deno.test("CallerWatch.nextConnection() counts the connections of all threads", () => {
  const memory = CallerWatch.allocate();
  const threads = [new CallerWatch(memory), new CallerWatch(memory)];
  assertEquals([0, 1, 1, 0].map((thread) => threads[thread].nextConnection()), [1, 2, 3, 4]);
});

Deno.test("CallerWatch.note() finds two agents that report by turns, and says so once", () => {
  assertEquals(watch([1, 2, 1, 2, 1]), []);
  assertEquals(watch([1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2]), [0xffff_0002]);
  assertEquals(watch([1, 2, 3, 1, 2, 3, 1, 2, 3]).length, 1); // and three
});

Deno.test("CallerWatch.note() takes connections that follow one another for one agent's", () => {
  assertEquals(watch([1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8]), []);
  assertEquals(watch([1, 2, 1, 2, 2, 3, 2, 3, 3, 4, 4, 4]), []); // what was sent last comes late
});

Deno.test("CallerWatch.note() keeps callers apart, and bounds how many it knows", () => {
  const callers = Array.from({ length: 100_000 }, (_, i) => 0x0a00_0000 + i);
  assertEquals(watch([1, 2, 3], { callers }), []);
  const memory = CallerWatch.allocate();
  for (let caller = 1; caller < 2000; caller++) {
    new CallerWatch(memory).note(caller, { id: caller, peerIp: caller });
  }
  assertEquals(watch([3001, 3002, 3001, 3002, 3001, 3002, 3001], { memory }).length, 1);
});
