import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Pending, type Question } from "./pending.ts";

interface Answer {
  modid: number;
  cmdid: number;
}

const MODULE = { modid: 1, cmdid: 2 };

function setUp({ tries = 2, patientUntilMs = 0 } = {}) {
  const sent: number[] = [];
  const pending = new Pending<number, Answer>({
    timeoutMs: 100,
    tries,
    timedOut: (_, { nowMs }) => nowMs < patientUntilMs,
    send: (datagram) => sent.push(datagram[0]),
    giveUp: (port, tries) => new Error(`gave up ${port} after ${tries}`),
  });
  return { pending, sent };
}

/** A question whose one byte tells it from others. */
function question(byte: number, nowMs: number): Question {
  return { ...MODULE, datagram: Uint8Array.of(byte), port: 8888, nowMs };
}

Deno.test("Pending.ask() sends at once and answer() settles it when key, module and port agree", async () => {
  const { pending, sent } = setUp();
  const asked = pending.ask(7, question(7, 0));
  assertEquals(sent, [7]);
  const answer = { ...MODULE };
  assertEquals(pending.answer(8, { port: 8888, answer }), false);
  assertEquals(pending.answer(7, { port: 8889, answer }), false);
  assertEquals(pending.answer(7, { port: 8888, answer: { ...MODULE, modid: 9 } }), false);
  assertEquals(pending.answer(7, { port: 8888, answer: { ...MODULE, cmdid: 9 } }), false);
  assertEquals(pending.answer(7, { port: 8888, answer }), true);
  assertStrictEquals(await asked, answer);
  assertEquals(pending.size, 0);
});

Deno.test("Pending.answer() knows nothing of a question when it was answered already", async () => {
  const { pending } = setUp();
  const asked = pending.ask(1, question(1, 0));
  assertEquals(pending.answer(1, { port: 8888, answer: MODULE }), true);
  assertEquals(pending.answer(1, { port: 8888, answer: MODULE }), false);
  await asked;
});

Deno.test("Pending.ask() shares the answer when the key is in flight", async () => {
  const { pending, sent } = setUp();
  const first = pending.ask(1, question(1, 0));
  const second = pending.ask(1, question(1, 50));
  assertEquals(sent, [1]);
  pending.answer(1, { port: 8888, answer: MODULE });
  assertStrictEquals(await first, await second);
});

Deno.test("Pending.sweep() sends again when a try timed out, and gives up after the last", async () => {
  const { pending, sent } = setUp();
  const asked = pending.ask(1, question(1, 0));
  pending.sweep(99);
  assertEquals(sent, [1]);
  pending.sweep(100);
  assertEquals(sent, [1, 1]);
  assertEquals(pending.nextDeadlineMs, 200);
  pending.sweep(199);
  assertEquals(pending.size, 1);
  pending.sweep(200);
  await assertRejects(() => asked, Error, "gave up 8888 after 2");
  assertEquals(pending.retries, 1);
  assertEquals(pending.answer(1, { port: 8888, answer: MODULE }), false);
});

Deno.test("Pending.sweep() sends just once when only one try is allowed", async () => {
  const { pending, sent } = setUp({ tries: 1 });
  const asked = pending.ask(1, question(1, 0));
  pending.sweep(100);
  await assertRejects(() => asked);
  assertEquals(sent, [1]);
});

Deno.test("Pending.sweep() tries on after the last try while that is worth it", async () => {
  const { pending, sent } = setUp({ patientUntilMs: 350 });
  const asked = pending.ask(1, question(1, 0));
  for (let nowMs = 100; nowMs < 400; nowMs += 100) pending.sweep(nowMs);
  assertEquals(sent.length, 4);
  pending.sweep(400);
  await assertRejects(() => asked, Error, "gave up 8888 after 4");
  assertEquals([sent.length, pending.retries], [4, 3]);
});

Deno.test("Pending.sweep() leaves what is not due yet, in the order of deadlines", async () => {
  const { pending, sent } = setUp();
  const asked = [pending.ask(1, question(1, 0)), pending.ask(2, question(2, 60))];
  assertEquals(pending.nextDeadlineMs, 100);
  pending.sweep(100);
  assertEquals(sent, [1, 2, 1]);
  assertEquals(pending.nextDeadlineMs, 160, "the one sent again waits behind the other");
  pending.sweep(160);
  assertEquals(sent, [1, 2, 1, 2]);
  assertEquals(pending.nextDeadlineMs, 200);
  for (const key of [1, 2]) pending.answer(key, { port: 8888, answer: MODULE });
  await Promise.all(asked);
  assertEquals(pending.nextDeadlineMs, Infinity);
});

Deno.test("Pending.sweep() sends a question of a late sweep only once", async () => {
  const { pending, sent } = setUp({ tries: 3 });
  const asked = pending.ask(1, question(1, 0));
  pending.sweep(1000);
  assertEquals(sent, [1, 1]);
  assertEquals(pending.nextDeadlineMs, 1100);
  pending.answer(1, { port: 8888, answer: MODULE });
  await asked;
});

Deno.test("Pending.fail() rejects everything in flight", async () => {
  const { pending } = setUp();
  const asked = [pending.ask(1, question(1, 0)), pending.ask(2, question(2, 0))];
  pending.fail(new Error("closed"));
  for (const answer of asked) await assertRejects(() => answer, Error, "closed");
  assertEquals(pending.size, 0);
});
