/**
 * What every message of messages.gen.ts can do, and bodies made of them and read into them.
 *
 * @module
 */

import { WireReader } from "./wire/wire_reader.ts";
import { WireWriter } from "./wire/wire_writer.ts";

/** The most that the frame of a message of many picks or reports takes, its header included. */
export const MAX_BATCH_FRAME_BYTES = 16_384;

/** Room for the body of any frame. */
const SCRATCH_BYTES = 65_536;

/** A message, which is filled or read, and then used again. */
export interface Message {
  /** Empties it. */
  clear(): void;
  /** Reads it anew; throws a RangeError where the bytes are no such message. */
  read(reader: WireReader): void;
  /** Writes it. */
  write(writer: WireWriter): void;
}

const writer = new WireWriter();
let scratch: Uint8Array | undefined;

/** Writes a message, of whatever length, into bytes of its own: for those who are in no hurry. */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  scratch ??= new Uint8Array(SCRATCH_BYTES);
  message.write(writer.reset(scratch));
  if (writer.position <= SCRATCH_BYTES) {
    return Uint8Array.from(scratch.subarray(0, writer.position));
  }
  const bytes = new Uint8Array(writer.position);
  message.write(writer.reset(bytes));
  writer.finish();
  return bytes;
}

/**
 * Reads the body that stands in `bytes` into a message, and gives that back.
 *
 * @throws {RangeError} When it is no such message.
 */
export function decodeMessage<Kind extends Message>(message: Kind, bytes: Uint8Array): Kind {
  message.read(new WireReader().reset(bytes));
  return message;
}

/** A decoder that reads every body into the same message: no object is made for each. */
export function reusing<Kind extends Message>(
  message: Kind,
): (bytes: Uint8Array, start: number, end: number) => Kind {
  const reader = new WireReader();
  return (bytes, start, end) => {
    message.read(reader.reset(bytes, { start, end }));
    return message;
  };
}
