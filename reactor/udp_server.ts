/**
 * A UDP socket that takes one frame per datagram and answers where it came from: datagram by datagram through Deno's own
 * calls, or, where libc may be opened, in batches.
 *
 * @module
 */

import type { Counters } from "./counters.ts";
import { nextTurn, Turns } from "./event_loop.ts";
import { HEADER_BYTES, isFrame, readInt32 } from "./frame.ts";
import type { BodySpan, Router } from "./router.ts";
import { DescriptorFinder, UdpBatch } from "./udp_batch.ts";
import { BatchPeer, SinglePeer, type UdpPeer } from "./udp_peer.ts";
import { UdpSender } from "./udp_sender.ts";

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

/**
 * Looks for more datagrams so often in vain before the kernel is asked to wake us: some 20 µs, in which the callers that
 * were just answered ask again. To be woken costs more than that; with 2 the agent answers two thirds as many picks.
 */
const MISSES = 20;

/** Receives until it is stopped. */
export class UdpServer {
  readonly #socket: Deno.DatagramConn;
  readonly #batch?: UdpBatch;
  readonly #sender: UdpSender;
  readonly #router: Router<UdpPeer>;
  readonly #counters: Counters<UdpCounter>;
  readonly #receiving: Promise<void>[];
  readonly #turns = new Turns();
  /** The body of the datagram at hand: one object for all of them. */
  readonly #body: BodySpan = { bytes: new Uint8Array(), start: 0, end: 0 };
  #isStopping = false;

  /**
   * Binds and begins to receive.
   *
   * @throws {Deno.errors.AddrInUse} When the port is taken.
   */
  constructor(options: UdpServerOptions) {
    const { hostname = "127.0.0.1", port = 0, reuseAddress = false, batches = false } = options;
    const address = { hostname, port };
    using finder = batches ? findDescriptors(address) : undefined;
    this.#socket = Deno.listenDatagram({ transport: "udp", ...address, reuseAddress });
    this.#batch = finder?.open(this.address);
    this.#sender = new UdpSender(this.#socket, (outcome) => this.#counters.add(outcome));
    this.#router = options.router;
    this.#counters = options.counters;
    this.#receiving = this.#batch === undefined
      ? Array.from({ length: RECEIVE_LOOPS }, () => this.#receiveSingly())
      : [this.#receiveBatches(this.#batch)];
  }

  /** Where it is bound. */
  get address(): Deno.NetAddr {
    return this.#socket.addr as Deno.NetAddr;
  }

  /** Whether datagrams are taken in batches. */
  get isBatched(): boolean {
    return this.#batch !== undefined;
  }

  /** Datagrams that the kernel dropped as more came than the socket could hold; 0 where that is not known. */
  get kernelDrops(): number {
    return this.#batch?.kernelDrops ?? 0;
  }

  /** Sends a message. One that cannot be sent is counted: to UDP that is no more than a loss on the way. */
  send(to: Deno.NetAddr, { msgid, body }: { msgid: number; body: Uint8Array }): void {
    new SinglePeer(this.#sender, to).send(msgid, body);
  }

  /** Sends what is under way and closes the socket. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#sender.settled();
    this.#socket.close();
    await Promise.all(this.#receiving);
    this.#batch?.[Symbol.dispose]();
  }

  async #receiveSingly(): Promise<void> {
    const buffer = new Uint8Array(RECEIVE_BYTES);
    const peer = new SinglePeer(this.#sender, this.address);
    while (!this.#isStopping) {
      try {
        const [datagram, from] = await this.#socket.receive(buffer);
        peer.address = from as Deno.NetAddr;
        peer.receivedMs = performance.now();
        this.#handle(buffer, { start: 0, length: datagram.length }, peer);
        const turn = this.#turns.due(peer.receivedMs);
        if (turn !== undefined) await turn;
      } catch {
        if (this.#isStopping) return;
        this.#counters.add("receiveErrors");
        await nextTurn();
      }
    }
  }

  /** Waits for the first datagram as ever, and takes what else is there in batches. */
  async #receiveBatches(batch: UdpBatch): Promise<void> {
    const buffer = new Uint8Array(RECEIVE_BYTES);
    const peer = new BatchPeer(batch, { sender: this.#sender, onFull: () => this.#flush(batch) });
    while (!this.#isStopping) {
      try {
        const [datagram, from] = await this.#socket.receive(buffer);
        peer.guest = from as Deno.NetAddr;
        peer.slot = batch.guest(peer.guest);
        peer.receivedMs = performance.now();
        this.#handle(buffer, { start: 0, length: datagram.length }, peer);
        peer.guest = undefined;
        await this.#drain(batch, peer);
      } catch {
        if (this.#isStopping) return;
        this.#counters.add("receiveErrors");
        await nextTurn();
      }
    }
  }

  /** Takes what is there and what comes meanwhile, and gives the event loop its turns. */
  async #drain(batch: UdpBatch, peer: BatchPeer): Promise<void> {
    for (let misses = 0; misses <= MISSES && !this.#isStopping;) {
      const count = batch.receive();
      if (count > 0) peer.receivedMs = performance.now();
      for (peer.slot = 0; peer.slot < count; peer.slot++) {
        const { slot } = peer;
        const datagram = { start: batch.startOf(slot), length: batch.lengthOf(slot) };
        this.#handle(batch.received, datagram, peer);
      }
      if (batch.queued > 0) this.#flush(batch);
      misses = count === 0 ? misses + 1 : 0;
      const turn = this.#turns.due(peer.receivedMs);
      if (turn !== undefined) await turn;
    }
  }

  #flush(batch: UdpBatch): void {
    const { queued } = batch;
    const sent = batch.flush();
    this.#counters.add("datagramsOut", sent);
    this.#counters.add("sendErrors", queued - sent);
  }

  #handle(
    bytes: Uint8Array,
    { start, length }: { start: number; length: number },
    peer: UdpPeer,
  ): void {
    this.#counters.add("datagramsIn");
    const end = start + length;
    if (!isFrame(bytes, start, end)) {
      this.#counters.add("badLength");
      return;
    }
    const body = this.#body;
    body.bytes = bytes;
    body.start = start + HEADER_BYTES;
    body.end = end;
    const outcome = this.#router.dispatch(readInt32(bytes, start), body, peer);
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
