import { assertEquals, assertThrows } from "@std/assert";
import { Counters } from "../threads/counters.ts";
import { decodeDatagram, encodeFrame } from "../frame/frame.ts";
import { localAddresses } from "./local_addresses.ts";
import { Router } from "../frame/router.ts";
import { until } from "../../testing/until.ts";
import { Inbox } from "../../testing/inbox.ts";
import { anySeed, SeededRandom } from "../../testing/seeded_random.ts";
import type { UdpPeer } from "./udp_peer.ts";
import { MAX_DATAGRAM_BODY_BYTES, UDP_COUNTERS, type UdpCounter, UdpServer } from "./udp_server.ts";

/** A server that echoes msgid 1, and a bare socket to talk to it. */
class Subject {
  readonly counters = new Counters(UDP_COUNTERS);
  readonly handled = new Inbox<UdpPeer>();
  beats = 0;
  readonly server: UdpServer;
  readonly socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });

  constructor(options: { batches: boolean; hostname?: string; reuseAddress?: boolean }) {
    const router = new Router<UdpPeer>(() => {})
      .on(1, (body, peer) => peer.send(1, body))
      .on(2, () => {}, {
        decode() {
          throw new RangeError("cut short");
        },
      })
      .on(3, () => {
        throw new Error("as it was told");
      })
      .on(4, (_body, peer) => this.handled.push(peer.keep()))
      .on(5, (_body, peer) => peer.send(1, new Uint8Array(MAX_DATAGRAM_BODY_BYTES + 1)));
    const beat = () => this.beats++;
    this.server = new UdpServer({ router, counters: this.counters, beat, ...options });
    assertEquals(this.server.isBatched, options.batches);
  }

  get address(): Deno.NetAddr {
    return this.socket.addr as Deno.NetAddr;
  }

  async send(datagram: Uint8Array): Promise<void> {
    await this.socket.send(datagram, this.server.address);
  }

  async receive(): Promise<Uint8Array> {
    const [datagram] = await this.socket.receive(new Uint8Array(65536));
    return datagram;
  }

  async ask(datagram: Uint8Array): Promise<Uint8Array> {
    await this.send(datagram);
    return await this.receive();
  }

  count(...names: UdpCounter[]): number[] {
    return names.map((name) => this.counters.get(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
    this.socket.close();
  }
}

const MESSAGE = { msgid: 1, body: Uint8Array.of(1, 2, 3) };
const ECHO = encodeFrame(MESSAGE.msgid, MESSAGE.body);

for (const batches of [false, true]) {
  const how = batches ? "in batches" : "one by one";

  Deno.test(`UdpServer answers where a datagram came from, ${how}`, async () => {
    await using subject = new Subject({ batches });
    for (const bytes of [0, 1, 1000, MAX_DATAGRAM_BODY_BYTES]) {
      const datagram = encodeFrame(1, Uint8Array.from({ length: bytes }, (_, i) => i));
      assertEquals(await subject.ask(datagram), datagram);
    }
    await until(() => subject.counters.get("datagramsOut") === 4);
    assertEquals(subject.count("datagramsIn", "badLength"), [4, 0]);
  });

  Deno.test(`UdpServer drops and counts what is not one frame, and serves on, ${how}`, async () => {
    await using subject = new Subject({ batches });
    const wrong = [
      new Uint8Array(),
      ECHO.subarray(0, 7),
      ECHO.subarray(0, ECHO.length - 1),
      Uint8Array.of(...ECHO, 0),
      Uint8Array.of(1, 0, 0, 0, 255, 255, 255, 255),
      new Uint8Array(65_507),
    ];
    for (const datagram of wrong) await subject.send(datagram);
    assertEquals(await subject.ask(ECHO), ECHO);
    assertEquals(subject.count("datagramsIn", "badLength"), [wrong.length + 1, wrong.length]);
  });

  Deno.test(`UdpServer counts what it cannot handle, and serves on, ${how}`, async () => {
    await using subject = new Subject({ batches });
    for (const msgid of [12345, 2, 3]) await subject.send(encodeFrame(msgid, new Uint8Array(5)));
    assertEquals(await subject.ask(ECHO), ECHO);
    assertEquals(subject.count("unknown", "malformed", "failed"), [1, 1, 1]);
  });

  Deno.test(`UdpServer counts what cannot be sent, and serves on, ${how}`, async () => {
    await using subject = new Subject({ batches });
    await subject.send(encodeFrame(5, new Uint8Array())); // answered with more than a datagram holds
    await until(() => subject.counters.get("sendErrors") === 1);
    subject.server.send({ transport: "udp", hostname: "127.0.0.1", port: 0 }, MESSAGE);
    await until(() => subject.counters.get("sendErrors") === 2);
    subject.server.send(closedPort(), MESSAGE); // gone without a trace, as UDP is
    assertEquals(await subject.ask(ECHO), ECHO);
  });

  Deno.test(`UdpPeer answers after its handler is done, ${how}`, async () => {
    await using subject = new Subject({ batches });
    await subject.send(encodeFrame(4, new Uint8Array()));
    const peer = await subject.handled.next();
    assertEquals(peer.address, subject.address);
    peer.send(9, Uint8Array.of(7));
    assertEquals(decodeDatagram(await subject.receive()), { msgid: 9, body: Uint8Array.of(7) });
  });

  Deno.test(`UdpServer refuses a port that is in use, but lets one be taken over where allowed, ${how}`, async () => {
    await using subject = new Subject({ batches });
    const { port } = subject.server.address;
    const counters = new Counters(UDP_COUNTERS);
    const options = { router: new Router<UdpPeer>(), counters, batches };
    assertThrows(() => new UdpServer({ ...options, port }), Deno.errors.AddrInUse);

    const first = new UdpServer({ ...options, reuseAddress: true });
    const second = new UdpServer({ ...options, reuseAddress: true, port: first.address.port });
    assertEquals(second.address, first.address);
    await first.stop();
    await second.stop();
  });

  Deno.test(`stop() sends what is under way, ${how}`, async () => {
    const subject = new Subject({ batches });
    for (let i = 0; i < 20; i++) subject.server.send(subject.address, MESSAGE);
    await subject.server.stop();
    assertEquals(subject.count("datagramsOut"), [20]);
    for (let i = 0; i < 20; i++) assertEquals(await subject.receive(), ECHO);
    subject.server.send(subject.address, MESSAGE); // too late, and no more than that
    await until(() => subject.counters.get("sendErrors") === 1);
    subject.socket.close();
  });

  Deno.test(`UdpServer takes thousands of random datagrams and serves on, ${how}`, async () => {
    await using subject = new Subject({ batches });
    const seed = anySeed();
    const random = new SeededRandom(seed);
    for (let i = 1; i <= 3000; i++) {
      const datagram = random.below(4) > 0
        ? encodeFrame(random.below(5) + 6, random.bytes(random.below(30)))
        : random.bytes(random.below(60));
      await subject.send(datagram);
      // Now and then an answer, before the socket's buffer runs over.
      if (i % 20 === 0) assertEquals(await subject.ask(ECHO), ECHO, `seed ${seed}`);
    }
    assertEquals(subject.count("datagramsIn"), [3000 + 3000 / 20]);
    assertEquals(subject.beats, 3000 + 3000 / 20);
  });
}

/** Addresses to ask at: of the whole net 127.0.0.0 every one is local, but only batches know which was asked. */
const ASKED = { batches: ["127.0.0.1", "127.0.0.2", "127.1.2.3"], single: ["127.0.0.1"] };

for (const batches of [false, true]) {
  const how = batches ? "in batches" : "one by one";

  Deno.test(`UdpServer on all addresses answers from the one that was asked, at once and later, ${how}`, async () => {
    await using subject = new Subject({ batches, hostname: "0.0.0.0", reuseAddress: true });
    const { port } = subject.server.address;
    const asked = new Set([...ASKED[batches ? "batches" : "single"], ...localAddresses()]);
    for (let round = 0; round < 3; round++) {
      for (const hostname of asked) {
        for (const msgid of [1, 4]) {
          await subject.socket.send(encodeFrame(msgid, Uint8Array.of(round)), {
            transport: "udp",
            hostname,
            port,
          });
          if (msgid === 4) (await subject.handled.next()).send(4, Uint8Array.of(round));
          const [answer, from] = await subject.socket.receive(new Uint8Array(100));
          assertEquals(decodeDatagram(answer), { msgid, body: Uint8Array.of(round) });
          assertEquals((from as Deno.NetAddr).hostname, hostname);
        }
      }
    }
  });
}

Deno.test("UdpServer on all addresses answers many at once, each from where it asked", async () => {
  await using subject = new Subject({ batches: true, hostname: "0.0.0.0" });
  const { port } = subject.server.address;
  for (let i = 0; i < 100; i++) {
    const to: Deno.NetAddr = { transport: "udp", hostname: `127.0.1.${i}`, port };
    await subject.socket.send(encodeFrame(1, Uint8Array.of(i)), to);
  }
  for (let i = 0; i < 100; i++) {
    const [answer, from] = await subject.socket.receive(new Uint8Array(100));
    const asked = decodeDatagram(answer)!.body[0];
    assertEquals((from as Deno.NetAddr).hostname, `127.0.1.${asked}`);
  }
});

Deno.test("UdpServer answers everybody what they asked when many ask at once", async () => {
  await using subject = new Subject({ batches: true });
  const askers = Array.from(
    { length: 20 },
    () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
  );
  // More than a batch holds, small and large ones, all there before the first is taken.
  const requests = askers.map((_, i) =>
    [1, 2, 3, 4, 5].map((n) => encodeFrame(1, new Uint8Array(n * n * n * 20).fill(7 * i + n)))
  );
  for (const [i, socket] of askers.entries()) {
    for (const request of requests[i]) await socket.send(request, subject.server.address);
  }
  for (const [i, socket] of askers.entries()) {
    for (const request of requests[i]) {
      const [answer] = await socket.receive(new Uint8Array(65_536));
      assertEquals(answer, request, `asker ${i}`);
    }
    socket.close();
  }
  assertEquals(subject.count("datagramsIn", "datagramsOut", "sendErrors"), [100, 100, 0]);
});

Deno.test({
  name: "UdpServer on all addresses answers when it may not ask for them",
  permissions: { net: true, sys: false },
  async fn() {
    await using subject = new Subject({ batches: false, hostname: "0.0.0.0", reuseAddress: true });
    assertEquals(localAddresses(), []);
    const { port } = subject.server.address;
    await subject.socket.send(ECHO, { transport: "udp", hostname: "127.0.0.1", port });
    assertEquals(await subject.receive(), ECHO);
  },
});

Deno.test({
  name: "UdpServer goes without batches when it may not call libc",
  permissions: { net: true, read: true, ffi: false },
  async fn() {
    const counters = new Counters(UDP_COUNTERS);
    const server = new UdpServer({ router: new Router<UdpPeer>(), counters, batches: true });
    assertEquals(server.isBatched, false);
    await server.stop();
  },
});

function closedPort(): Deno.NetAddr {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  socket.close();
  return socket.addr as Deno.NetAddr;
}
