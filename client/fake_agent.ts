/**
 * An agent for tests: three real UDP sockets on consecutive ports, and a test that plays the agent's part by hand.
 *
 * @module
 */

import { MessageId, SHARD_COUNT } from "../proto/mod.ts";
import { decodeDatagram, encodeFrame } from "../reactor/frame.ts";

/** A datagram that reached the agent, and the way back to its sender. */
export interface FakeRequest {
  /** The shard it came to, 0 … 2. */
  shard: number;
  /** The message's id. */
  msgid: number;
  /** The message's body. */
  body: Uint8Array;
  /** Sends bytes back, from the shard asked, or from another one. */
  replyBytes(bytes: Uint8Array, fromShard?: number): Promise<void>;
  /** Sends the message back that answers this one's id. */
  reply(body: Uint8Array, fromShard?: number): Promise<void>;
}

/** Opens UDP sockets on three consecutive ports of 127.0.0.1, whichever are free unless the first is given. */
export function listenOnConsecutivePorts(firstPort = 0): Deno.DatagramConn[] {
  for (;;) {
    const sockets: Deno.DatagramConn[] = [];
    try {
      let port = firstPort;
      while (sockets.length < SHARD_COUNT) {
        const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
        sockets.push(socket);
        port = (socket.addr as Deno.NetAddr).port + 1;
      }
      return sockets;
    } catch (error) {
      for (const socket of sockets) socket.close();
      const taken = error instanceof Deno.errors.AddrInUse || error instanceof RangeError;
      if (firstPort !== 0 || !taken) throw error;
    }
  }
}

/** Receives what clients send; a test takes it with {@link FakeAgent.next} and answers as it likes. */
export class FakeAgent implements AsyncDisposable {
  /** The first of its three ports. */
  readonly port: number;
  readonly #sockets: Deno.DatagramConn[];
  readonly #loops: Promise<void>[];
  readonly #received: FakeRequest[] = [];
  readonly #waiting: ((request: FakeRequest) => void)[] = [];

  /** Listens on three free ports, or on given ones. */
  constructor(port?: number) {
    this.#sockets = listenOnConsecutivePorts(port);
    this.port = (this.#sockets[0].addr as Deno.NetAddr).port;
    this.#loops = this.#sockets.map((socket, shard) => this.#receive(socket, shard));
  }

  /** How many datagrams came that no test took. */
  get untaken(): number {
    return this.#received.length;
  }

  /** The next datagram, waited for. */
  next(): Promise<FakeRequest> {
    const request = this.#received.shift();
    if (request !== undefined) return Promise.resolve(request);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Closes the sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await Promise.all(this.#loops);
  }

  async #receive(socket: Deno.DatagramConn, shard: number): Promise<void> {
    for await (const [datagram, from] of socket) {
      const { msgid, body } = decodeDatagram(datagram)!;
      const replyBytes = async (bytes: Uint8Array, fromShard = shard) => {
        await this.#sockets[fromShard].send(bytes, from);
      };
      const replyId = msgid === MessageId.GetHostRequest
        ? MessageId.GetHostResponse
        : MessageId.ApiGetRouteResponse;
      const reply = (body: Uint8Array, fromShard?: number) =>
        replyBytes(encodeFrame(replyId, body), fromShard);
      const request = { shard, msgid, body, replyBytes, reply };
      const taker = this.#waiting.shift();
      if (taker === undefined) this.#received.push(request);
      else taker(request);
    }
  }
}
