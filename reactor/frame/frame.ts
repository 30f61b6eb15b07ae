/**
 * The frame that every message travels in: an 8-byte header, msgid and body length as int32 little-endian, then the
 * body. Knows nothing of what a body means, nor where the bytes come from.
 *
 * @module
 */

/** Size of a frame's header. */
export const HEADER_BYTES = 8;

/** Largest body a frame may have: with its header it stays below 64 KiB. */
export const MAX_BODY_BYTES = 65527;

/** A message's id and its body. */
export interface Frame {
  /** Says what the body is; any int32. */
  msgid: number;
  /** A view of the bytes it was read from. */
  body: Uint8Array;
}

/**
 * Writes a whole frame.
 *
 * @throws {RangeError} When the body is longer than {@link MAX_BODY_BYTES}.
 */
export function encodeFrame(msgid: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + body.length);
  writeHeader(frame, { msgid, bodyBytes: body.length });
  frame.set(body, HEADER_BYTES);
  return frame;
}

/**
 * Writes a frame's header to `target`, at its beginning unless `at` says where.
 *
 * @throws {RangeError} When the body is longer than {@link MAX_BODY_BYTES}.
 */
export function writeHeader(
  target: Uint8Array,
  { msgid, bodyBytes, at = 0 }: { msgid: number; bodyBytes: number; at?: number },
): void {
  if (bodyBytes > MAX_BODY_BYTES) {
    throw new RangeError(
      `Cannot encode a frame whose body must be at most ${MAX_BODY_BYTES} bytes: current value is ${bodyBytes}`,
    );
  }
  writeInt32(target, msgid, at);
  writeInt32(target, bodyBytes, at + 4);
}

/** Says whether the bytes from `start` to `end` are exactly one frame. */
export function isFrame(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= HEADER_BYTES && readInt32(bytes, start + 4) === end - start - HEADER_BYTES;
}

/**
 * Reads a datagram, which must be exactly one frame.
 *
 * @returns The frame, its body a view of the datagram, or undefined when the header and the datagram's length disagree.
 */
export function decodeDatagram(datagram: Uint8Array): Frame | undefined {
  if (!isFrame(datagram, 0, datagram.length)) return undefined;
  return { msgid: readInt32(datagram, 0), body: datagram.subarray(HEADER_BYTES) };
}

/** Reads a little-endian int32. By hand: a DataView per read would be an allocation per frame. */
export function readInt32(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

function writeInt32(bytes: Uint8Array, value: number, at: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
