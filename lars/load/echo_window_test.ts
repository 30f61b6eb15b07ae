import { assertEquals } from "@std/assert";
import { EchoWindow } from "./echo_window.ts";

function makeWindow(slots: number) {
  const sent: number[][] = [];
  const window = new EchoWindow({ slots, bodyBytes: 3, send: (body) => sent.push([...body]) });
  return { window, sent, echo: (bytes: number[]) => window.takeEcho(Uint8Array.from(bytes), 0) };
}

Deno.test("EchoWindow sends in each slot again when its echo is back", () => {
  const { window, sent, echo } = makeWindow(2);
  window.fill(0);
  assertEquals(sent, [[0, 1, 0], [1, 1, 0]]);
  assertEquals(echo(sent[1]), true);
  assertEquals(echo(sent[2]), true);
  assertEquals(sent.slice(2), [[1, 2, 0], [1, 3, 0]]);
});

Deno.test("EchoWindow ignores echoes that are late, double or of nothing", () => {
  const { window, sent, echo } = makeWindow(1);
  window.fill(0);
  assertEquals(echo(sent[0]), true);
  assertEquals(echo(sent[0]), false);
  assertEquals([echo([7, 1, 0]), echo([])], [false, false]);
  assertEquals(sent.length, 2);
});

Deno.test("EchoWindow sends again what is overdue, and nothing else", () => {
  const { window, sent } = makeWindow(2);
  window.fill(0);
  window.takeEcho(Uint8Array.of(1, 1), 60);
  assertEquals(window.sendOverdue({ nowMs: 99, timeoutMs: 100 }), 0);
  assertEquals(window.sendOverdue({ nowMs: 100, timeoutMs: 100 }), 1);
  assertEquals(sent.at(-1), [0, 2, 0]);
  assertEquals(window.sendOverdue({ nowMs: 159, timeoutMs: 100 }), 0);
});
