import { assertEquals, assertLess } from "@std/assert";
import { UdpSender } from "./udp_sender.ts";

/** A socket on which what is sent stays under way until it is let go. */
class HeldSocket {
  readonly buffers = new Set<ArrayBufferLike>();
  readonly sent: string[] = [];
  readonly #leaving: (() => void)[] = [];

  send(datagram: Uint8Array): Promise<number> {
    this.buffers.add(datagram.buffer);
    this.sent.push(new TextDecoder().decode(datagram));
    return new Promise((resolve) => this.#leaving.push(() => resolve(datagram.length)));
  }

  letGo(): void {
    for (const leave of this.#leaving.splice(0)) leave();
  }
}

Deno.test("UdpSender sends thousands at once without a large buffer for each", async () => {
  const socket = new HeldSocket();
  const outcomes: string[] = [];
  const conn = socket as unknown as Deno.DatagramConn;
  const sender = new UdpSender(conn, (outcome) => outcomes.push(outcome));
  const to = { transport: "udp", hostname: "127.0.0.1", port: 1 } as const;
  const texts = Array.from({ length: 5000 }, (_, i) => `datagram ${i}`);
  for (const text of texts) {
    sender.send(new TextEncoder().encodeInto(text, sender.room).written, to);
  }
  assertEquals(socket.sent, texts);
  const bytes = [...socket.buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  assertLess(bytes, 5_000_000);
  socket.letGo();
  await sender.settled();
  assertEquals(outcomes.length, texts.length);
});
