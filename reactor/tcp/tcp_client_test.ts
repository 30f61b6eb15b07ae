import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Connection } from "./connection.ts";
import { Router } from "../frame/router.ts";
import { type Endpoint, TcpClient, type TcpClientOptions } from "./tcp_client.ts";
import { until } from "../../testing/until.ts";
import { Inbox } from "../../testing/inbox.ts";
import { RawPeer } from "../../testing/reactor/raw_peer.ts";

const QUICK = { firstMs: 2, maxMs: 2 };

type ClientEvent =
  | { event: "open"; port: number }
  | { event: "close" }
  | { event: "error"; port: number; error: unknown }
  | { event: "frame"; msgid: number; body: Uint8Array };

/** A client under test, with what it told. */
class Subject {
  readonly events = new Inbox<ClientEvent>();
  readonly client: TcpClient;

  constructor(endpoints: Endpoint[], options: Partial<TcpClientOptions> = {}) {
    const router = new Router<Connection<void>>().on(1, (body) => {
      this.events.push({ event: "frame", msgid: 1, body: body.slice() });
    });
    this.client = new TcpClient({
      endpoints,
      router,
      onOpen: ({ remote }) => this.events.push({ event: "open", port: remote.port }),
      onClose: () => this.events.push({ event: "close" }),
      onError: (error, { port }) => this.events.push({ event: "error", port, error }),
      backoff: QUICK,
      ...options,
    });
    this.client.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.stop();
  }
}

/** A server that does what the test does with the peers that it accepts. */
function listen(port = 0): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port });
}

async function accept(listener: Deno.TcpListener): Promise<RawPeer> {
  return new RawPeer(await listener.accept());
}

Deno.test("TcpClient sends and receives frames", async () => {
  using listener = listen();
  await using subject = new Subject([listener.addr]);
  using server = await accept(listener);
  await subject.events.take(({ event }) => event === "open");
  subject.client.start(); // a second time does nothing
  assert(subject.client.send(5, Uint8Array.of(1)));
  assertEquals(await server.receive(), { msgid: 5, body: Uint8Array.of(1) });
  await server.send(1, Uint8Array.of(2));
  assertEquals(await subject.events.take(({ event }) => event === "frame"), {
    event: "frame",
    msgid: 1,
    body: Uint8Array.of(2),
  });
  await server.tcp.closeWrite();
  await subject.events.take(({ event }) => event === "close");
});

Deno.test("TcpClient connects again after every loss, and runs the hooks each time", async () => {
  using listener = listen();
  await using subject = new Subject([listener.addr], {
    onOpen(connection) {
      connection.send(9, Uint8Array.of(1));
      subject.events.push({ event: "open", port: connection.remote.port });
    },
  });
  for (let round = 0; round < 5; round++) {
    using server = await accept(listener);
    assertEquals(await server.receive(), { msgid: 9, body: Uint8Array.of(1) });
    await subject.events.take(({ event }) => event === "open");
    assert(subject.client.connection?.isOpen);
    await server.tcp.closeWrite();
    await subject.events.take(({ event }) => event === "close");
    assertEquals(subject.client.connection, undefined);
  }
});

Deno.test("TcpClient that has nothing to say connects again when it is started again", async () => {
  using listener = listen();
  let asked = 0;
  await using subject = new Subject([listener.addr], { hasToSay: () => ++asked > 1 });
  const { events, client } = subject;
  (await accept(listener))[Symbol.dispose]();
  await events.take(({ event }) => event === "close");
  await until(() => asked === 1);
  assertEquals(client.connection, undefined);
  client.start();
  await events.take(({ event }) => event === "open");
  (await accept(listener))[Symbol.dispose]();
  // Now it has: nobody needs to start it.
  await events.take(({ event }) => event === "close");
  using _server = await accept(listener);
  await until(() => client.connection !== undefined);
});

