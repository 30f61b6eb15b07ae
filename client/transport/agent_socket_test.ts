import { assertEquals, assertThrows } from "@std/assert";
import { AgentSocket, STALE_AFTER_MS } from "./agent_socket.ts";
import type { Transport, TransportOptions } from "./transport.ts";

/** A socket that a test plays the network's part of. */
class FakeTransport implements Transport {
  readonly sent: number[] = [];
  isClosed = false;
  onClosed?: () => void;
  readonly #hold?: ReturnType<typeof setInterval>;

  constructor(readonly options: TransportOptions, readonly holdsProcess: boolean) {
    if (holdsProcess) this.#hold = setInterval(() => {}, 1000);
  }

  send(datagram: Uint8Array): Promise<void> {
    this.sent.push(datagram[0]);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.#hold);
    this.onClosed?.();
    return Promise.resolve();
  }
}

/** A socket at time 0, and the transports that it opens. */
function makeSocket({ holdsProcess = false } = {}) {
  const opened: FakeTransport[] = [];
  const clock = { nowMs: 0 };
  const failure: { error?: Error } = {};
  const received: number[] = [];
  const socket = new AgentSocket({
    hostname: "10.0.0.1",
    openTransport(options) {
      if (failure.error !== undefined) throw failure.error;
      opened.push(new FakeTransport(options, holdsProcess));
      return opened.at(-1)!;
    },
    onDatagram: ([byte]) => received.push(byte),
    now: () => clock.nowMs,
  });
  const send = (byte: number) => socket.send(new Uint8Array([byte]), 8888);
  return { socket, opened, clock, failure, received, send };
}

Deno.test("AgentSocket asks through another socket once the agent was silent for long", async () => {
  const { socket, opened, clock, received, send } = makeSocket();
  await send(1);
  clock.nowMs = STALE_AFTER_MS;
  socket.noteSilence(STALE_AFTER_MS - 1);
  await send(2);
  socket.noteSilence(STALE_AFTER_MS);
  await send(3);
  // One that is new is not to blame.
  clock.nowMs += STALE_AFTER_MS - 1;
  socket.noteSilence(2 * STALE_AFTER_MS);
  await send(4);
  assertEquals(opened.map(({ sent }) => sent), [[1, 2], [3, 4]]);
  assertEquals(socket.replaced, 1);
  // What was on its way to the old one is not lost.
  assertEquals(opened[0].isClosed, false);
  opened[0].options.onDatagram(new Uint8Array([7]), 8888);
  assertEquals(received, [7]);
  await socket.close();
  assertEquals(opened.map(({ isClosed }) => isClosed), [true, true]);
});

Deno.test("AgentSocket opens another socket in place of one that was lost", async () => {
  const { socket, opened, clock, send } = makeSocket();
  clock.nowMs = 5000;
  const error = new Error("EBADF");
  opened[0].options.onLost(error);
  opened[0].options.onLost(error);
  assertEquals([socket.replaced, opened[0].isClosed], [1, true]);
  assertEquals(socket.lastError, error);
  await send(1);
  assertEquals(opened[1].sent, [1]);
  // One that is lost at once is not replaced at once, however much is to be sent.
  opened[1].options.onLost(error);
  for (let i = 0; i < 100; i++) await send(2);
  assertEquals(opened.length, 2);
  clock.nowMs += 1000;
  await send(3);
  assertEquals(opened[2].sent, [3]);
  await socket.close();
});

Deno.test("AgentSocket opens another socket when sending fails, at most once a second", async () => {
  const { socket, opened, clock, send } = makeSocket();
  clock.nowMs = 999;
  opened[0].options.onError(new Error("ENETDOWN"));
  await send(1);
  clock.nowMs = 1000;
  opened[0].options.onError(new Error("ENETDOWN"));
  await send(2);
  opened[0].options.onError(new Error("ENETDOWN")); // not the present one's
  clock.nowMs = 3000;
  opened[0].options.onError(new Error("ENETDOWN"));
  await send(3);
  assertEquals(opened.map(({ sent }) => sent), [[1], [2, 3]]);
  await socket.close();
});

Deno.test("AgentSocket tries again when no socket could be opened", async () => {
  const { socket, opened, clock, failure, send } = makeSocket();
  clock.nowMs = 5000;
  opened[0].options.onLost(new Error("EBADF"));
  failure.error = new Error("EMFILE");
  await send(1);
  assertEquals(socket.lastError, failure.error);
  failure.error = undefined;
  await send(2);
  clock.nowMs = 6000;
  await send(3);
  assertEquals(opened.map(({ sent }) => sent), [[], [3]]);
  await socket.close();
  await send(4);
  assertEquals(opened.length, 2, "a closed one opens no more");
});

Deno.test("AgentSocket takes a transport that throws or rejects for one that could not send", async () => {
  const { socket, opened, send } = makeSocket();
  opened[0].send = () => Promise.reject(new Error("rejected"));
  await send(1);
  assertEquals((socket.lastError as Error).message, "rejected");
  opened[0].send = () => {
    throw new Error("thrown");
  };
  await send(1);
  assertEquals((socket.lastError as Error).message, "thrown");
  opened[0].close = () => Promise.reject(new Error("closed already"));
  await socket.close();
});

Deno.test("AgentSocket tells its maker when the first socket cannot be opened", () => {
  assertThrows(
    () =>
      new AgentSocket({
        hostname: "10.0.0.1",
        openTransport() {
          throw new Error("no permission");
        },
        onDatagram() {},
        now: () => 0,
      }),
    Error,
    "no permission",
  );
});

Deno.test("AgentSocket closes a socket that would hold the process when idle, and opens another on demand", async () => {
  const { socket, opened, send } = makeSocket({ holdsProcess: true });
  await new Promise<void>((resolve) => opened[0].onClosed = resolve);
  socket.setBusy(true);
  await send(1);
  assertEquals([opened[1].sent, opened[1].isClosed, socket.replaced], [[1], false, 0]);
  const closed = new Promise<void>((resolve) => opened[1].onClosed = resolve);
  socket.setBusy(false);
  await closed;
  // A report wakes it without anybody waiting.
  await send(2);
  assertEquals(opened[2].sent, [2]);
  await new Promise<void>((resolve) => opened[2].onClosed = resolve);
  await socket.close();
});
