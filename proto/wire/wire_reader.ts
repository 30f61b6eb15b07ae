/**
 * Reads proto3's encoding from bytes in place, and may be used again for others. Knows of fields and nested messages,
 * and of no message in particular.
 *
 * It accepts and refuses what protobufjs does: an unknown field, or a known one of another wire type, is skipped; a
 * 64-bit varint keeps its lower 32 bits. Whatever it refuses it throws on; nothing is read beyond the end it was given.
 *
 * @module
 */

/** How deep messages and groups may lie in each other. */
const MAX_DEPTH = 100;

const NOTHING = new Uint8Array();
const TEXT_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A place in some bytes, and how far they may be read. */
export class WireReader {
  /** What is read. */
  bytes: Uint8Array = NOTHING;
  /** Where the next byte is. */
  position = 0;
  /** Where the message at hand ends. */
  end = 0;
  /** How many messages the one at hand lies in. */
  #depth = 0;

  /** Turns to a message: all of `bytes` unless told where in it. */
  reset(bytes: Uint8Array, { start = 0, end = bytes.length } = {}): this {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.#depth = 0;
    return this;
  }

  /** Whether the message at hand goes on. */
  get hasMore(): boolean {
    return this.position < this.end;
  }

  /** Reads a field's number and wire type, as one: `number << 3 | type`. */
  tag(): number {
    const { bytes, position, end } = this;
    if (position < end && bytes[position] < 128) {
      this.position = position + 1;
      return bytes[position];
    }
    return this.#longUint32(15);
  }

  /** Reads a varint's lower 32 bits, unsigned. */
  uint32(): number {
    const { bytes, end } = this;
    let at = this.position;
    let value = 0;
    for (let shift = 0; at < end && shift < 70; shift += 7) {
      const byte = bytes[at++];
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) {
        this.position = at;
        return value >>> 0;
      }
    }
    throw malformed("a varint does not end");
  }

  /** Reads a varint's lower 32 bits, signed. */
  int32(): number {
    return this.uint32() | 0;
  }

  /** Reads a varint as true when any of its bits is set, those above the 32nd too. */
  bool(): boolean {
    const { bytes, end } = this;
    let at = this.position;
    let bits = 0;
    for (const limit = Math.min(end, at + 10); at < limit;) {
      const byte = bytes[at++];
      bits |= byte & 127;
      if (byte < 128) {
        this.position = at;
        return bits !== 0;
      }
    }
    throw malformed("a varint does not end");
  }

  /** Reads a text, which must be UTF-8. */
  string(): string {
    const bytes = this.#length();
    const start = this.position;
    this.#advance(bytes);
    try {
      return TEXT_DECODER.decode(this.bytes.subarray(start, start + bytes));
    } catch (error) {
      if (error instanceof TypeError) throw malformed("a text is no UTF-8");
      throw error;
    }
  }

  /** Reads four bytes, little-endian, unsigned. */
  fixed32(): number {
    const { bytes, position } = this;
    this.#advance(4);
    return (bytes[position] | bytes[position + 1] << 8 | bytes[position + 2] << 16 |
      bytes[position + 3] << 24) >>> 0;
  }

  /**
   * Reads the length of a nested message, or of packed values, and goes into it: from now on, it is the message at hand.
   *
   * @returns Where the outer one ends, for {@link leave}.
   */
  enter(): number {
    const outerEnd = this.end;
    const bytes = this.#length();
    if (bytes > outerEnd - this.position) throw malformed("a length is beyond the end");
    this.end = this.position + bytes;
    this.#depth++;
    return outerEnd;
  }

  /** Goes back to the outer message, when all of the nested one is read. */
  leave(outerEnd: number): void {
    this.end = outerEnd;
    this.#depth--;
  }

  /** Skips the value of a field that is not known. */
  skip(tag: number): void {
    this.#skip(tag, this.#depth);
  }

  #skip(tag: number, depth: number): void {
    if (depth > MAX_DEPTH) throw malformed("groups lie too deep");
    if (tag >>> 3 === 0) throw malformed("a field has number 0");
    switch (tag & 7) {
      case 0:
        return this.#skipVarint();
      case 1:
        return this.#advance(8);
      case 2:
        return this.#advance(this.#length());
      case 3:
        return this.#skipGroup(tag, depth);
      case 5:
        return this.#advance(4);
      default:
        throw malformed("a wire type is not one");
    }
  }

  #skipVarint(): void {
    while (this.position < this.end) {
      if (this.bytes[this.position++] < 128) return;
    }
    throw malformed("a varint does not end");
  }

  #skipGroup(startTag: number, depth: number): void {
    const endTag = startTag + 1; // the same number, wire type 4
    for (let tag = this.tag(); tag !== endTag; tag = this.tag()) this.#skip(tag, depth + 1);
  }

  #advance(bytes: number): void {
    if (bytes > this.end - this.position) throw malformed("a value is cut short");
    this.position += bytes;
  }

  /** Reads a length, which is below 2^31. */
  #length(): number {
    const { bytes, position, end } = this;
    if (position < end && bytes[position] < 128) {
      this.position = position + 1;
      return bytes[position];
    }
    return this.#longUint32(7);
  }

  /** Reads a varint of five bytes at most, the last of which may hold `maxFifth`. */
  #longUint32(maxFifth: number): number {
    const { bytes, end } = this;
    let at = this.position;
    let value = 0;
    for (let shift = 0; at < end; shift += 7) {
      const byte = bytes[at++];
      if (shift === 28 && byte > maxFifth) break;
      value |= (byte & 127) << shift;
      if (byte < 128) {
        this.position = at;
        return value >>> 0;
      }
    }
    throw malformed("a tag or length is too large, or cut short");
  }
}

function malformed(why: string): RangeError {
  return new RangeError(`Cannot read a message as ${why}`);
}