Deno.test("TcpClient survives a server that is killed and comes back", async () => {
  const listener = listen();
  const { port } = listener.addr;
  await using subject = new Subject([listener.addr]);
  const server = await accept(listener);
  await subject.events.take(({ event }) => event === "open");
  listener.close();
  server.tcp.close();
  await subject.events.take(({ event }) => event === "close");
  await subject.events.take(({ event }) => event === "error");
  assertEquals(subject.client.send(5, new Uint8Array()), false);

  using again = listen(port);
  using back = await accept(again);
  await subject.events.take(({ event }) => event === "open");
  assert(subject.client.send(5, Uint8Array.of(3)));
  assertEquals(await back.receive(), { msgid: 5, body: Uint8Array.of(3) });
  await back.tcp.closeWrite();
  await subject.events.take(({ event }) => event === "close");
});

Deno.test("TcpClient gives up an attempt to connect after its time", async () => {
  using full = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const waiting = await fillBacklog(full.addr);
  await using subject = new Subject([full.addr], { connectTimeoutMs: 30 });
  for (const timeoutMs of [30, 60]) { // it is the only one, and may be busy
    const failure = await subject.events.next();
    assert(failure.event === "error" && failure.error instanceof DOMException);
    assertEquals(failure.error.message, `Cannot connect within ${timeoutMs} ms`);
  }
  waiting.abort();
});

Deno.test("stop() cuts short an attempt to connect", async () => {
  using full = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const waiting = await fillBacklog(full.addr);
  const subject = new Subject([full.addr], { connectTimeoutMs: 600_000 });
  await subject.client.stop();
  assertEquals(subject.events.count(), 0);
  waiting.abort();
});

/** Connects until the kernel does not answer any more, as no one accepts. */
async function fillBacklog({ hostname, port }: Deno.NetAddr): Promise<AbortController> {
  const end = new AbortController();
  for (;;) {
    const timeout = AbortSignal.timeout(100);
    try {
      const tcp = await Deno.connect({ hostname, port, signal: timeout });
      end.signal.addEventListener("abort", () => tcp.close());
    } catch {
      return end;
    }
  }
}

Deno.test("stop() cuts short the wait for the next attempt", async () => {
  const gone = listen();
  gone.close();
  const backoff = { firstMs: 600_000, maxMs: 600_000 };
  const subject = new Subject([gone.addr], { backoff });
  await subject.events.take(({ event }) => event === "error");
  await subject.client.stop();
});

Deno.test("stop() does nothing before start(), and ends a connect that has just succeeded", async () => {
  using listener = listen();
  const router = new Router<Connection<void>>();
  await new TcpClient({ endpoints: [listener.addr], router }).stop();
  for (let turns = 0; turns < 20; turns++) {
    const subject = new Subject([listener.addr]);
    using server = await accept(listener);
    for (let i = 0; i < turns; i++) await undefined;
    const stopped = subject.client.stop();
    await server.ended();
    await server.tcp.closeWrite();
    await stopped;
    assertEquals(
      subject.events.count(({ event }) => event === "open"),
      subject.events.count(({ event }) => event === "close"),
    );
  }
});

Deno.test("stop() sends what is queued", async () => {
  using listener = listen();
  const subject = new Subject([listener.addr]);
  using server = await accept(listener);
  await subject.events.take(({ event }) => event === "open");
  for (let i = 0; i < 20; i++) assert(subject.client.send(i, new Uint8Array(60_000)));
  const stopped = subject.client.stop();
  for (let i = 0; i < 20; i++) assertEquals((await server.receive())?.msgid, i);
  assertEquals(await server.receive(), undefined);
  await server.tcp.closeWrite();
  await stopped;
});

Deno.test("TcpClient leaves a server that does not finish a frame", async () => {
  using listener = listen();
  await using subject = new Subject([listener.addr], { limits: { halfFrameTimeoutMs: 20 } });
  using server = await accept(listener);
  await server.write(Uint8Array.of(1));
  assertEquals(await server.ended(), 0);
  assertEquals(subject.client.counters.get("timeouts"), 1);
});

Deno.test("TcpClient needs an endpoint", () => {
  assertThrows(() => new TcpClient({ endpoints: [], router: new Router() }), TypeError);
});
