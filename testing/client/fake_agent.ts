/**
 * An agent for tests: three real UDP sockets on consecutive ports, and a test that plays the agent's part by hand.
 *
 * @module
 */

import { MessageId, SHARD_COUNT } from "../../proto/mod.ts";
import { decodeDatagram, encodeFrame } from "../../reactor/frame/frame.ts";
import { drawPort } from "../lasting_port.ts";
import { inTime } from "../until.ts";

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

/** Opens UDP sockets on three consecutive ports of 127.0.0.1 that stay free when they are closed. */
function listenOnConsecutivePorts(): Deno.DatagramConn[] {
  for (;;) {
    const sockets: Deno.DatagramConn[] = [];
    const firstPort = drawPort();
    try {
      while (sockets.length < SHARD_COUNT) {
        const port = firstPort + sockets.length;
        sockets.push(Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }));
      }
      return sockets;
    } catch (error) {
      for (const socket of sockets) socket.close();
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** How a {@link FakeAgent} works. */
export interface FakeAgentOptions {
  /**
   * Whether it takes the messages of many picks and reports. One that does not drops them, as agents of old do.
   *
   * @default false
   */
  speaksBatches?: boolean;
}

/** Receives what clients send; a test takes it with {@link FakeAgent.next} and answers as it likes. */
export class FakeAgent implements AsyncDisposable {
  /** The first of its three ports. */
  readonly port: number;
  readonly #sockets: Deno.DatagramConn[];
  readonly #loops: Promise<void>[];
  readonly #speaksBatches: boolean;
  readonly #received: FakeRequest[] = [];
  #dropped = 0;
  #isClosed = false;
  readonly #waiting: ((request: FakeRequest) => void)[] = [];

  /** Listens. */
  constructor({ speaksBatches = false }: FakeAgentOptions = {}) {
    this.#speaksBatches = speaksBatches;
    this.#sockets = listenOnConsecutivePorts();
    this.port = (this.#sockets[0].addr as Deno.NetAddr).port;
    this.#loops = this.#sockets.map((socket, shard) => this.#receive(socket, shard));
  }

  /** How many datagrams came that no test took. */
  get untaken(): number {
    return this.#received.length;
  }

  /** How many datagrams it did not know the message of. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The next datagram, waited for. */
  async next(): Promise<FakeRequest> {
    const request = this.#received.shift();
    if (request !== undefined) return request;
    const { promise, resolve } = Promise.withResolvers<FakeRequest>();
    this.#waiting.push(resolve);
    return await inTime("a datagram for the agent", promise);
  }

  /** Closes the sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.close();
    await Promise.all(this.#loops);
  }

  async #receive(socket: Deno.DatagramConn, shard: number): Promise<void> {
    for await (const [datagram, from] of socket) {
      const { msgid, body } = decodeDatagram(datagram)!;
      const replyBytes = async (bytes: Uint8Array, fromShard = shard) => {
        // What came before it was closed may be answered a moment after.
        if (!this.#isClosed) await this.#sockets[fromShard].send(bytes, from);
      };
      // A reply's id is one above its request's.
      const reply = (body: Uint8Array, fromShard?: number) =>
        replyBytes(encodeFrame(msgid + 1, body), fromShard);
      const isKnown = this.#speaksBatches || msgid <= MessageId.ApiGetRouteResponse;
      if (isKnown) this.take({ shard, msgid, body, replyBytes, reply });
      else this.#dropped++;
    }
  }

  /** Takes a datagram: keeps it for {@link next}. */
  protected take(request: FakeRequest): void {
    const taker = this.#waiting.shift();
    if (taker === undefined) this.#received.push(request);
    else taker(request);
  }
}
