/**
 * A socket that is read and written datagram by datagram, by Deno's own calls.
 *
 * @module
 */

import { type Yielder, yieldToTimers } from "../threads/cooperative_yield.ts";
import { SinglePeer, type UdpPeer } from "./udp_peer.ts";
import { type SendOutcome, UdpSender } from "./udp_sender.ts";

/** Larger than any datagram, so that none is cut silently. */
export const RECEIVE_BYTES = 65_536;

/**
 * Receives in flight on one socket. Several take 0.56 to 0.8 of the CPU per datagram that one takes, as the next
 * datagram is there already when the event loop comes round.
 */
const RECEIVE_LOOPS = 8;

/** What a socket calls, whichever way it is read. */
export interface UdpSocketOptions {
  /** Has the loops of one server yield together. */
  yielder: Yielder;
  /** Takes a datagram, which is `length` bytes from `start` on, and may answer it. */
  onDatagram: (bytes: Uint8Array, place: { start: number; length: number }, peer: UdpPeer) => void;
  /** Is called when a receive failed. */
  onReceiveError: () => void;
  /** Is called with the outcome of so many sends. */
  onSent: (outcome: SendOutcome, times?: number) => void;
}

/** Receives on one socket until it is stopped. */
export class SingleSocket {
  /** Sends from it. */
  readonly sender: UdpSender;
  readonly #socket: Deno.DatagramConn;
  readonly #options: UdpSocketOptions;
  readonly #receiving: Promise<void>[];
  #isStopping = false;

  /** Takes the socket over, and begins to receive. */
  constructor(socket: Deno.DatagramConn, options: UdpSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    this.sender = new UdpSender(socket, options.onSent);
    this.#receiving = Array.from({ length: RECEIVE_LOOPS }, () => this.#receive());
  }

  /** Sends what is under way and closes the socket. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.sender.settled();
    this.#socket.close();
    await Promise.all(this.#receiving);
  }

  async #receive(): Promise<void> {
    const { yielder, onDatagram, onReceiveError } = this.#options;
    const buffer = new Uint8Array(RECEIVE_BYTES);
    const peer = new SinglePeer(this.sender, this.#socket.addr as Deno.NetAddr);
    while (!this.#isStopping) {
      try {
        const [datagram, from] = await this.#socket.receive(buffer);
        peer.address = from as Deno.NetAddr;
        peer.receivedMs = performance.now();
        onDatagram(buffer, { start: 0, length: datagram.length }, peer);
        if (yielder.isDue(peer.receivedMs)) await yielder.yield();
      } catch {
        if (this.#isStopping) return;
        onReceiveError();
        await yieldToTimers();
      }
    }
  }
}
