/**
 * A UDP socket that takes one frame per datagram and answers where it came from: datagram by datagram through Deno's own
 * calls, or, where libc may be opened, in batches.
 *
 * @module
 */

import type { CounterName, Counters } from "../threads/counters.ts";
import { Yielder } from "../threads/cooperative_yield.ts";
import { HEADER_BYTES, isFrame, readInt32 } from "../frame/frame.ts";
import type { BodySpan, Dispatcher } from "../frame/router.ts";
import { localAddresses } from "./local_addresses.ts";
import { DescriptorFinder } from "./udp_batch.ts";
import { BatchSocket } from "./udp_drain.ts";
import { SinglePeer, type UdpPeer } from "./udp_peer.ts";
import { SingleSocket, type UdpSocketOptions } from "./udp_single.ts";

/** What UDP servers count. */
export const UDP_COUNTERS = {
  counters: {
    datagramsIn: "Datagrams received",
    datagramsOut: "Datagrams sent",
    badLength: "Datagrams dropped because their header and length disagree",
    denied: "Datagrams dropped because their sender may not ask here",
    unknown: "Datagrams dropped because of an unknown msgid",
    malformed: "Datagrams dropped because their body did not parse",
    failed: "Datagrams whose handler threw",
    sendErrors: "Datagrams that could not be sent",
    receiveErrors: "Failed receives",
  },
} as const;

/** A number in {@link UDP_COUNTERS}. */
export type UdpCounter = CounterName<typeof UDP_COUNTERS>;

/** Largest body that fits a UDP datagram over IPv4: 65,507 bytes less the header. */
export const MAX_DATAGRAM_BODY_BYTES = 65499;

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
  /**
   * Whether datagrams are to be taken and sent in batches, where libc may be opened.
   * @default false
   */
  batches?: boolean;
  /**
   * Says, for each datagram, that this thread is at work.
   * @default none
   */
  beat?: () => void;
  /** Takes the messages. */
  router: Dispatcher<UdpPeer>;
  /** What is counted. */
  counters: Counters<UdpCounter>;
}

/** How often the addresses of this machine are read again, ms: they may come and go. */
const ADDRESSES_INTERVAL_MS = 10_000;

const ANY_ADDRESS = "0.0.0.0";

/** Receives until it is stopped. */
export class UdpServer {
  /** Where it is bound. */
  readonly address: Deno.NetAddr;
  readonly #socket: BatchSocket | SingleSocket;
  readonly #options: UdpServerOptions;
  readonly #socketOptions: UdpSocketOptions;
  readonly #counters: Counters<UdpCounter>;
  /** Sockets on one address each, of those that have to answer from there. */
  readonly #others = new Map<string, SingleSocket>();
  readonly #addressesTimer?: ReturnType<typeof setInterval>;
  /** The body of the datagram at hand: one object for all of them. */
  readonly #body: BodySpan = { bytes: new Uint8Array(), start: 0, end: 0 };

  /**
   * Binds and begins to receive.
   *
   * @throws {Deno.errors.AddrInUse} When the port is taken.
   */
  constructor(options: UdpServerOptions) {
    this.#options = options;
    this.#counters = options.counters;
    const { hostname = "127.0.0.1", port = 0, reuseAddress = false, batches = false } = options;
    const address = { hostname, port };
    using finder = batches ? findDescriptors(address) : undefined;
    const socket = Deno.listenDatagram({ transport: "udp", ...address, reuseAddress });
    this.address = socket.addr as Deno.NetAddr;
    this.#socketOptions = {
      yielder: new Yielder(),
      onDatagram: (bytes, place, peer) => this.#handle(bytes, place, peer),
      onReceiveError: () => this.#counters.add("receiveErrors"),
      onSent: (outcome, times) => this.#counters.add(outcome, times),
    };
    const batch = finder?.open(this.address);
    if (batch !== undefined) {
      this.#socket = new BatchSocket(socket, batch, this.#socketOptions);
      return;
    }
    this.#socket = new SingleSocket(socket, this.#socketOptions);
    if (hostname !== ANY_ADDRESS || !reuseAddress) return;
    this.#bindAddresses();
    this.#addressesTimer = setInterval(() => this.#bindAddresses(), ADDRESSES_INTERVAL_MS);
  }

  /** Whether datagrams are taken in batches. */
  get isBatched(): boolean {
    return this.#socket instanceof BatchSocket;
  }

  /** Datagrams that the kernel dropped as more came than the socket could hold; 0 where that is not known. */
  get kernelDrops(): number {
    return this.#socket instanceof BatchSocket ? this.#socket.kernelDrops : 0;
  }

  /** Sends a message. One that cannot be sent is counted: to UDP that is no more than a loss on the way. */
  send(to: Deno.NetAddr, { msgid, body }: { msgid: number; body: Uint8Array }): void {
    new SinglePeer(this.#socket.sender, to).send(msgid, body);
  }

  /** Sends what is under way and closes the socket. */
  async stop(): Promise<void> {
    clearInterval(this.#addressesTimer);
    await Promise.all([this.#socket, ...this.#others.values()].map((socket) => socket.stop()));
  }

  /**
   * Deno does not tell which address a datagram was sent to, and the kernel would answer from another one than was asked.
   * A socket on the address itself goes before the one on all of them.
   */
  #bindAddresses(): void {
    const { port } = this.address;
    const addresses = new Set(localAddresses());
    for (const [hostname, socket] of this.#others) {
      if (addresses.has(hostname)) continue;
      this.#others.delete(hostname);
      void socket.stop();
    }
    for (const hostname of addresses) {
      if (this.#others.has(hostname)) continue;
      try {
        const wanted = { transport: "udp", hostname, port, reuseAddress: true } as const;
        const socket = Deno.listenDatagram(wanted);
        this.#others.set(hostname, new SingleSocket(socket, this.#socketOptions));
      } catch {
        // Gone meanwhile, or somebody else's: what is sent there is answered as the kernel likes.
      }
    }
  }

  #handle(
    bytes: Uint8Array,
    { start, length }: { start: number; length: number },
    peer: UdpPeer,
  ): void {
    this.#counters.add("datagramsIn");
    this.#options.beat?.();
    const end = start + length;
    if (!isFrame(bytes, start, end)) {
      this.#counters.add("badLength");
      return;
    }
    const body = this.#body;
    body.bytes = bytes;
    body.start = start + HEADER_BYTES;
    body.end = end;
    const outcome = this.#options.router.dispatch(readInt32(bytes, start), body, peer);
    if (outcome !== "handled") this.#counters.add(outcome);
  }
}

/** Undefined where libc may not be opened: then there are no batches. */
function findDescriptors(
  address: { hostname: string; port: number },
): DescriptorFinder | undefined {
  try {
    return new DescriptorFinder(address);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
