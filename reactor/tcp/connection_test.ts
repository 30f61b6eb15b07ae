import { assert, assertEquals, assertThrows } from "@std/assert";
import { BufferPool } from "../buffer/buffer_pool.ts";
import { Connection } from "./connection.ts";
import type { ConnectionLimits } from "./connection_limits.ts";
import { Counters } from "../threads/counters.ts";
import { encodeFrame, MAX_BODY_BYTES, readInt32 } from "../frame/frame.ts";
import { Router } from "../frame/router.ts";
import { TCP_COUNTERS, type TcpCounter } from "./tcp_counter.ts";
import { until } from "../../testing/until.ts";
import { RawPeer } from "../../testing/reactor/raw_peer.ts";

/** A connection under test and its peer. */
interface Pair extends AsyncDisposable {
  connection: Connection<string>;
  peer: RawPeer;
  counters: Counters<TcpCounter>;
  pool: BufferPool;
}

async function connect(
  { pool = new BufferPool(), limits }: { pool?: BufferPool; limits?: ConnectionLimits } = {},
): Promise<Pair> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [peer, tcp] = await Promise.all([RawPeer.connect(listener.addr), listener.accept()]);
  const counters = new Counters(TCP_COUNTERS);
  const router = new Router<Connection<string>>()
    .on(1, (body, connection) => connection.send(1, body));
  const connection = new Connection({ id: 7, tcp, router, state: "mine", pool, counters, limits });
  return {
    connection,
    peer,
    counters,
    pool,
    async [Symbol.asyncDispose]() {
      connection.close();
      await connection.closed;
      peer[Symbol.dispose]();
      assertEquals(pool.lentBytes, 0);
      assertEquals([counters.get("connections"), counters.get("queuedBytes")], [0, 0]);
    },
  };
}

Deno.test("Connection says what it is and where it leads", async () => {
  await using pair = await connect();
  const { connection, peer } = pair;
  assertEquals([connection.id, connection.state, connection.isOpen], [7, "mine", true]);
  assertEquals(connection.remote, peer.tcp.localAddr);
  assertEquals(connection.local, peer.tcp.remoteAddr);
});

Deno.test("send() and sendFrame() send in order, and copy what they are given", async () => {
  await using pair = await connect();
  const { connection, peer } = pair;
  const body = Uint8Array.of(1, 2);
  assert(connection.send(5, body));
  body.fill(0);
  assert(connection.sendFrame(encodeFrame(6, Uint8Array.of(3))));
  assertEquals(connection.queuedBytes, 19);
  assertEquals(await peer.receive(), { msgid: 5, body: Uint8Array.of(1, 2) });
  assertEquals(await peer.receive(), { msgid: 6, body: Uint8Array.of(3) });
});

Deno.test("send() throws when the body does not fit a frame, and the connection stays", async () => {
  await using pair = await connect();
  const tooLong = new Uint8Array(MAX_BODY_BYTES + 1);
  assertThrows(() => pair.connection.send(1, tooLong), RangeError);
  assertEquals(await pair.peer.ask(1), { msgid: 1, body: new Uint8Array() });
});

Deno.test("send() says false when the connection is closed", async () => {
  await using pair = await connect();
  const { connection, peer } = pair;
  connection.close();
  connection.close();
  assertEquals([connection.isOpen, connection.send(1, new Uint8Array())], [false, false]);
  await connection.closed;
  assertEquals(await peer.ended(), 0);
});

Deno.test("send() says false when the peer does not read, and closes the connection", async () => {
  await using pair = await connect({ limits: { highWaterBytes: 100_000 } });
  const { connection, counters } = pair;
  assert(connection.send(1, new Uint8Array(60_000)));
  assertEquals(connection.send(1, new Uint8Array(60_000)), false);
  assertEquals(connection.isOpen, false);
  await connection.closed;
  assertEquals(counters.get("slowReaders"), 1);
});

