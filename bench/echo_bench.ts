/**
 * Round trips through the reactor beside the same through bare sockets, in one run and one process:
 *
 *     deno bench --allow-net bench/echo_bench.ts
 *
 * One iteration is {@link ROUND_TRIPS}, over {@link PEERS} sockets that each ask again as soon as they are
 * answered. Both sides run on one thread, so the numbers compare; they are not what a server on its own does.
 *
 * @module
 */

import { type Connection, encodeFrame, Router, startTcpServer } from "../reactor/mod.ts";
import { Counters, UDP_COUNTERS, type UdpPeer, UdpServer } from "../reactor/mod.ts";

const ROUND_TRIPS = 2000;
const PEERS = 10;
const REQUEST = encodeFrame(1, new Uint8Array(24));

Deno.bench({
  name: `bare listen(), ${ROUND_TRIPS} round trips`,
  group: "tcp",
  baseline: true,
  async fn(bench) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const echoing = echoBare(listener);
    await runTcp(bench, listener.addr);
    listener.close();
    await echoing;
  },
});

Deno.bench({
  name: `reactor, ${ROUND_TRIPS} round trips`,
  group: "tcp",
  async fn(bench) {
    const router = new Router<Connection<void>>()
      .on(1, (body, connection) => connection.send(1, body));
    const server = await startTcpServer({ createHandlers: () => ({ router }) });
    await runTcp(bench, server.address);
    await server.stop();
  },
});

Deno.bench({
  name: `bare listenDatagram(), ${ROUND_TRIPS} round trips`,
  group: "udp",
  baseline: true,
  async fn(bench) {
    const socket = bind();
    const echoing = echoBareDatagrams(socket);
    await runUdp(bench, socket.addr);
    socket.close();
    await echoing;
  },
});

Deno.bench({
  name: `reactor, ${ROUND_TRIPS} round trips`,
  group: "udp",
  async fn(bench) {
    const router = new Router<UdpPeer>().on(1, (body, peer) => peer.send(1, body));
    const server = new UdpServer({ router, counters: new Counters(UDP_COUNTERS) });
    await runUdp(bench, server.address);
    await server.stop();
  },
});

async function runTcp(
  bench: Deno.BenchContext,
  { hostname, port }: Deno.NetAddr,
): Promise<void> {
  const peers = await Promise.all(
    Array.from({ length: PEERS }, () => Deno.connect({ hostname, port })),
  );
  for (const tcp of peers) tcp.setNoDelay(true);
  const answer = new Uint8Array(REQUEST.length);
  bench.start();
  await Promise.all(peers.map(async (tcp) => {
    for (let i = 0; i < ROUND_TRIPS / PEERS; i++) {
      await tcp.write(REQUEST);
      for (let at = 0; at < answer.length;) at += await tcp.read(answer.subarray(at)) ?? fail();
    }
  }));
  bench.end();
  for (const tcp of peers) tcp.close();
}

async function runUdp(bench: Deno.BenchContext, to: Deno.Addr): Promise<void> {
  const peers = Array.from({ length: PEERS }, bind);
  const buffer = new Uint8Array(65536);
  bench.start();
  await Promise.all(peers.map(async (socket) => {
    for (let i = 0; i < ROUND_TRIPS / PEERS; i++) {
      await socket.send(REQUEST, to);
      await socket.receive(buffer);
    }
  }));
  bench.end();
  for (const socket of peers) socket.close();
}

async function echoBare(listener: Deno.TcpListener): Promise<void> {
  const echoing: Promise<void>[] = [];
  for await (const tcp of listener) echoing.push(echoOne(tcp));
  await Promise.all(echoing);
}

async function echoOne(tcp: Deno.TcpConn): Promise<void> {
  tcp.setNoDelay(true);
  const buffer = new Uint8Array(4096);
  for (let bytes; (bytes = await tcp.read(buffer)) !== null;) {
    for (let at = 0; at < bytes;) at += await tcp.write(buffer.subarray(at, bytes));
  }
  tcp.close();
}

async function echoBareDatagrams(socket: Deno.DatagramConn): Promise<void> {
  const buffer = new Uint8Array(65536);
  try {
    for (;;) {
      const [datagram, from] = await socket.receive(buffer);
      await socket.send(datagram, from);
    }
  } catch {
    // The socket was closed: the bench is over.
  }
}

function bind(): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
}

function fail(): never {
  throw new Error("The server has closed the connection");
}
