/**
 * Messages on their way to the socket: buffers to write them into, which are used again, and how many may be in flight to
 * the kernel at once.
 *
 * @module
 */

import {
  Credential,
  encodeMessage,
  MAX_BATCH_FRAME_BYTES,
  type Message,
  WireWriter,
} from "../../proto/mod.ts";
import { HEADER_BYTES, writeHeader } from "../../reactor/frame/frame.ts";
import type { Transport } from "./transport.ts";

/** How many datagrams may be in flight to the kernel before those that can wait are to wait. */
const MAX_SENDING = 32;

/** A message and its id. */
export interface Outgoing {
  /** The message's id. */
  msgid: number;
  /** The message, whose body fits a batch's frame. */
  message: Message;
}

/** What a {@link DatagramSender} is told. */
export interface DatagramSenderOptions {
  /** What is shown to the agent; empty is nothing. */
  token: string;
  /** Called when there is room again after there was none. */
  onRoom: () => void;
}

/** Writes and sends. */
export class DatagramSender {
  readonly #transport: Pick<Transport, "send">;
  readonly #onRoom: () => void;
  readonly #spare: Uint8Array[] = [];
  readonly #writer = new WireWriter();
  readonly #credential = new Credential();
  readonly #bufferBytes: number;
  #sending = 0;

  /** Sends through `transport`, each message with the token behind its own fields. */
  constructor(transport: Pick<Transport, "send">, { token, onRoom }: DatagramSenderOptions) {
    this.#transport = transport;
    this.#onRoom = onRoom;
    this.#credential.token = token;
    this.#bufferBytes = MAX_BATCH_FRAME_BYTES + encodeMessage(this.#credential).length;
  }

  /** Whether another datagram may be sent that can wait. */
  get hasRoom(): boolean {
    return this.#sending < MAX_SENDING;
  }

  /** Sends a message to a port; it is written before this returns, and may change then. */
  async send({ msgid, message }: Outgoing, port: number): Promise<void> {
    const buffer = this.#spare.pop() ?? new Uint8Array(this.#bufferBytes);
    const writer = this.#writer.reset(buffer, { start: HEADER_BYTES });
    message.write(writer);
    this.#credential.write(writer);
    const end = writer.finish();
    writeHeader(buffer, { msgid, bodyBytes: end - HEADER_BYTES });
    this.#sending++;
    await this.#transport.send(buffer.subarray(0, end), port);
    if (this.#spare.length < MAX_SENDING) this.#spare.push(buffer);
    if (this.#sending-- === MAX_SENDING) this.#onRoom();
  }
}