Deno.test("send() says false when much waits and little memory is left, and leaves it to others", async () => {
  const pool = new BufferPool({ maxBytes: 1 << 20 });
  await using pair = await connect({ pool });
  assert(pair.connection.send(1, new Uint8Array(50_000)));
  const lent = Array.from({ length: 8 }, () => pool.acquire(64 << 10));
  assertEquals(pair.connection.send(1, new Uint8Array(1000)), false);
  await pair.connection.closed;
  assertEquals([pair.counters.get("slowReaders"), pair.counters.get("outOfMemory")], [1, 0]);
  for (const buffer of lent) pool.release(buffer);
});

Deno.test("Connection goes over when a handler takes it past the high-water mark", async () => {
  const limits = { pauseBytes: 1000, highWaterBytes: 2000 };
  await using pair = await connect({ limits });
  await pair.peer.send(1, new Uint8Array(3000));
  await pair.connection.closed;
  assertEquals(pair.counters.get("slowReaders"), 1);
});

Deno.test("Connection sends what is queued to a peer that has ended its side", async () => {
  await using pair = await connect();
  const { connection, peer } = pair;
  const frames = 300; // more than the kernel takes for a peer that does not read yet
  for (let i = 0; i < frames; i++) connection.send(i, new Uint8Array(60_000));
  await peer.tcp.closeWrite();
  for (let i = 0; i < frames; i++) assertEquals((await peer.receive())?.msgid, i);
  assertEquals(await peer.receive(), undefined);
  assertEquals(connection.send(1, new Uint8Array()), false);
});

Deno.test("end() sends what is queued and handles what comes, until the peer ends", async () => {
  await using pair = await connect();
  const { connection, peer, counters } = pair;
  connection.send(5, new Uint8Array(60_000));
  const ended = connection.end(60_000);
  assertEquals(connection.send(5, new Uint8Array()), false);
  assertEquals((await peer.receive())?.body.length, 60_000);
  assertEquals(await peer.receive(), undefined);
  await peer.send(1);
  await peer.tcp.closeWrite();
  await ended;
  assertEquals(counters.get("framesIn"), 1);
});

Deno.test("end() does not wait for the peer longer than it is told", async () => {
  await using pair = await connect();
  await pair.connection.end(20);
  assertEquals(await pair.peer.ended(), 0);
});

Deno.test("end() takes a peer that is gone", async () => {
  await using pair = await connect();
  pair.connection.close();
  await pair.connection.end(60_000);
});

Deno.test("check() ends a connection once, and only when its time is over", async () => {
  await using pair = await connect();
  const { connection, peer, counters } = pair;
  await peer.ask(1);
  await peer.write(encodeFrame(1, new Uint8Array(100)).subarray(0, 50));
  connection.check(performance.now() + 1e9); // nothing has begun yet that it knows of
  assert(connection.isOpen);
  await until(() => counters.get("bytesIn") === 58);
  connection.check(performance.now() + 9000);
  assert(connection.isOpen);
  connection.check(performance.now() + 10_001);
  connection.check(performance.now() + 10_001);
  assertEquals([connection.isOpen, counters.get("timeouts")], [false, 1]);
});

Deno.test("Connection closes when there is no memory for a frame that comes", async () => {
  await using pair = await connect({ pool: new BufferPool({ maxBytes: 32 << 10 }) });
  await pair.peer.send(1, new Uint8Array(40_000));
  await pair.connection.closed;
  assertEquals(pair.counters.get("outOfMemory"), 1);
});

Deno.test("Connection closes when there is no memory for what it is to send", async () => {
  await using pair = await connect({ pool: new BufferPool({ maxBytes: 32 << 10 }) });
  assertEquals(pair.connection.send(1, new Uint8Array(40_000)), false);
  await pair.connection.closed;
  assertEquals(pair.counters.get("outOfMemory"), 1);
});

