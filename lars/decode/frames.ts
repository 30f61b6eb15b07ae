/**
 * Frames out of bytes: whole ones as they come, with what is wrong in each. Pure.
 *
 * @module
 */

import { HEADER_BYTES, MAX_BODY_BYTES } from "../../reactor/mod.ts";
import { decodeMessageBody, type Value } from "./message_body.ts";
import type { Schema } from "../../proto/schema.ts";

/** One frame, or what stands where one should. */
export interface DecodedFrame {
  /** Where its header begins, in the bytes that were given. */
  at: number;
  /** Its msgid; undefined where there is not even a header. */
  msgid?: number;
  /** The message's name; undefined where the schema has none of that number. */
  message?: string;
  /** Its body's fields, by the schema's names. */
  fields?: Record<string, Value>;
  /** What is wrong with it, and at which byte. */
  problems: string[];
}

/** Decodes one datagram, which is to be one frame. */
export function decodeDatagram(schema: Schema, bytes: Uint8Array): DecodedFrame {
  if (bytes.length < HEADER_BYTES) return cutHeader(bytes.length, 0);
  const { msgid, bodyBytes } = headerOf(bytes);
  const frame = decodeFrame(schema, { msgid, body: bytes.subarray(HEADER_BYTES), at: 0 });
  const held = bytes.length - HEADER_BYTES;
  if (bodyBytes !== held) {
    frame.problems.unshift(
      `byte 4: msglen must be ${held}, as the datagram has it: it is ${bodyBytes}`,
    );
  }
  return frame;
}

/** Whether a header could be one of ours. */
export function isPlausible(schema: Schema, bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  const { msgid, bodyBytes } = headerOf(bytes);
  return schema.byId.has(msgid) && bodyBytes >= 0 && bodyBytes <= MAX_BODY_BYTES;
}

/** Takes one direction of a TCP connection, in pieces of any size. */
export class FrameStream {
  readonly #schema: Schema;
  #rest = new Uint8Array();
  /** Where the rest begins in the stream. */
  #at = 0;
  #isLost = false;
  #isBroken = false;

  /**
   * Starts at a frame's beginning, or wherever it happens to be.
   *
   * @param isInMidst Whether the first bytes may be the middle of a frame.
   */
  constructor(schema: Schema, { isInMidst = false }: { isInMidst?: boolean } = {}) {
    this.#schema = schema;
    this.#isLost = isInMidst;
  }

  /** Takes the next bytes; gives the frames that are whole now. */
  push(bytes: Uint8Array): DecodedFrame[] {
    if (this.#isBroken) return [];
    this.#rest = concat(this.#rest, bytes);
    const frames: DecodedFrame[] = [];
    if (this.#isLost && !this.#find(frames)) return frames;
    while (this.#rest.length >= HEADER_BYTES) {
      const { msgid, bodyBytes } = headerOf(this.#rest);
      if (bodyBytes < 0 || bodyBytes > MAX_BODY_BYTES) {
        this.#isBroken = true;
        frames.push({
          at: this.#at,
          msgid,
          problems: [
            `byte ${this.#at + 4}: msglen must be 0 … ${MAX_BODY_BYTES}: it is ${bodyBytes}; ` +
            "the rest cannot be read, and its receiver hangs up",
          ],
        });
        return frames;
      }
      const end = HEADER_BYTES + bodyBytes;
      if (this.#rest.length < end) break;
      const body = this.#rest.subarray(HEADER_BYTES, end);
      frames.push(decodeFrame(this.#schema, { msgid, body, at: this.#at }));
      this.#advance(end);
    }
    return frames;
  }

  /** Notes that bytes are missing: what comes next may be the middle of a frame. */
  gap(bytes: number): DecodedFrame {
    const at = this.#at;
    this.#at += this.#rest.length + bytes;
    this.#rest = new Uint8Array();
    this.#isLost = true;
    return { at, problems: [`byte ${at}: ${bytes} bytes after it are missing`] };
  }

  /** What is left of a frame when no more bytes come; undefined when nothing is. */
  end(): DecodedFrame | undefined {
    const [rest, at] = [this.#rest, this.#at];
    if (rest.length === 0 || this.#isBroken || this.#isLost) return undefined;
    if (rest.length < HEADER_BYTES) return cutHeader(rest.length, at);
    const { msgid, bodyBytes } = headerOf(rest);
    const frame = decodeFrame(this.#schema, { msgid, body: rest.subarray(HEADER_BYTES), at });
    const held = rest.length - HEADER_BYTES;
    frame.problems.unshift(`byte ${at + 4}: msglen is ${bodyBytes}, but only ${held} bytes follow`);
    return frame;
  }

  /** Searches for the next frame of a known message whose body is sound; says whether it is there yet. */
  #find(frames: DecodedFrame[]): boolean {
    for (let skip = 0; this.#rest.length - skip >= HEADER_BYTES; skip++) {
      const candidate = this.#rest.subarray(skip);
      if (!isPlausible(this.#schema, candidate)) continue;
      const { msgid, bodyBytes } = headerOf(candidate);
      const end = HEADER_BYTES + bodyBytes;
      if (candidate.length < end) continue;
      const body = candidate.subarray(HEADER_BYTES, end);
      if (decodeFrame(this.#schema, { msgid, body, at: 0 }).problems.length > 0) continue;
      if (skip > 0) {
        const what = `byte ${this.#at}: ${skip} bytes of a frame whose beginning is not there`;
        frames.push({ at: this.#at, problems: [what] });
      }
      this.#advance(skip);
      this.#isLost = false;
      return true;
    }
    // A frame with its header is at most so long: what stands before that was none.
    const excess = this.#rest.length - (HEADER_BYTES + MAX_BODY_BYTES);
    if (excess > 0) this.#advance(excess);
    return false;
  }

  #advance(bytes: number): void {
    this.#rest = this.#rest.subarray(bytes);
    this.#at += bytes;
  }
}

/** Decodes bytes that hold frames one after the other. */
export function decodeFrames(schema: Schema, bytes: Uint8Array): DecodedFrame[] {
  const stream = new FrameStream(schema);
  const frames = stream.push(bytes);
  const rest = stream.end();
  return rest === undefined ? frames : [...frames, rest];
}

function decodeFrame(
  schema: Schema,
  { msgid, body, at }: { msgid: number; body: Uint8Array; at: number },
): DecodedFrame {
  const type = schema.byId.get(msgid);
  if (type === undefined) {
    const problems = [
      `byte ${at}: there is no message ${msgid}; its ${body.length} bytes are skipped`,
    ];
    return { at, msgid, problems };
  }
  return { at, msgid, message: type.name, ...decodeMessageBody(type, body, at + HEADER_BYTES) };
}

function headerOf(bytes: Uint8Array): { msgid: number; bodyBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { msgid: view.getInt32(0, true), bodyBytes: view.getInt32(4, true) };
}

function cutHeader(bytes: number, at: number): DecodedFrame {
  const problems = [`byte ${at}: a header must have ${HEADER_BYTES} bytes: there are ${bytes}`];
  return { at, problems };
}

/** Bytes that follow each other, as one. */
export function concat(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}
