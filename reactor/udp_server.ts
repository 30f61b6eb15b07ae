/**
 * A UDP socket that takes one frame per datagram and answers where it came from.
 *
 * @module
 */

import type { Counters } from "./counters.ts";
import { decodeDatagram, encodeFrame } from "./frame.ts";
import type { Router } from "./router.ts";

/** Every number that a UDP server keeps, with what it means. */
export const UDP_COUNTERS = {
  datagramsIn: "Datagrams received",
  datagramsOut: "Datagrams sent",
  badLength: "Datagrams dropped because their header and length disagree",
  unknown: "Datagrams dropped because of an unknown msgid",
  malformed: "Datagrams dropped because their body did not parse",
  failed: "Datagrams whose handler threw",
  sendErrors: "Datagrams that could not be sent",
  receiveErrors: "Failed receives",
} as const;

/** The name of one of {@link UDP_COUNTERS}. */
export type UdpCounter = keyof typeof UDP_COUNTERS;

/** The names of {@link UDP_COUNTERS}. */
export const UDP_COUNTER_NAMES = Object.keys(UDP_COUNTERS) as UdpCounter[];

/** Largest body that fits a UDP datagram over IPv4: 65,507 bytes less the header. */
export const MAX_DATAGRAM_BODY_BYTES = 65499;

/** Who sent a datagram. */
export class UdpPeer {
  /** Its address. */
  readonly address: Deno.NetAddr;
  readonly #server: UdpServer;

  /** Made for each datagram. */
  constructor(server: UdpServer, address: Deno.NetAddr) {
    this.#server = server;
    this.address = address;
  }

  /** Sends a message back. It may be done later than in the handler. */
  send(msgid: number, body: Uint8Array): void {
    this.#server.send(this.address, encodeFrame(msgid, body));
  }
}

/** What a {@link UdpServer} is made of. */
export interface UdpServerOptions {
  /**
   * IPv4 address to bind.
   * @default "127.0.0.1"
   */
  hostname?: string;
  /**
   * Port to bind; 0 takes a free one.
   * @default 0
   */
  port?: number;
  /**
   * Whether the port may be taken over from another socket that allows it, and by one.
   * @default false
   */
  reuseAddress?: boolean;
  /** Takes the messages. */
  router: Router<UdpPeer>;
  /** What is counted. */
  counters: Counters<UdpCounter>;
}

/**
 * Receives in flight on one socket. Several take 0.56 to 0.8 of the CPU per datagram that one takes, as the next
 * datagram is there already when the event loop comes round.
 */
const RECEIVE_LOOPS = 8;

/** Larger than any datagram, so that none is cut silently. */
const RECEIVE_BYTES = 65_536;

/** Receives until it is stopped. */
export class UdpServer {
  readonly #socket: Deno.DatagramConn;
  readonly #router: Router<UdpPeer>;
  readonly #counters: Counters<UdpCounter>;
  readonly #receiving: Promise<void>[];
  #sending = 0;
  #onAllSent?: () => void;
  #isStopping = false;

  /**
   * Binds and begins to receive.
   *
   * @throws {Deno.errors.AddrInUse} When the port is taken.
   */
  constructor(options: UdpServerOptions) {
    const { hostname = "127.0.0.1", port = 0, reuseAddress = false, router, counters } = options;
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port, reuseAddress });
    this.#router = router;
    this.#counters = counters;
    this.#receiving = Array.from({ length: RECEIVE_LOOPS }, () => this.#receive());
  }

  /** Where it is bound. */
  get address(): Deno.NetAddr {
    return this.#socket.addr as Deno.NetAddr;
  }

  /** Sends a datagram. One that cannot be sent is counted: to UDP that is no more than a loss on the way. */
  send(to: Deno.NetAddr, datagram: Uint8Array): void {
    this.#sending++;
    // Handlers that exist once: closures and further promises for each datagram cost 2 % of the agent's CPU time.
    this.#socket.send(datagram, to).then(this.#onSent, this.#onSendError);
  }

  /** Sends what is under way and closes the socket. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#sending > 0) await new Promise<void>((resolve) => this.#onAllSent = resolve);
    this.#socket.close();
    await Promise.all(this.#receiving);
  }

  readonly #onSent = () => this.#endSending("datagramsOut");
  readonly #onSendError = () => this.#endSending("sendErrors");

  #endSending(outcome: "datagramsOut" | "sendErrors"): void {
    this.#counters.add(outcome);
    if (--this.#sending === 0) this.#onAllSent?.();
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(RECEIVE_BYTES);
    while (!this.#isStopping) {
      try {
        const [datagram, from] = await this.#socket.receive(buffer);
        this.#handle(datagram, from as Deno.NetAddr);
      } catch {
        if (this.#isStopping) return;
        this.#counters.add("receiveErrors");
      }
    }
  }

  #handle(datagram: Uint8Array, from: Deno.NetAddr): void {
    this.#counters.add("datagramsIn");
    const frame = decodeDatagram(datagram);
    if (frame === undefined) {
      this.#counters.add("badLength");
      return;
    }
    const outcome = this.#router.dispatch(frame.msgid, frame.body, new UdpPeer(this, from));
    if (outcome !== "handled") this.#counters.add(outcome);
  }
}