Deno.test("Connection closes at once when there is no memory to read", async () => {
  await using pair = await connect({ pool: new BufferPool({ maxBytes: 0 }) });
  await pair.connection.closed;
  assertEquals(pair.counters.get("outOfMemory"), 1);
});

Deno.test("Connection goes on reading in small pieces when its ring cannot grow", async () => {
  await using pair = await connect({ pool: new BufferPool({ maxBytes: 12 << 10 }) });
  const { peer, counters } = pair;
  const frame = encodeFrame(2, new Uint8Array(1000));
  for (let i = 0; i < 40; i++) await peer.write(frame);
  assertEquals(await peer.ask(1), { msgid: 1, body: new Uint8Array() });
  assertEquals([counters.get("framesIn"), counters.get("outOfMemory")], [41, 0]);
});

/** A connection that notes what it writes, and when. */
async function connectNoting(): Promise<
  { connection: Connection<void>; peer: RawPeer; writes: { frames: number[]; atMs: number }[] }
> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [peer, tcp] = await Promise.all([RawPeer.connect(listener.addr), listener.accept()]);
  const writes: { frames: number[]; atMs: number }[] = [];
  const write = tcp.write.bind(tcp);
  tcp.write = (bytes) => {
    const frames = [];
    let at = 0;
    for (; at + 8 <= bytes.length; at += frames.at(-1)!) frames.push(8 + readInt32(bytes, at + 4));
    assertEquals(at, bytes.length, "a write that ends within a frame");
    writes.push({ frames, atMs: performance.now() });
    return write(bytes);
  };
  const counters = new Counters(TCP_COUNTERS);
  const router = new Router<Connection<void>>();
  const pool = new BufferPool();
  const connection = new Connection({ id: 1, tcp, router, state: undefined, pool, counters });
  return { connection, peer, writes };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

Deno.test("Connection writes whole frames, 16 KiB at most or one, in bursts of every size", async () => {
  const { connection, peer, writes } = await connectNoting();
  for (let burst = 200; burst <= 64 << 10; burst += burst < 8000 ? 600 : 2900) {
    writes.length = 0;
    const sent: number[] = [];
    for (let left = burst; left >= 8; left -= sent.at(-1)!) {
      // Many sizes, those that do not fit the rest of a chunk among them, and at last one that fills the burst.
      const bodyBytes = Math.min(left - 8, [0, 40, 1300, 2900, 4090, 20_000][sent.length % 6]);
      assert(connection.send(1, new Uint8Array(bodyBytes)));
      sent.push(8 + bodyBytes);
    }
    for (const _ of sent) await peer.receive();
    assertEquals(writes.flatMap(({ frames }) => frames), sent);
    for (const { frames } of writes) assert(frames.length === 1 || sum(frames) <= 16 << 10);
    assert(writes.length <= 10, `a burst of ${burst} bytes in ${writes.length} writes`);
  }
  connection.close();
  await connection.closed;
  peer[Symbol.dispose]();
});

Deno.test("Connection pauses before more than 32 KiB, but not while a mebibyte waits", async () => {
  const { connection, peer, writes } = await connectNoting();
  const frame = new Uint8Array(5000 - 8);
  for (const [count, leastPauses] of [[6, 0], [7, 1], [60, 9], [600, 34]]) {
    writes.length = 0;
    for (let i = 0; i < count; i++) assert(connection.send(1, frame));
    for (let i = 0; i < count; i++) await peer.receive();
    let pauses = 0;
    let waiting = 5000 * count;
    for (const [i, { frames, atMs }] of writes.entries()) {
      // A timer of a millisecond may be a bit early.
      if (i > 0 && waiting <= 1 << 20 && atMs - writes[i - 1].atMs >= 0.9) pauses++;
      waiting -= sum(frames);
    }
    assert(pauses >= leastPauses, `${pauses} pauses in ${count} frames`);
  }
  connection.close();
  await connection.closed;
  peer[Symbol.dispose]();
});
