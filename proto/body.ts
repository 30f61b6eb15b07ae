/**
 * From a message's reader and writer to whole bodies: for those who are in no hurry, and for those who read one message
 * after the other.
 *
 * @module
 */

import { WireReader } from "./wire_reader.ts";
import { WireWriter } from "./wire_writer.ts";

/** Fills a message that is there already. */
export type Read<Message> = (reader: WireReader, into: Message) => void;

/** Writes a message into bytes that are there already. */
export type Write<Message> = (writer: WireWriter, message: Message) => void;

/** Writes a message that takes `maxBytes` at most into bytes of its own. */
export function encodeBody<Message>(
  write: Write<Message>,
  message: Message,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(maxBytes);
  const writer = new WireWriter().reset(bytes);
  write(writer, message);
  return bytes.subarray(0, writer.finish());
}

/** Reads the body that stands in `bytes` from `start` to `end`, the whole unless they are given; gives `into` back. */
export function decodeBody<Message>(
  read: Read<Message>,
  into: Message,
  { bytes, start = 0, end = bytes.length }: { bytes: Uint8Array; start?: number; end?: number },
): Message {
  read(new WireReader().reset(bytes, { start, end }), into);
  return into;
}

/** A decoder that reads every body into the same message: no object is made for each. */
export function reusing<Message>(
  read: Read<Message>,
  message: Message,
): (bytes: Uint8Array, start: number, end: number) => Message {
  const reader = new WireReader();
  return (bytes, start, end) => {
    read(reader.reset(bytes, { start, end }), message);
    return message;
  };
}
