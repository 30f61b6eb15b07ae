import { assertEquals } from "@std/assert";
import { Counters, encodeFrame, startTcpServer } from "../../reactor/mod.ts";
import { createDnsHandlers } from "./handlers.ts";
import { packModules } from "../routes/module_list.ts";
import { describeRoute, requestFrame, RoutePeer } from "../../testing/dns/route_peer.ts";
import { encodeRouteFrame, type RouteFrame } from "../routes/route_frame.ts";
import { RouteTable } from "../routes/route_table.ts";
import { RouteTableWriter } from "../routes/route_table_writer.ts";
import { THREAD_COUNTERS } from "./thread_counter.ts";
import { until } from "../../testing/until.ts";

function route(modid: number, ...ports: number[]): RouteFrame {
  return encodeRouteFrame(
    { modid, cmdid: 1 },
    ports.map((port) => ({ ip: 0x7f000001, port, weight: 100 })),
  );
}

/** An answering thread, in this one, that has some routes. */
async function serving(...routes: RouteFrame[]) {
  const table = RouteTable.create();
  const writer = new RouteTableWriter(table);
  for (const each of routes) writer.put(each);
  const counters = new Counters(THREAD_COUNTERS);
  const server = await startTcpServer({
    createHandlers: createDnsHandlers,
    init: () => ({ table: table.buffer, reader: 1, counters: counters.buffer }),
  });
  return {
    address: server.address,
    counters,
    tcp: server.counters[0],
    change(...changed: RouteFrame[]) {
      for (const each of changed) writer.put(each);
      server.post({ kind: "changed", modules: packModules(changed) });
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** Asks for many modules at once and reads the answers. */
async function askAll(peer: RoutePeer, modids: number[]): Promise<void> {
  const requests = modids.flatMap((modid) => [...requestFrame(modid, 1)]);
  const written = peer.write(Uint8Array.from(requests));
  for (let i = 0; i < modids.length; i++) await peer.next();
  await written;
}

Deno.test("createDnsHandlers() answers from the table, and with no hosts when there is no route", async () => {
  await using dns = await serving(route(1, 80, 81));
  await using peer = await RoutePeer.connect(dns.address);
  assertEquals(describeRoute(await peer.ask(1, 1)), "1/1: 80 81");
  assertEquals(describeRoute(await peer.ask(0, 0)), "0/0:");
  assertEquals(dns.counters.get("requests"), 2);
  assertEquals(dns.counters.get("emptyAnswers"), 1);
});

Deno.test("createDnsHandlers() answers many requests of one write in their order", async () => {
  await using dns = await serving(route(1, 80), route(3, 82));
  await using peer = await RoutePeer.connect(dns.address);
  const requests = [3, 1, 2, 3].flatMap((modid) => [...requestFrame(modid, 1)]);
  await peer.write(Uint8Array.from(requests));
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await peer.nextLine());
  assertEquals(answers, ["3/1: 82", "1/1: 80", "2/1:", "3/1: 82"]);
});

Deno.test("createDnsHandlers() pushes what changed to those who asked, and to nobody else", async () => {
  await using dns = await serving(route(1, 80), route(2, 80));
  await using one = await RoutePeer.connect(dns.address);
  await using other = await RoutePeer.connect(dns.address);
  await one.ask(1, 1);
  await one.ask(3, 1); // has no route yet
  await other.ask(2, 1);
  dns.change(route(1, 80, 81), route(2), route(3, 90), route(4, 80));
  assertEquals(await one.nextLine(), "1/1: 80 81");
  assertEquals(await one.nextLine(), "3/1: 90");
  assertEquals(await other.nextLine(), "2/1:");
  dns.change(route(2, 99));
  assertEquals(await other.nextLine(), "2/1: 99");
  assertEquals(describeRoute(await one.ask(2, 1)), "2/1: 99");
  assertEquals(dns.counters.get("pushes"), 4);
});

Deno.test("createDnsHandlers() pushes once when the same was asked twice", async () => {
  await using dns = await serving(route(1, 80));
  await using peer = await RoutePeer.connect(dns.address);
  await peer.ask(1, 1);
  await peer.ask(1, 1);
  dns.change(route(1, 81));
  assertEquals(await peer.nextLine(), "1/1: 81");
  assertEquals(describeRoute(await peer.ask(5, 1)), "5/1:");
  assertEquals(dns.counters.get("subscriptions"), 2);
});

Deno.test("createDnsHandlers() echoes ids that no module can have, and does not subscribe", async () => {
  await using dns = await serving(route(1, 80));
  await using peer = await RoutePeer.connect(dns.address);
  assertEquals(describeRoute(await peer.ask(-1, 5)), "-1/5:");
  assertEquals(describeRoute(await peer.ask(5, -2147483648)), "5/-2147483648:");
  assertEquals(dns.counters.get("outOfRange"), 2);
  assertEquals(dns.counters.get("subscriptions"), 0);
});

Deno.test("createDnsHandlers() forgets a connection that is closed", async () => {
  await using dns = await serving(route(1, 80));
  {
    await using peer = await RoutePeer.connect(dns.address);
    await peer.ask(1, 1);
    await peer.ask(2, 1);
    assertEquals(dns.counters.get("subscriptions"), 2);
  }
  await until(() => dns.counters.get("subscriptions") === 0);
  dns.change(route(1, 81));
  assertEquals(dns.counters.get("pushes"), 0);
});

Deno.test("createDnsHandlers() goes on when a peer sends what it does not understand", async () => {
  await using dns = await serving(route(1, 80));
  await using peer = await RoutePeer.connect(dns.address);
  await peer.write(encodeFrame(99, Uint8Array.of(1, 2, 3)));
  await peer.write(encodeFrame(1, Uint8Array.of(0xff, 0xff)));
  assertEquals(describeRoute(await peer.ask(1, 1)), "1/1: 80");
  assertEquals([dns.tcp.get("unknown"), dns.tcp.get("malformed")], [1, 1]);
});

Deno.test("createDnsHandlers() ends the connection of an impossible length, and serves the others", async () => {
  await using dns = await serving(route(1, 80));
  await using bad = await RoutePeer.connect(dns.address);
  await using good = await RoutePeer.connect(dns.address);
  await bad.write(new Uint8Array(Int32Array.of(1, 65_528).buffer));
  await bad.closed();
  assertEquals(describeRoute(await good.ask(1, 1)), "1/1: 80");
  assertEquals(dns.tcp.get("protocolErrors"), 1);
});

Deno.test("createDnsHandlers() brings everyone up to date when a table comes while another is pushed", async () => {
  const count = 20_000;
  const modids = Array.from({ length: count }, (_, modid) => modid);
  await using dns = await serving(...modids.map((modid) => route(modid, 80)));
  await using subscriber = await RoutePeer.connect(dns.address);
  await using asker = await RoutePeer.connect(dns.address);
  await askAll(subscriber, modids);

  dns.change(...modids.map((modid) => route(modid, 81)));
  assertEquals(describeRoute(await asker.ask(count - 1, 1)), `${count - 1}/1: 81`);
  dns.change(...modids.map((modid) => route(modid, 82)));
  const upToDate = new Set<number>();
  while (upToDate.size < count) {
    const { modid, hosts: [{ port }] } = await subscriber.next();
    if (port === 82) upToDate.add(modid);
    else assertEquals(upToDate.has(modid), false, "an old route was pushed after a newer one");
  }
});

Deno.test("createDnsHandlers() keeps what has hosts when its connection asks for too much that has none", async () => {
  await using dns = await serving(route(1, 80));
  await using peer = await RoutePeer.connect(dns.address);
  await askAll(peer, [1, 2, 3]);
  dns.change(route(2, 80)); // comes into being, so it is kept as well
  assertEquals(await peer.nextLine(), "2/1: 80");
  await askAll(peer, Array.from({ length: 100_000 }, (_, i) => 10 + i));
  assertEquals(dns.counters.get("subscriptions"), 100_000);
  assertEquals(dns.counters.get("droppedSubscriptions"), 3);
  dns.change(...[1, 2, 3, 10, 12, 13].map((modid) => route(modid, 81)));
  const lines = [];
  while (lines.at(-1) !== "13/1: 81") lines.push(await peer.nextLine());
  assertEquals(lines, ["1/1: 81", "2/1: 81", "12/1: 81", "13/1: 81"]);
});

Deno.test("createDnsHandlers() forgets all who leave at the same time", async () => {
  await using dns = await serving(route(1, 80));
  for (let times = 0; times < 20; times++) {
    const peers = await Promise.all(
      Array.from({ length: 10 }, () => RoutePeer.connect(dns.address)),
    );
    await Promise.all(peers.map((peer) => peer.ask(1, 1)));
    for (const peer of peers) await peer[Symbol.asyncDispose]();
    await until(() => dns.counters.get("subscriptions") === 0, { patienceMs: 20_000 });
  }
});
