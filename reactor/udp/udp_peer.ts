/**
 * Who sent a datagram, and the way to answer it.
 *
 * @module
 */

import { HEADER_BYTES, writeHeader } from "../frame/frame.ts";
import type { LatePeer, UdpBatch } from "./udp_batch.ts";
import type { UdpSender } from "./udp_sender.ts";

/**
 * The sender of the datagram at hand. There is one for all of them, so it is the handler's during the call alone: what is
 * answered later is answered by way of {@link UdpPeer.keep}.
 */
export interface UdpPeer {
  /** Its address. */
  readonly address: Deno.NetAddr;
  /** When its datagram was received, by performance.now(), which is read once for a whole batch. */
  readonly receivedMs: number;
  /** Where an answer's body is to be written, from {@link roomAt} on: there is room for the largest. */
  readonly room: Uint8Array;
  /** See {@link room}. */
  readonly roomAt: number;
  /**
   * Answers with the body that was written at {@link roomAt} and ends before `end`.
   *
   * @throws {RangeError} When it is longer than a frame may hold.
   */
  answer(msgid: number, end: number): void;
  /** Answers with a body that stands elsewhere; like {@link answer} otherwise. */
  send(msgid: number, body: Uint8Array): void;
  /** The same peer, to be kept. */
  keep(): UdpPeer;
}

/** Is answered datagram by datagram. */
export class SinglePeer implements UdpPeer {
  /** Changes with every datagram, but for a peer that is kept, as does the time. */
  address: Deno.NetAddr;
  receivedMs: number = performance.now();
  /** Where a body begins. */
  readonly roomAt: number = HEADER_BYTES;
  readonly #sender: UdpSender;

  /** Answers by way of `sender`. */
  constructor(sender: UdpSender, address: Deno.NetAddr) {
    this.#sender = sender;
    this.address = address;
  }

  get room(): Uint8Array {
    return this.#sender.room;
  }

  answer(msgid: number, end: number): void {
    writeHeader(this.room, { msgid, bodyBytes: end - HEADER_BYTES });
    this.#sender.send(end, this.address);
  }

  send(msgid: number, body: Uint8Array): void {
    writeHeader(this.room, { msgid, bodyBytes: body.length });
    this.room.set(body, HEADER_BYTES);
    this.#sender.send(HEADER_BYTES + body.length, this.address);
  }

  keep(): UdpPeer {
    return new SinglePeer(this.#sender, this.address);
  }
}

/** Is answered with the batch that its datagram came in. */
export class BatchPeer implements UdpPeer {
  /** Which datagram of the batch is at hand. */
  slot = 0;
  receivedMs: number = 0;
  /** Set while the datagram at hand is one that Deno received: its sender. */
  receivedFrom?: Deno.NetAddr;
  readonly #batch: UdpBatch;
  readonly #flush: () => void;

  /** Queues in `batch`; has `flush` empty it. */
  constructor(batch: UdpBatch, flush: () => void) {
    this.#batch = batch;
    this.#flush = flush;
  }

  get address(): Deno.NetAddr {
    return this.receivedFrom ?? this.#batch.addressOf(this.slot);
  }

  get room(): Uint8Array {
    return this.#batch.toSend;
  }

  get roomAt(): number {
    return this.#batch.roomAt + HEADER_BYTES;
  }

  answer(msgid: number, end: number): void {
    queueFrame(this.#batch, { msgid, end, slot: this.slot });
    if (!this.#batch.hasRoom) this.#flush();
  }

  send(msgid: number, body: Uint8Array): void {
    sendCopy(this, msgid, body);
  }

  keep(): UdpPeer {
    return new LateBatchPeer(this.#batch, {
      peer: this.#batch.keep(this.slot),
      address: this.address,
      receivedMs: this.receivedMs,
      flush: this.#flush,
    });
  }
}

/** Is answered by way of a batch at any time after its own. */
class LateBatchPeer implements UdpPeer {
  readonly address: Deno.NetAddr;
  readonly receivedMs: number;
  readonly #batch: UdpBatch;
  readonly #peer: LatePeer;
  readonly #flush: () => void;

  constructor(
    batch: UdpBatch,
    { peer, address, receivedMs, flush }: {
      peer: LatePeer;
      address: Deno.NetAddr;
      receivedMs: number;
      flush: () => void;
    },
  ) {
    this.#batch = batch;
    this.#peer = peer;
    this.address = address;
    this.receivedMs = receivedMs;
    this.#flush = flush;
  }

  get room(): Uint8Array {
    return this.#batch.toSend;
  }

  get roomAt(): number {
    return this.#batch.roomAt + HEADER_BYTES;
  }

  answer(msgid: number, end: number): void {
    queueFrame(this.#batch, { msgid, end, slot: this.#batch.late(this.#peer) });
    this.#flush();
  }

  send(msgid: number, body: Uint8Array): void {
    sendCopy(this, msgid, body);
  }

  keep(): UdpPeer {
    return this;
  }
}

/** Queues the frame whose body was written behind room for its header. */
function queueFrame(
  batch: UdpBatch,
  { msgid, end, slot }: { msgid: number; end: number; slot: number },
): void {
  const at = batch.roomAt;
  writeHeader(batch.toSend, { msgid, bodyBytes: end - at - HEADER_BYTES, at });
  batch.queue(end - at, slot);
}

/** A body that is too long for the room is for the kernel to refuse. */
function sendCopy(peer: UdpPeer, msgid: number, body: Uint8Array): void {
  const at = peer.roomAt;
  if (body.length <= peer.room.length - at) peer.room.set(body, at);
  peer.answer(msgid, at + body.length);
}
