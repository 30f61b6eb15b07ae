/**
 * Finds the frames in a stream of bytes.
 *
 * @module
 */

import { HEADER_BYTES, MAX_BODY_BYTES } from "./frame.ts";
import type { RingBuffer } from "../buffer/ring_buffer.ts";

/** A peer sent what no frame can begin with: where the next frame would begin is unknown. */
export class ProtocolError extends Error {
  /** Names the error. */
  override readonly name = "ProtocolError";
}

/**
 * Takes the whole frames out of `ring` and hands each to `onFrame`, whose body is valid only during that call. What is
 * left is the beginning of a frame, for which the ring has room then; or, when `onFrame` returned false, whatever
 * follows the frame that it was given.
 *
 * @returns Whether to go on: false when `onFrame` said so.
 * @throws {ProtocolError} When a header gives a length outside 0 … 65527; the frames before it were handed out.
 * @throws {PoolExhaustedError} When there is no memory for the frame that has begun.
 */
export function decodeFrames(
  ring: RingBuffer,
  onFrame: (msgid: number, body: Uint8Array) => boolean | void,
): boolean {
  while (ring.size >= HEADER_BYTES) {
    const bodyBytes = int32At(ring, 4);
    if (bodyBytes < 0 || bodyBytes > MAX_BODY_BYTES) {
      throw new ProtocolError(
        `Cannot read a frame whose body must be 0 to ${MAX_BODY_BYTES} bytes: current value is ${bodyBytes}`,
      );
    }
    const frameBytes = HEADER_BYTES + bodyBytes;
    if (ring.size < frameBytes) {
      if (frameBytes > ring.capacity) ring.resize(frameBytes);
      break;
    }
    const goesOn = onFrame(int32At(ring, 0), ring.view(HEADER_BYTES, bodyBytes));
    ring.consume(frameBytes);
    if (goesOn === false) return false;
  }
  return true;
}

/** A header may straddle the end of the buffer, so it is read byte by byte. */
function int32At(ring: RingBuffer, offset: number): number {
  return ring.at(offset) | (ring.at(offset + 1) << 8) | (ring.at(offset + 2) << 16) |
    (ring.at(offset + 3) << 24);
}
