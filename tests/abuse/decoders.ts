/**
 * Everything that reads what peers send, in one form: bytes in; nothing, or an error that says that they are bad.
 *
 * @module
 */

import * as proto from "../../proto/mod.ts";
import { BufferPool } from "../../reactor/buffer/buffer_pool.ts";
import { RingBuffer } from "../../reactor/buffer/ring_buffer.ts";
import { decodeFrames, ProtocolError } from "../../reactor/frame/frame_decoder.ts";
import { decodeDatagram } from "../../reactor/mod.ts";

/** One that reads. */
export interface Decoder {
  /** What it reads. */
  readonly name: string;
  /** Reads; throws what {@link isRefusal} knows, and nothing else. */
  decode(bytes: Uint8Array): void;
}

/** Whether an error says that the bytes are bad, and not that the decoder is. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ProtocolError ||
    error instanceof RangeError && error.message.startsWith("Cannot read a message");
}

/** All of them: each message as its receiver reads it, into one object again and again; a datagram; a stream. */
export const DECODERS: readonly Decoder[] = [
  ...messageClasses().map((Kind): Decoder => {
    const decode = proto.reusing(new Kind());
    return { name: Kind.name, decode: (bytes) => void decode(bytes, 0, bytes.length) };
  }),
  { name: "datagram", decode: (bytes) => void decodeDatagram(bytes) },
  { name: "stream", decode: decodeStream },
];

/** Those that come in frames of their own; others come within them. */
function messageClasses(): (new () => proto.Message)[] {
  const exported: Record<string, unknown> = proto;
  const classes = Object.keys(proto.MessageId).map((name) => exported[name]);
  return classes.filter((each) => typeof each === "function") as (new () => proto.Message)[];
}

/** As a connection does: a read of what there is room for, then all the frames in it. */
function decodeStream(bytes: Uint8Array): void {
  const ring = new RingBuffer(new BufferPool());
  try {
    for (let at = 0; at < bytes.length;) {
      const space = ring.writable();
      if (space.length === 0) throw new Error("no room to read into");
      const part = bytes.subarray(at, at + space.length);
      space.set(part);
      ring.commit(part.length);
      at += part.length;
      decodeFrames(ring, () => {});
    }
  } finally {
    ring.release();
  }
}
