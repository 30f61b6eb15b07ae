import { assert, assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import { nextTurn, RoundRobin, Turns } from "./event_loop.ts";

Deno.test("nextTurn() serves timers and message ports while a loop never lets go otherwise", async () => {
  const { port1, port2 } = new MessageChannel();
  let messages = 0;
  let ticks = 0;
  port1.onmessage = () => messages++;
  const timer = setInterval(() => ticks++, 1);
  for (let turn = 0; ticks < 20 || messages < 20; turn++) {
    assert(turn < 100_000, `${ticks} ticks and ${messages} messages in ${turn} turns`);
    port2.postMessage(turn);
    await nextTurn();
  }
  clearInterval(timer);
  port1.close();
  port2.close();
});

Deno.test("Turns gives one turn to all loops when it is due, and none before", async () => {
  const turns = new Turns(1000);
  const first = turns.due(performance.now());
  assert(first !== undefined);
  assertEquals(turns.due(performance.now()), first);
  await first;
  const takenMs = performance.now();
  assertEquals(turns.due(takenMs), undefined);
  assertEquals(turns.due(takenMs + 900), undefined);
  const second = turns.due(takenMs + 1000);
  assert(second !== undefined);
  assertEquals(turns.due(takenMs), second); // whoever comes later waits with the others
  await second;
});

Deno.test("Turns keeps timers running beside loops whose awaits are always ready", async () => {
  const turns = new Turns(1);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  let rounds = 0;
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (ticks < 10) {
      assert(++rounds < 100_000_000);
      await Promise.resolve();
      const turn = turns.due(performance.now());
      if (turn !== undefined) await turn;
    }
  }));
  clearInterval(timer);
  assertGreater(rounds, 10);
});

Deno.test("RoundRobin lets loops on one after the other, and serves sockets meanwhile", async () => {
  const turns = new RoundRobin(1);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const rounds = [0, 0, 0];
  let isOver = false;
  const loops = Promise.all(rounds.map(async (_, loop) => {
    while (!isOver) {
      await Promise.resolve();
      if (!turns.isOver) continue;
      await turns.next();
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
