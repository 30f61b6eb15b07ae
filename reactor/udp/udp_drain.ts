/**
 * A socket that is read and written in batches: waits for the first datagram, and takes what else comes until nothing does
 * for a moment.
 *
 * @module
 */

import { yieldToTimers } from "../threads/cooperative_yield.ts";
import type { UdpBatch } from "./udp_batch.ts";
import { BatchPeer } from "./udp_peer.ts";
import { UdpSender } from "./udp_sender.ts";
import { RECEIVE_BYTES, type UdpSocketOptions } from "./udp_single.ts";

/**
 * Empty receives in a row before it waits: some 20 µs, in which the callers that were just answered ask again. With 40 a
 * caller that is alone gets a tenth more answers, but four callers on two processors a seventh fewer: it is they who would
 * have run meanwhile.
 */
const MAX_EMPTY_RECEIVES = 20;

/**
 * Then the thread waits in the kernel for so long, ms, before it returns to the event loop. A program that has a blocking
 * socket reports and asks again as soon as it runs, and to be woken out of the event loop takes longer than to answer.
 */
const WAIT_MS = 1;

/** How long the thread elsewhere waits for a datagram at a time, ms. */
const ELSEWHERE_MS = 1000;

/** Receives on one socket until it is stopped. */
export class BatchSocket {
  /** Sends from it, one by one. */
  readonly sender: UdpSender;
  readonly #socket: Deno.DatagramConn;
  readonly #batch: UdpBatch;
  readonly #options: UdpSocketOptions;
  readonly #receiving: Promise<void>;
  #isStopping = false;

  /** Takes the socket and its batches over, and begins to receive. */
  constructor(socket: Deno.DatagramConn, batch: UdpBatch, options: UdpSocketOptions) {
    this.#socket = socket;
    this.#batch = batch;
    this.#options = options;
    this.sender = new UdpSender(socket, options.onSent);
    this.#receiving = this.#receive(new BatchPeer(batch, () => this.#flush()));
  }

  /** Datagrams that the kernel dropped as more came than the socket could hold. */
  get kernelDrops(): number {
    return this.#batch.kernelDrops;
  }

  /** Sends what is under way and closes the socket. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.sender.settled();
    if (this.#batch.hasAnyAddress) {
      this.#batch.endWaits();
      await this.#receiving;
    }
    // Before the socket: its descriptor may be another's at once.
    this.#batch[Symbol.dispose]();
    this.#socket.close();
    await this.#receiving;
  }

  async #receive(peer: BatchPeer): Promise<void> {
    const first = this.#batch.hasAnyAddress ? undefined : new Uint8Array(RECEIVE_BYTES);
    while (!this.#isStopping) {
      try {
        if (first !== undefined) await this.#takeFirst(first, peer);
        else if (!await this.#batch.waitElsewhere(ELSEWHERE_MS)) continue;
        await this.#drain(peer);
      } catch {
        if (this.#isStopping) return;
        this.#options.onReceiveError();
        await yieldToTimers();
      }
    }
  }

  /**
   * Deno's own receive() is the quickest to wake, but does not say which of several addresses was asked: where the socket
   * has all of them, a thread elsewhere waits.
   */
  async #takeFirst(buffer: Uint8Array, peer: BatchPeer): Promise<void> {
    const [datagram, from] = await this.#socket.receive(buffer);
    peer.receivedFrom = from as Deno.NetAddr;
    peer.slot = this.#batch.firstSlot(peer.receivedFrom);
    peer.receivedMs = performance.now();
    this.#options.onDatagram(buffer, { start: 0, length: datagram.length }, peer);
    peer.receivedFrom = undefined;
  }

  /** Takes what is there and what comes meanwhile, and yields now and then. */
  async #drain(peer: BatchPeer): Promise<void> {
    const { yielder, onDatagram } = this.#options;
    const batch = this.#batch;
    for (let emptyReceives = 0; !this.#isStopping;) {
      const count = batch.receive();
      if (count > 0) {
        emptyReceives = 0;
        peer.receivedMs = performance.now();
      }
      for (peer.slot = 0; peer.slot < count; peer.slot++) {
        const { slot } = peer;
        const place = { start: batch.startOf(slot), length: batch.lengthOf(slot) };
        onDatagram(batch.received, place, peer);
      }
      if (batch.queued > 0) this.#flush();
      if (count === 0 && ++emptyReceives >= MAX_EMPTY_RECEIVES) {
        if (emptyReceives > MAX_EMPTY_RECEIVES || !batch.wait(WAIT_MS)) break;
      }
      if (yielder.isDue(peer.receivedMs)) await yielder.yield();
    }
    // What came meanwhile is ready: to await it would not yield.
    await yieldToTimers();
  }

  #flush(): void {
    const { queued } = this.#batch;
    const sent = this.#batch.flush();
    this.#options.onSent("datagramsOut", sent);
    this.#options.onSent("sendErrors", queued - sent);
  }
}
