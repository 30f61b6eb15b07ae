/**
 * Datagrams on their way to the socket: buffers to write them into, which are used again, and how many may be under way
 * at once.
 *
 * @module
 */

import { MAX_BATCH_FRAME_BYTES, type Message, WireWriter } from "../../proto/mod.ts";
import { HEADER_BYTES, writeHeader } from "../../reactor/frame/frame.ts";
import type { Transport } from "../transport/transport.ts";

/** How many datagrams may be under way before those who can wait are to wait. */
const MAX_SENDING = 32;

/** A message on its way. */
export interface Outgoing {
  /** The port it goes to. */
  port: number;
  /** Its id. */
  msgid: number;
  /** The message, whose body fits a batch's frame. */
  message: Message;
}

/** Writes and sends. */
export class Outbox {
  readonly #transport: Pick<Transport, "send">;
  readonly #onRoom: () => void;
  readonly #spare: Uint8Array[] = [];
  readonly #writer = new WireWriter();
  #sending = 0;

  /** Sends through `transport`; `onRoom` hears when there is room again after there was none. */
  constructor(transport: Pick<Transport, "send">, onRoom: () => void) {
    this.#transport = transport;
    this.#onRoom = onRoom;
  }

  /** Whether another datagram may be sent that can wait. */
  get hasRoom(): boolean {
    return this.#sending < MAX_SENDING;
  }

  /** Sends a message. */
  async send({ port, msgid, message }: Outgoing): Promise<void> {
    const buffer = this.#spare.pop() ?? new Uint8Array(MAX_BATCH_FRAME_BYTES);
    const writer = this.#writer.reset(buffer, { start: HEADER_BYTES });
    message.write(writer);
    const end = writer.finish();
    writeHeader(buffer, { msgid, bodyBytes: end - HEADER_BYTES });
    this.#sending++;
    await this.#transport.send(buffer.subarray(0, end), port);
    if (this.#spare.length < MAX_SENDING) this.#spare.push(buffer);
    if (this.#sending-- === MAX_SENDING) this.#onRoom();
  }
}
