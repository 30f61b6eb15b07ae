import { assertEquals } from "@std/assert";
import { Counters } from "../threads/counters.ts";
import { Router } from "../frame/router.ts";
import { until } from "../../testing/until.ts";
import { Inbox } from "../../testing/inbox.ts";
import { UdpClient } from "./udp_client.ts";
import type { UdpPeer } from "./udp_peer.ts";
import { UDP_COUNTERS, UdpServer } from "./udp_server.ts";

Deno.test("UdpClient sends to its server and takes the replies", async () => {
  const answers = new Inbox<Uint8Array>();
  const server = new UdpServer({
    router: new Router<UdpPeer>().on(1, (body, peer) => peer.send(2, body)),
    counters: new Counters(UDP_COUNTERS),
  });
  const client = new UdpClient({
    endpoint: { hostname: "127.0.0.1", port: server.address.port },
    router: new Router<UdpPeer>().on(2, (body) => answers.push(body.slice())),
  });
  client.send(1, Uint8Array.of(4, 5));
  assertEquals(await answers.next(), Uint8Array.of(4, 5));
  assertEquals(client.counters.get("datagramsIn"), 1);
  await client.stop();
  await server.stop();
});

Deno.test("UdpClient counts what cannot be sent", async () => {
  const client = new UdpClient({
    endpoint: { hostname: "127.0.0.1", port: 0 },
    router: new Router(),
  });
  client.send(1, new Uint8Array());
  await until(() => client.counters.get("sendErrors") === 1);
  await client.stop();
});
