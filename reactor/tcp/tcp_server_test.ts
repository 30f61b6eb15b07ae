import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { encodeFrame, MAX_BODY_BYTES } from "../frame/frame.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionLimits } from "./connection_limits.ts";
import { Router } from "../frame/router.ts";
import type { TcpCounter } from "./tcp_counter.ts";
import { startTcpServer, type TcpServer } from "./tcp_server.ts";
import type { Flood } from "../../testing/reactor/flood_worker.ts";
import { until } from "../../testing/until.ts";
import { Inbox } from "../../testing/inbox.ts";
import { RawPeer } from "../../testing/reactor/raw_peer.ts";
import {
  Ask,
  createTestHandlers,
  giveBody,
  type TestEvent,
  type TestTask,
} from "../../testing/reactor/tcp_handlers.ts";
import type { LossReason } from "../threads/worker_host.ts";

interface Loss {
  thread: number;
  reason: LossReason;
  error?: Error;
}

/** A server under test, with what it told. */
class Subject {
  readonly events = new Inbox<TestEvent>();
  readonly losses = new Inbox<Loss>();
  server!: TcpServer<TestTask>;

  static async start(
    options: {
      threads?: number;
      maxConn?: number;
      port?: number;
      limits?: ConnectionLimits;
      maxBufferBytes?: number;
      hangMs?: number;
    } = {},
  ): Promise<Subject> {
    const subject = new Subject();
    subject.server = await startTcpServer({
      ...options,
      worker: new URL("../../testing/reactor/tcp_worker.ts", import.meta.url),
      createHandlers: createTestHandlers,
      init: (thread) => ({ thread }),
      onPost: (event) => subject.events.push(event),
      onLost: (thread, reason, error) => subject.losses.push({ thread, reason, error }),
    });
    return subject;
  }

  connect(): Promise<RawPeer> {
    return RawPeer.connect(this.server.address);
  }

  total(name: TcpCounter): number {
    return this.server.counters.reduce((sum, counters) => sum + counters.get(name), 0);
  }

