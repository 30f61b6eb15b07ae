import { assertEquals } from "@std/assert";
import { Patience } from "./patience.ts";

const [PORT, OTHER_PORT] = [8888, 8889];

/** A time-out then of a question that was asked a moment before. */
function at(nowMs: number) {
  return { askedAtMs: nowMs - 100, nowMs };
}

Deno.test("Patience has none with an agent that has never answered", () => {
  const patience = new Patience(5000);
  assertEquals(patience.timedOut(PORT, at(0)), false);
  assertEquals(patience.timedOut(PORT, at(100)), false);
});

Deno.test("Patience lasts until patienceMs after the agent's last answer", () => {
  const patience = new Patience(5000);
  patience.answered(PORT, 1000);
  assertEquals(patience.timedOut(PORT, at(1100)), true);
  assertEquals(patience.timedOut(PORT, at(5999)), true);
  assertEquals(patience.timedOut(PORT, at(6000)), false);
  patience.answered(PORT, 7000);
  assertEquals(patience.timedOut(PORT, at(7100)), true);
});

Deno.test("Patience extends to a port not asked lately when another has answered", () => {
  const patience = new Patience(5000);
  patience.answered(PORT, 1000);
  assertEquals(patience.timedOut(OTHER_PORT, at(1100)), true);
  assertEquals(patience.timedOut(OTHER_PORT, at(6000)), false);
});

Deno.test("Patience ends with a port that is silent for long while another answers on", () => {
  const patience = new Patience(5000);
  patience.answered(OTHER_PORT, 0);
  for (let nowMs = 100; nowMs < 5100; nowMs += 100) {
    patience.answered(PORT, nowMs);
    assertEquals(patience.timedOut(OTHER_PORT, at(nowMs)), true);
  }
  patience.answered(PORT, 5100);
  assertEquals(patience.timedOut(OTHER_PORT, at(5100)), false);
  patience.answered(OTHER_PORT, 5200);
  assertEquals(patience.timedOut(OTHER_PORT, at(5300)), true);
});

Deno.test("Patience of 0 is none", () => {
  const patience = new Patience(0);
  patience.answered(PORT, 1000);
  assertEquals(patience.timedOut(PORT, at(1000)), false);
});

Deno.test("Patience has no more of it for a question that goes unanswered while others are answered", () => {
  const patience = new Patience(5000);
  for (let nowMs = 0; nowMs < 20_000; nowMs += 100) {
    patience.answered(PORT, nowMs);
    assertEquals(patience.timedOut(PORT, { askedAtMs: 0, nowMs }), nowMs < 5000);
  }
});

Deno.test("Patience knows for how long a port has been silent though it was asked", () => {
  const patience = new Patience(0);
  assertEquals(patience.silentMs(PORT, 5000), 0, "nobody asked");
  patience.timedOut(PORT, at(5000));
  patience.timedOut(PORT, at(6000));
  assertEquals(patience.silentMs(PORT, 8000), 3000);
  patience.answered(OTHER_PORT, 8000);
  assertEquals(patience.silentMs(PORT, 8000), 3000);
  patience.answered(PORT, 8500);
  assertEquals(patience.silentMs(PORT, 9000), 0);
});
