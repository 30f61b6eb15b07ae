import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { Authority } from "../../testing/certificates.ts";
import { RawPeer } from "../../testing/reactor/raw_peer.ts";
import { Ask, createTestHandlers, type TestEvent } from "../../testing/reactor/tcp_handlers.ts";
import { until } from "../../testing/until.ts";
import { startTcpServer, type TcpServer } from "./tcp_server.ts";
import type { TcpCounter } from "./tcp_counter.ts";
import { checkServerTls, type ClientTls, connectTcp, type ServerTls, TlsError } from "./tls.ts";

const NAMES = ["IP:127.0.0.1", "DNS:dns.lars"];

async function readTls({ cert, key }: { cert: string; key: string }): Promise<ServerTls> {
  return { cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) };
}

function start(tls: ServerTls | undefined, threads = 0) {
  return startTcpServer({
    threads,
    tls,
    worker: new URL("../../testing/reactor/tcp_worker.ts", import.meta.url),
    createHandlers: createTestHandlers,
    init: (thread) => ({ thread }),
    onPost: (_event: TestEvent) => {},
  });
}

function totalOf(server: { counters: TcpServer<never>["counters"] }, name: TcpCounter): number {
  return server.counters.reduce((sum, counters) => sum + counters.get(name), 0);
}

async function connectTo({ port }: { port: number }, tls?: ClientTls): Promise<RawPeer> {
  const signal = AbortSignal.timeout(20_000);
  return new RawPeer(await connectTcp({ hostname: "127.0.0.1", port, tls, signal }));
}

for (const threads of [0, 2]) {
  Deno.test(`TcpServer speaks TLS, and with another certificate when it is told to, ${threads} threads`, async () => {
    await using authority = await Authority.create();
    await using other = await Authority.create();
    const server = await start(await readTls(await authority.sign("one", NAMES)), threads);
    const ca = await Deno.readTextFile(authority.caPath);
    using first = await connectTo(server.address, { ca });
    const large = new Uint8Array(60_000).fill(7);
    assertEquals(await first.ask(Ask.Echo, large), { msgid: Ask.Echo, body: large });

    server.relisten(await readTls(await other.sign("two", NAMES)));
    const otherCa = await Deno.readTextFile(other.caPath);
    // Who comes meanwhile may find the socket before, or be lost with it.
    const second = await untilConnected(() => connectTo(server.address, { ca: otherCa }));
    for (const peer of [first, second]) {
      assertEquals((await peer.ask(Ask.Echo, large))?.body.length, large.length);
    }
    await until(() => failsWith(() => connectTo(server.address, { ca }), TlsError));
    second[Symbol.dispose]();
    await server.stop();
  });
}

Deno.test("TcpServer counts those with whom no TLS comes about, and serves on", async () => {
  await using authority = await Authority.create();
  const server = await start(await readTls(await authority.sign("one", NAMES)));
  using plain = await connectTo(server.address);
  await plain.write(new Uint8Array(100));
  await plain.ended();
  await assertRejects(() => connectTo(server.address, {}), TlsError);
  await until(() => totalOf(server, "handshakeErrors") === 2);
  const ca = await Deno.readTextFile(authority.caPath);
  using peer = await connectTo(server.address, { ca });
  assertEquals((await peer.ask(Ask.Echo))?.msgid, Ask.Echo);
  peer.tcp.closeWrite();
  await server.stop();
  assertEquals(totalOf(server, "connections"), 0);
});

Deno.test("TcpServer gives up a peer that does not finish its handshake", async () => {
  await using authority = await Authority.create();
  const server = await startTcpServer({
    tls: await readTls(await authority.sign("one", NAMES)),
    limits: { halfFrameTimeoutMs: 40 },
    createHandlers: createTestHandlers,
    init: (thread) => ({ thread }),
  });
  using silent = await connectTo(server.address);
  // Deno keeps the socket until the peer ends it, so it is not told.
  await until(() => totalOf(server, "timeouts") === 1 && totalOf(server, "connections") === 0);
  silent.tcp.closeWrite();
  await server.stop();
});

Deno.test("connectTcp() says what is wrong with the server's certificate, and how to mend it", async () => {
  await using authority = await Authority.create();
  await using other = await Authority.create();
  const [ca, otherCa] = await Promise.all(
    [authority, other].map(({ caPath }) => Deno.readTextFile(caPath)),
  );
  const good = await start(await readTls(await authority.sign("good", NAMES)));
  const expired = await start(
    await readTls(await authority.sign("expired", NAMES, { days: -1 })),
  );
  const plain = await start(undefined);
  const wrong: [server: TcpServer<never>, tls: ClientTls, says: string][] = [
    [good, { ca: otherCa }, "no authority that is trusted here has signed it: give its as the CA"],
    [good, {}, "no authority that is trusted here has signed it"],
    [good, { ca, serverName: "x.lars" }, "is not made out to x.lars but to 127.0.0.1 or dns.lars"],
    [expired, { ca }, "it has expired: give the server a new one"],
    [plain, { ca }, "does not speak TLS: is it switched on there"],
  ];
  for (const [server, tls, says] of wrong) {
    const error = await assertRejects(() => connectTo(server.address, tls), TlsError);
    assertStringIncludes(error.message, says);
  }
  using named = await connectTo(good.address, { ca, serverName: "dns.lars" });
  assertEquals((await named.ask(Ask.Echo))?.msgid, Ask.Echo);
  named.tcp.closeWrite();
  await Promise.all([good, expired, plain].map((server) => server.stop()));
});

Deno.test("connectTcp() is given up when its signal says so, in the handshake too", async () => {
  using mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const giveUp = new AbortController();
  const reason = new Error("enough");
  const connecting = connectTcp({ ...mute.addr, tls: {}, signal: giveUp.signal });
  using _accepted = await mute.accept();
  giveUp.abort(reason);
  assertEquals(await assertRejects(() => connecting), reason);
});

Deno.test("checkServerTls() refuses a key that belongs to another certificate", async () => {
  await using authority = await Authority.create();
  const [one, two] = await Promise.all(
    ["one", "two"].map(async (name) => await readTls(await authority.sign(name, NAMES))),
  );
  checkServerTls(one);
  const mixed = { cert: one.cert, key: two.key };
  assertThrows(() => checkServerTls(mixed), TlsError, "the key belongs to another certificate");
});

async function failsWith(run: () => Promise<RawPeer>, kind: typeof TlsError): Promise<boolean> {
  try {
    (await run())[Symbol.dispose]();
    return false;
  } catch (error) {
    return error instanceof kind;
  }
}

async function untilConnected(open: () => Promise<RawPeer>): Promise<RawPeer> {
  let peer: RawPeer | undefined;
  await until(async () => {
    peer = await open().catch(() => undefined);
    return peer !== undefined;
  });
  return peer!;
}
