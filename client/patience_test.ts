import { assertEquals } from "@std/assert";
import { Patience } from "./patience.ts";

const [PORT, OTHER_PORT] = [8888, 8889];

Deno.test("Patience has none with an agent that has never answered", () => {
  const patience = new Patience(5000);
  assertEquals(patience.timedOut(PORT, 0), false);
  assertEquals(patience.timedOut(PORT, 100), false);
});

Deno.test("Patience lasts until patienceMs after the agent's last answer", () => {
  const patience = new Patience(5000);
  patience.answered(PORT, 1000);
  assertEquals(patience.timedOut(PORT, 1100), true);
  assertEquals(patience.timedOut(PORT, 5999), true);
  assertEquals(patience.timedOut(PORT, 6000), false);
  patience.answered(PORT, 7000);
  assertEquals(patience.timedOut(PORT, 7100), true);
});

Deno.test("Patience extends to a port not asked lately when another has answered", () => {
  const patience = new Patience(5000);
  patience.answered(PORT, 1000);
  assertEquals(patience.timedOut(OTHER_PORT, 1100), true);
  assertEquals(patience.timedOut(OTHER_PORT, 6000), false);
});

Deno.test("Patience ends with a port that is silent for long while another answers on", () => {
  const patience = new Patience(5000);
  patience.answered(OTHER_PORT, 0);
  for (let nowMs = 100; nowMs < 5100; nowMs += 100) {
    patience.answered(PORT, nowMs);
    assertEquals(patience.timedOut(OTHER_PORT, nowMs), true);
  }
  patience.answered(PORT, 5100);
  assertEquals(patience.timedOut(OTHER_PORT, 5100), false);
  patience.answered(OTHER_PORT, 5200);
  assertEquals(patience.timedOut(OTHER_PORT, 5300), true);
});

Deno.test("Patience of 0 is none", () => {
  const patience = new Patience(0);
  patience.answered(PORT, 1000);
  assertEquals(patience.timedOut(PORT, 1000), false);
});
