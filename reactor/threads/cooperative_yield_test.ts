import { assert, assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import {
  FairYielder,
  runCooperatively,
  Yielder,
  yieldToAll,
  yieldToSockets,
  yieldToTimers,
} from "./cooperative_yield.ts";

for (const yieldTo of [yieldToTimers, yieldToSockets, yieldToAll]) {
  Deno.test(`${yieldTo.name}() serves timers and message ports while a loop never lets go otherwise`, async () => {
    const { port1, port2 } = new MessageChannel();
    let messages = 0;
    let ticks = 0;
    port1.onmessage = () => messages++;
    const timer = setInterval(() => ticks++, 1);
    for (let round = 0; ticks < 20 || messages < 20; round++) {
      assert(round < 100_000, `${ticks} ticks and ${messages} messages in ${round} rounds`);
      port2.postMessage(round);
      await yieldTo();
    }
    clearInterval(timer);
    port1.close();
    port2.close();
  });
}

Deno.test("Yielder has all loops yield once when it is due, and none before", async () => {
  const clock = new VirtualClock();
  const { promise: served, resolve: serve } = Promise.withResolvers<void>();
  let yields = 0;
  const yieldTo = () => (yields++, served);
  const yielder = new Yielder({ budgetMs: 10, clock, yieldTo });
  assertEquals([yielder.isDue(), yielder.isDue(9), yielder.isDue(10)], [false, false, true]);
  clock.skipTo(12);
  const first = yielder.yield();
  assertEquals(yielder.yield(), first);
  assertEquals(yielder.isDue(0), true); // whoever comes later yields with the others
  clock.skipTo(20);
  serve();
  await first;
  assertEquals(yields, 1);
  assertEquals([yielder.isDue(), yielder.isDue(29), yielder.isDue(30)], [false, false, true]);
});

Deno.test("Yielder keeps timers running beside loops whose awaits are always ready", async () => {
  const yielder = new Yielder({ budgetMs: 1 });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  let rounds = 0;
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (ticks < 10) {
      assert(++rounds < 100_000_000);
      await Promise.resolve();
      if (yielder.isDue()) await yielder.yield();
    }
  }));
  clearInterval(timer);
  assertGreater(rounds, 10);
});

Deno.test("FairYielder lets loops on one after the other, and serves sockets meanwhile", async () => {
  const yielder = new FairYielder({ budgetMs: 1 });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const rounds = [0, 0, 0];
  let isOver = false;
  const loops = Promise.all(rounds.map(async (_, loop) => {
    while (!isOver) {
      await Promise.resolve();
      if (!yielder.isDue()) continue;
      await yielder.yield();
      rounds[loop]++;
      assertLessOrEqual(Math.max(...rounds) - Math.min(...rounds), 2);
      assertLess(rounds[loop], 10_000);
    }
  }));
  const { hostname, port } = listener.addr;
  const [one, other] = await Promise.all([Deno.connect({ hostname, port }), listener.accept()]);
  const before = Math.max(...rounds);
  for (let i = 0; i < 10; i++) {
    await one.write(Uint8Array.of(i));
    await other.read(new Uint8Array(1));
  }
  assertLess(Math.max(...rounds) - before, 100);
  isOver = true;
  await loops;
  one.close();
  other.close();
});

Deno.test("runCooperatively() lets timers run between two steps, and gives what the work returns", async () => {
  let others = 0;
  const timer = setInterval(() => others++, 0);
  const seen: number[] = [];
  function* work(): Generator<void, string> {
    for (let step = 0; step < 5; step++) {
      seen.push(others);
      yield;
    }
    return "done";
  }
  assertEquals(await runCooperatively(work(), { budgetMs: 0 }), "done");
  clearInterval(timer);
  assertEquals(seen.length, 5);
  assertGreater(seen[4], 0);
});

Deno.test("runCooperatively() does short work before it returns, and all work on virtual time", () => {
  for (const options of [{ budgetMs: 60_000 }, { clock: new VirtualClock() }]) {
    let steps = 0;
    const work = function* () {
      while (steps < 100_000) yield steps++;
    };
    runCooperatively(work(), options);
    assertEquals(steps, 100_000);
  }
});
