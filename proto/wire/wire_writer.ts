/**
 * Writes proto3's encoding into bytes that are there already, and may be used again for others. Knows of fields and
 * nested messages, and of no message in particular. Like all proto3 encoders it leaves out fields that are 0.
 *
 * Writing beyond the end of the bytes does no harm and has no effect: {@link WireWriter.finish} tells.
 *
 * @module
 */

const NOTHING = new Uint8Array();
const TEXT_ENCODER = new TextEncoder();

/** A place in some bytes. */
export class WireWriter {
  /** What is written to. */
  bytes: Uint8Array = NOTHING;
  /** Where the next byte goes. */
  position = 0;

  /** Turns to other bytes, or back to the beginning of the same. */
  reset(bytes: Uint8Array, { start = 0 } = {}): this {
    this.bytes = bytes;
    this.position = start;
    return this;
  }

  /**
   * Says where what was written ends.
   *
   * @throws {RangeError} When it did not fit.
   */
  finish(): number {
    const { bytes, position } = this;
    if (position > bytes.length) {
      throw new RangeError(
        `Cannot write a message as it must fit ${bytes.length} bytes: it takes ${position}`,
      );
    }
    return position;
  }

  /** Writes a uint32 field, unless it is 0. The tag is below 128, as of all fields up to number 15. */
  uint32Field(tag: number, value: number): void {
    if (value === 0) return;
    this.bytes[this.position++] = tag;
    this.varint(value);
  }

  /** Writes an int32 field, unless it is 0; a negative one takes ten bytes. */
  int32Field(tag: number, value: number): void {
    if (value === 0) return;
    this.bytes[this.position++] = tag;
    if (value > 0) return this.varint(value);
    const { bytes } = this;
    let at = this.position;
    bytes[at++] = value | 128;
    bytes[at++] = value >>> 7 | 128;
    bytes[at++] = value >>> 14 | 128;
    bytes[at++] = value >>> 21 | 128;
    bytes[at++] = value >> 28 | 128; // from here on there is the sign alone
    bytes[at++] = 255;
    bytes[at++] = 255;
    bytes[at++] = 255;
    bytes[at++] = 255;
    bytes[at++] = 1;
    this.position = at;
  }

  /** Writes a bool field, unless it is false. */
  boolField(tag: number, value: boolean): void {
    this.uint32Field(tag, value ? 1 : 0);
  }

  /** Writes a string field, unless it is empty. */
  stringField(tag: number, value: string): void {
    if (value === "") return;
    const start = this.open(tag);
    const text = TEXT_ENCODER.encode(value);
    if (start + text.length <= this.bytes.length) this.bytes.set(text, start);
    this.position = start + text.length;
    this.close(start);
  }

  /** Writes a fixed32 field, unless it is 0. */
  fixed32Field(tag: number, value: number): void {
    if (value === 0) return;
    this.bytes[this.position++] = tag;
    this.fixed32(value);
  }

  /** Writes a varint, 0 … 4294967295. */
  varint(value: number): void {
    const { bytes } = this;
    let at = this.position;
    while (value > 127) {
      bytes[at++] = value & 127 | 128;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.position = at;
  }

  /** Writes four bytes, little-endian. */
  fixed32(value: number): void {
    const { bytes } = this;
    const at = this.position;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.position = at + 4;
  }

  /**
   * Begins a nested message, or packed values.
   *
   * @returns Where it begins, for {@link close}.
   */
  open(tag: number): number {
    this.bytes[this.position] = tag;
    this.position += 2; // a byte for the length, which is enough for most
    return this.position;
  }

  /** Ends a nested message: writes its length before it, for which a long one moves. */
  close(start: number): void {
    const length = this.position - start;
    if (length > 127) {
      const shift = varintBytes(length) - 1;
      this.bytes.copyWithin(start + shift, start, this.position);
      this.position = start - 1;
      this.varint(length);
      this.position += length;
    } else {
      this.bytes[start - 1] = length;
    }
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  while (value > 127) {
    value >>>= 7;
    bytes++;
  }
  return bytes;
}