  closed(): Promise<TestEvent> {
    return this.events.take(({ kind }) => kind === "closed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

async function assertServed(peer: RawPeer): Promise<void> {
  const body = crypto.getRandomValues(new Uint8Array(8));
  assertEquals(await peer.ask(Ask.Echo, body), { msgid: Ask.Echo, body });
}

/** Registers a test of the server in process, and of the server on two threads. */
function testBoth(name: string, run: (threads: number) => Promise<void>): void {
  Deno.test(`TcpServer ${name}, in process`, () => run(0));
  Deno.test(`TcpServer ${name}, with 2 threads`, () => run(2));
}

testBoth("answers frames of any size", async (threads) => {
  await using subject = await Subject.start({ threads });
  using peer = await subject.connect();
  for (const bytes of [0, 1, 4000, 4096, MAX_BODY_BYTES, 5]) {
    const body = Uint8Array.from({ length: bytes }, (_, i) => i);
    assertEquals(await peer.ask(Ask.Echo, body), { msgid: Ask.Echo, body });
  }
  assertEquals([subject.total("framesIn"), subject.total("framesOut")], [6, 6]);
  assertEquals([subject.total("connections"), subject.total("accepted")], [1, 1]);
  await until(() => subject.total("queuedBytes") === 0);
  assertEquals(subject.total("bytesIn"), subject.total("bytesOut"));
});

testBoth("disconnects a peer that does not finish its first frame", async (threads) => {
  await using subject = await Subject.start({ threads, limits: { halfFrameTimeoutMs: 40 } });
  using peer = await subject.connect();
  await peer.write(Uint8Array.of(1, 0, 0));
  assertEquals(await peer.ended(), 0);
  assertEquals([subject.total("timeouts"), subject.total("gaveWay")], [1, 0]);
});

testBoth("disconnects a peer that does not finish a frame, though it dribbles", async (threads) => {
  const limits = { halfFrameTimeoutMs: 40 };
  await using subject = await Subject.start({ threads, limits });
  using peer = await subject.connect();
  await assertServed(peer);
  const frame = encodeFrame(Ask.Echo, new Uint8Array(60_000));
  let sent = 0;
  const dribbling = setInterval(() => {
    peer.write(frame.subarray(sent, ++sent)).catch(() => {});
  }, 5);
  assertEquals(await peer.ended(), 0);
  clearInterval(dribbling);
  assertEquals(subject.total("timeouts"), 1);
  assertLess(sent, 1000);
});

testBoth("lets peers be silent while there is room", async (threads) => {
  const limits = { silenceGraceMs: 10, halfFrameTimeoutMs: 10 };
  await using subject = await Subject.start({ threads, maxConn: 12, limits });
  const silent = await Promise.all(Array.from({ length: 6 }, () => subject.connect()));
  await until(() => subject.total("connections") === 6);
  for (let i = 0; i < 3; i++) { // each takes longer than the limits
    using late = await subject.connect();
    await late.write(Uint8Array.of(1));
    await late.ended();
  }
  await Promise.all(silent.map(assertServed));
  assertEquals([subject.total("timeouts"), subject.total("gaveWay")], [3, 0]);
  for (const peer of silent) peer[Symbol.dispose]();
});

testBoth(
  "disconnects those who never said anything where three quarters of the places are taken",
  async (threads) => {
    await using subject = await Subject.start({
      threads,
      maxConn: 8,
      limits: { silenceGraceMs: 10 },
    });
    const spoken = await Promise.all(Array.from({ length: 6 }, () => subject.connect()));
    await Promise.all(spoken.map(assertServed));
    const silent = await Promise.all([subject.connect(), subject.connect()]);
    for (const peer of silent) assertEquals(await peer.ended(), 0);
    await Promise.all(spoken.map(assertServed));
    assertEquals([subject.total("gaveWay"), subject.total("refused")], [2, 0]);
    for (const peer of [...spoken, ...silent]) peer[Symbol.dispose]();
  },
);

Deno.test("TcpServer has the one go that has been silent for longest when there is no place left", async () => {
  await using subject = await Subject.start({ maxConn: 4 });
  const connect = async () => {
    const peer = await subject.connect();
    await subject.events.take(({ kind }) => kind === "opened");
    return peer;
  };
  const [first, second] = [await connect(), await connect()];
  using spoken = await connect();
  await assertServed(spoken);
  using last = await connect();
  const newer = [];
  for (const silent of [first, second]) {
    newer.push(await connect());
    assertEquals(await silent.ended(), 0);
    await assertServed(newer.at(-1)!);
    silent[Symbol.dispose]();
  }
  await Promise.all([spoken, last].map(assertServed));
  using refused = await subject.connect();
  assertEquals(await refused.ended(), 0);
  assertEquals([subject.total("gaveWay"), subject.total("refused")], [2, 1]);
  for (const peer of newer) peer[Symbol.dispose]();
});

testBoth(
  "disconnects a peer that does not read what it is pushed, past the mark",
  async (threads) => {
    await using subject = await Subject.start({ threads, limits: { highWaterBytes: 1 << 20 } });
    using peer = await subject.connect();
    await assertServed(peer);
    subject.server.post({ kind: "push", bytes: 60_000, count: 1000 });
    await subject.closed();
    assertEquals([subject.total("slowReaders"), subject.total("timeouts")], [1, 0]);
    assertEquals([subject.total("queuedBytes"), subject.total("connections")], [0, 0]);
  },
);

testBoth("has memory for those who read when many others do not", async (threads) => {
  const [mute, maxBufferBytes] = [64, 12 << 20];
  await using subject = await Subject.start({ threads, maxBufferBytes });
  using good = await subject.connect();
  const peers = await Promise.all(Array.from({ length: mute }, () => subject.connect()));
  await Promise.all([good, ...peers].map(assertServed));
  while (subject.total("connections") > 1) {
    subject.server.post({ kind: "push", bytes: 60_000, count: 1 });
    assertEquals((await good.receive())?.body.length, 60_000);
    assertLess(subject.total("queuedBytes"), maxBufferBytes);
  }
  assertEquals([subject.total("slowReaders"), subject.total("outOfMemory")], [mute, 0]);
  await assertServed(good);
  for (const peer of peers) peer[Symbol.dispose]();
});

testBoth("disconnects a peer to whom a write does not get on", async (threads) => {
  await using subject = await Subject.start({ threads, limits: { stallTimeoutMs: 60 } });
  using peer = await subject.connect();
  await assertServed(peer);
  subject.server.post({ kind: "push", bytes: 60_000, count: 400 });
  await subject.closed();
  assertEquals(subject.total("slowReaders"), 1);
  assertEquals([subject.total("queuedBytes"), subject.total("connections")], [0, 0]);
});

testBoth(
  "holds back a peer that asks without reading, and answers it when it reads",
  async (threads) => {
    await using subject = await Subject.start({ threads });
    using greedy = await subject.connect();
    await greedy.send(Ask.Announce); // or pauses between writes take seconds
    using other = await subject.connect();
    const asked = 2000; // 40 MB of replies to 24 KB of requests, which one read may take
    const requests = new Uint8Array(12 * asked);
    const request = encodeFrame(Ask.Give, giveBody(20_000));
    for (let i = 0; i < asked; i++) requests.set(request, i * request.length);
    await greedy.write(requests);
    for (let i = 0; i < 50; i++) {
      await assertServed(other);
      assertLess(subject.total("queuedBytes"), (256 << 10) + 30_000);
    }
    assertLess(subject.total("framesIn"), asked);
    for (let i = 0; i < asked; i++) assertEquals((await greedy.receive())?.body.length, 20_000);
    assertEquals(subject.total("slowReaders"), 0);
  },
);

testBoth("closes a connection over maxConn at once and counts it", async (threads) => {
  await using subject = await Subject.start({ threads, maxConn: 3 });
  const peers = await Promise.all(Array.from({ length: 3 }, () => subject.connect()));
  await Promise.all(peers.map(assertServed));
  for (let refused = 1; refused <= 4; refused++) {
    using oneMore = await subject.connect();
    assertEquals(await oneMore.ended(), 0);
    assertEquals(subject.total("refused"), refused);
  }
  peers.pop()?.[Symbol.dispose]();
  await subject.closed();
  peers.push(await subject.connect());
  await Promise.all(peers.map(assertServed));
  for (const peer of peers) peer[Symbol.dispose]();
});

testBoth("closes only the connection that breaks the protocol", async (threads) => {
  await using subject = await Subject.start({ threads });
  using good = await subject.connect();
  for (const bodyBytes of [-1, MAX_BODY_BYTES + 1]) {
    using bad = await subject.connect();
    const header = new Uint8Array(8);
    new DataView(header.buffer).setInt32(4, bodyBytes, true);
    await bad.write(Uint8Array.of(...encodeFrame(Ask.Sink, new Uint8Array()), ...header));
    assertEquals(await bad.ended(), 0);
    await assertServed(good);
  }
  assertEquals([subject.total("protocolErrors"), subject.total("framesIn")], [2, 4]);
});

testBoth("skips what it cannot handle, and the connection stays", async (threads) => {
  await using subject = await Subject.start({ threads });
  using peer = await subject.connect();
  await peer.send(12345, new Uint8Array(100));
  await assertServed(peer);
  await peer.send(Ask.Malformed);
  await assertServed(peer);
  await peer.send(Ask.Fail);
  await assertServed(peer);
  assertEquals(
    (["unknown", "malformed", "failed"] as const).map((name) => subject.total(name)),
    [1, 1, 1],
  );
});

testBoth("survives a peer that resets in the middle of a frame", async (threads) => {
  await using subject = await Subject.start({ threads });
  using other = await subject.connect();
  const peer = await subject.connect();
  await peer.send(Ask.Give, giveBody(1000));
  await peer.write(Uint8Array.of(1, 0, 0, 0, 100));
  await peer.tcp.read(new Uint8Array(1));
  peer.tcp.close(); // with bytes unread, which makes it a reset
  await subject.closed();
  await assertServed(other);
  assertEquals(subject.total("connections"), 1);
  await until(() => subject.total("queuedBytes") === 0);
});

testBoth("answers what a peer asked before it ended its side", async (threads) => {
  await using subject = await Subject.start({ threads });
  using peer = await subject.connect();
  await peer.send(Ask.Give, giveBody(60_000));
  await peer.tcp.closeWrite();
  assertEquals((await peer.receive())?.body.length, 60_000);
  assertEquals(await peer.receive(), undefined);
});

testBoth("handles nothing of a connection that a handler closed", async (threads) => {
  await using subject = await Subject.start({ threads });
  using peer = await subject.connect();
  const sink = encodeFrame(Ask.Sink, new Uint8Array());
  await peer.write(
    Uint8Array.of(...sink, ...encodeFrame(Ask.Close, new Uint8Array()), ...sink, ...sink),
  );
  assertEquals(await subject.closed().then((event) => event.kind === "closed" && event.sunk), 1);
});

testBoth("handles what arrived before it stops", async (threads) => {
  const subject = await Subject.start({ threads });
  const sink = encodeFrame(Ask.Sink, new Uint8Array(1000));
  const frames = new Uint8Array(500 * sink.length);
  for (let i = 0; i < 500; i++) frames.set(sink, i * sink.length);
  const peers = await Promise.all(Array.from({ length: 4 }, async () => {
    const peer = await subject.connect(); // perhaps not accepted when the server is told to stop
    await peer.write(frames);
    return peer;
  }));
  const stopped = subject.server.stop();
  await Promise.all(peers.map((peer) => peer.ended().then(() => peer.tcp.close())));
  await stopped;
  for (let i = 0; i < peers.length; i++) {
    const event = await subject.closed();
    assertEquals(event.kind === "closed" && event.sunk, 500);
  }
  assertEquals(subject.events.count(({ kind }) => kind === "stopped"), Math.max(1, threads));
  assertEquals([subject.total("refused"), subject.total("connections")], [0, 0]);
});

testBoth("stops though a peer does not close its side", async (threads) => {
  const subject = await Subject.start({ threads });
  using peer = await subject.connect();
  await assertServed(peer);
  await subject.server.stop();
  assertEquals(await peer.ended(), 0);
});

testBoth("refuses a port that is in use", async (threads) => {
  await using subject = await Subject.start({ threads });
  for (const others of [0, 1]) {
    await assertRejects(
      () => Subject.start({ threads: others, port: subject.server.address.port }),
      Deno.errors.AddrInUse,
    );
  }
});

testBoth("hands a task to all threads", async (threads) => {
  await using subject = await Subject.start({ threads });
  const peers = await Promise.all(Array.from({ length: 8 }, () => subject.connect()));
  await Promise.all(peers.map(assertServed));
  subject.server.post({ kind: "push", bytes: 3, count: 1 });
  const pushed = { msgid: Ask.Pushed, body: new Uint8Array(3) };
  for (const peer of peers) assertEquals(await peer.receive(), pushed);
  for (const peer of peers) peer[Symbol.dispose]();
});

testBoth(
  "cannot start when its handlers cannot be made, and leaves the port free",
  async (threads) => {
    const { port } = await unusedAddress();
    const starting = () =>
      startTcpServer({
        threads,
        port,
        worker: new URL("../../testing/reactor/tcp_worker.ts", import.meta.url),
        createHandlers: createTestHandlers,
        init: (thread) => ({ thread: threads === 0 ? -1 : -thread }), // the second of two
      });
    await assertRejects(starting, Error, "Cannot set up thread -1");
    Deno.listen({ port, hostname: "127.0.0.1" }).close();
  },
);

function unusedAddress(): Deno.NetAddr {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr;
}

Deno.test("startTcpServer() needs a worker to start threads", async () => {
  const createHandlers = () => ({ router: new Router<Connection<void>>() });
  await assertRejects(() => startTcpServer({ threads: 1, createHandlers }), TypeError, "a worker");
});

Deno.test("post() hands a task to the one thread that is named", async () => {
  await using subject = await Subject.start({ threads: 2 });
  const peers = await Promise.all(Array.from({ length: 16 }, () => subject.connect()));
  const threads = await Promise.all(peers.map(async (peer) => (await peer.ask(Ask.Who))?.body[0]));
  subject.server.post({ kind: "push", bytes: 0, count: 1 }, 1);
  const event = await subject.events.take(({ kind }) => kind === "pushed");
  assertEquals(event, {
    thread: 1,
    kind: "pushed",
    connections: threads.filter((thread) => thread === 1).length,
  });
  for (const [i, peer] of peers.entries()) {
    const first = await peer.ask(Ask.Echo);
    assertEquals(first?.msgid, threads[i] === 1 ? Ask.Pushed : Ask.Echo);
    peer[Symbol.dispose]();
  }
});

for (
  const [task, loss] of [
    [{ kind: "throw" }, "threw"],
    [{ kind: "close" }, "ended"],
    [{ kind: "exit" }, "ended"],
  ] as const
) {
  Deno.test(`TcpServer replaces a thread that has "${task.kind}" to do`, async () => {
    const maxConn = 12;
    await using subject = await Subject.start({ threads: 2, maxConn });
    const peers = await Promise.all(Array.from({ length: maxConn }, () => subject.connect()));
    const threads = await Promise.all(
      peers.map(async (peer) => (await peer.ask(Ask.Who))?.body[0]),
    );
    const lost = peers.filter((_, i) => threads[i] === 0);
    const kept = peers.filter((_, i) => threads[i] === 1);

    subject.server.post(task, 0);
    const { thread, reason, error } = await subject.losses.next();
    assertEquals([thread, reason], [0, loss]);
    assertEquals(error?.message.includes("as it was told") ?? false, loss === "threw");
    for (const peer of lost) await peer.ended();
    await Promise.all(kept.map(assertServed));

    // The places of the lost connections are free again, and no more than these.
    const fresh = await Promise.all(lost.map(() => subject.connect()));
    await Promise.all(fresh.map(assertServed));
    using oneMore = await subject.connect();
    assertEquals(await oneMore.ended(), 0);

    // The replacement accepts as the lost one did.
    for (const peer of [...peers, ...fresh]) peer[Symbol.dispose]();
    await until(() => subject.total("connections") === 0);
    await until(async () => {
      using peer = await subject.connect();
      return (await peer.ask(Ask.Who))?.body[0] === 0;
    });
  });
}

/** Starts a flood from a thread of its own; `done` resolves when all was sent and the server has closed. */
function startFlood(flood: Flood): { done: Promise<void> } & Disposable {
  const url = new URL("../../testing/reactor/flood_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  const { promise, resolve } = Promise.withResolvers<void>();
  worker.addEventListener("message", () => resolve());
  worker.postMessage(flood);
  return { done: promise, [Symbol.dispose]: () => worker.terminate() };
}

Deno.test("TcpServer answers others, and lets timers run, while some send without a pause", async () => {
  // A frame takes half a millisecond, so that some ten of them are handled in a turn however fast the machine is.
  const [floods, frames] = [3, 1000];
  let handled = 0;
  const router = new Router<Connection<void>>()
    .on(1, (_body, connection) => {
      const endMs = performance.now() + 0.5;
      while (performance.now() < endMs);
      connection.send(1, new Uint8Array(100));
      handled++;
    })
    .on(2, (_body, connection) => connection.send(2, new Uint8Array()));
  const server = await startTcpServer({ createHandlers: () => ({ router }) });
  using peer = await RawPeer.connect(server.address);
  await peer.ask(2);
  const flood = Array.from(
    { length: floods },
    () => startFlood({ to: server.address, msgid: 1, frames }),
  );
  let [longest, last, ticks] = [0, 0, 0];
  const timer = setInterval(() => {
    longest = Math.max(longest, handled - last);
    last = handled;
    ticks++;
  }, 1);
  await until(() => handled > 0);
  for (let answers = 0; answers < 20; answers++) {
    const before = handled;
    await peer.ask(2);
    assertLess(handled - before, 200);
  }
  await Promise.all(flood.map(({ done }) => done));
  clearInterval(timer);
  assertEquals(handled, floods * frames);
  assertLess(longest, 200);
  assertGreater(ticks, 20);
  for (const each of flood) each[Symbol.dispose]();
  peer.tcp.closeWrite();
  await server.stop();
});

Deno.test("TcpServer replaces a thread that hangs, and tells as long as it does", async () => {
  await using subject = await Subject.start({ threads: 1, hangMs: 200 });
  using peer = await subject.connect();
  await assertServed(peer);
  subject.server.post({ kind: "hang", ms: 5000 }, 0);
  assertEquals((await subject.losses.next()).reason, "hung");
  assertEquals(subject.server.stuck, 1);
  await until(() => subject.server.stuck === 0); // it has come out of it and was ended
  assertEquals(await peer.ended(), 0);
  using again = await subject.connect();
  await assertServed(again);
});

Deno.test("TcpServer hands frames to handlers without copying them", async () => {
  const frames = 10_000;
  const bodyBytes = 100;
  const done = Promise.withResolvers<void>();
  let shared = 0;
  let handled = 0;
  const router = new Router<Connection<void>>().on(1, (body) => {
    // A copy has a buffer of its own; a view has the ring's, which is as large as a size class.
    if (body.buffer.byteLength >= 4096) shared++;
    if (++handled === frames) done.resolve();
  });
  const server = await startTcpServer({ createHandlers: () => ({ router }) });
  {
    using peer = await RawPeer.connect(server.address);
    const frame = encodeFrame(1, new Uint8Array(bodyBytes));
    const stream = new Uint8Array(frames * frame.length);
    for (let i = 0; i < frames; i++) stream.set(frame, i * frame.length);
    await peer.write(stream);
    await done.promise;
  }
  await server.stop();
  const copies = server.counters[0].get("copies");
  assertGreater(shared, frames - 1 - copies);
  assertLess(copies, frames / 100);
});

Deno.test("TcpServer survives running out of file descriptors", async () => {
  const script = new URL("../../testing/reactor/few_descriptors.ts", import.meta.url).pathname;
  const command =
    `ulimit -n 64 && exec "${Deno.execPath()}" run --allow-net --allow-read "${script}"`;
  const { code, stdout, stderr } = await new Deno.Command("sh", { args: ["-c", command] }).output();
  const text = new TextDecoder();
  assertEquals(code, 0, text.decode(stderr));
  const { acceptErrors, served } = JSON.parse(text.decode(stdout));
  assert(served);
  assertLess(acceptErrors, 10); // it waits between its attempts
});
