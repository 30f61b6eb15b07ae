/**
 * A message's body as values under the schema's own names, and what is wrong with it, byte by byte. Pure. It reads what
 * cannot be read as far as it goes: this is for debugging, and no part of the codec.
 *
 * @module
 */

import type { Field, Type } from "protobufjs";
import { formatIpv4 } from "../../proto/mod.ts";
import { optionsOf } from "../../proto/schema.ts";

/** A value as JSON shows it. */
export type Value = number | boolean | string | Value[] | { [name: string]: Value };

/** What a body holds. */
export interface DecodedBody {
  /** The fields that are there, in the order of their first appearance. */
  fields: Record<string, Value>;
  /** What is wrong with it: "byte 17: …", counted from the place that was given as the body's. */
  problems: string[];
}

const VARINT = 0, FIXED64 = 1, BYTES = 2, GROUP_START = 3, GROUP_END = 4, FIXED32 = 5;
const WIRE_TYPE_NAMES = [
  "varint",
  "8 bytes",
  "length and bytes",
  "group",
  "end of group",
  "4 bytes",
];
const MAX_VARINT_BYTES = 10;
/** Groups within groups are followed so far: nobody sends any. */
const MAX_DEPTH = 64;

/** Thrown where a body cannot be read on. */
class Unreadable extends Error {}

/**
 * Reads a body.
 *
 * @param at Where it begins, for what is said of places in it.
 */
export function decodeMessageBody(type: Type, body: Uint8Array, at = 0): DecodedBody {
  const reader = new Reader(body, at);
  const fields = {};
  try {
    reader.message(type, { fields, end: body.length });
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    reader.problems.push(error.message);
  }
  return { fields, problems: reader.problems };
}

class Reader {
  readonly problems: string[] = [];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #at: number;
  #position = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  message(type: Type, { fields, end }: { fields: Record<string, Value>; end: number }): void {
    while (this.#position < end) {
      const start = this.#position;
      const tag = Number(this.#varint(end, "a tag") & 0xffff_ffffn);
      const [number, wireType] = [tag >>> 3, tag & 7];
      if (number === 0) throw this.#unreadable(start, "a field cannot have number 0");
      const field: Field | undefined = type.fieldsById[number];
      if (field !== undefined && this.#field(field, { wireType, fields, end })) continue;
      if (field === undefined) {
        this.#note(start, `${type.name} has no field ${number}: skipped`);
      } else {
        const wanted = WIRE_TYPE_NAMES[wireTypeOf(field)];
        const found = WIRE_TYPE_NAMES[wireType] ?? `wire type ${wireType}`;
        this.#note(start, `${field.name} must be ${wanted}: it is ${found}, skipped`);
      }
      this.#skip({ wireType, number, start, end, depth: 0 });
    }
  }

  /** Reads a field when it is of its type; says whether it is. */
  #field(
    field: Field,
    { wireType, fields, end }: { wireType: number; fields: Record<string, Value>; end: number },
  ): boolean {
    const { name, repeated } = field;
    const own = wireTypeOf(field);
    if (wireType === BYTES && repeated && own !== BYTES) {
      const list = (fields[name] ??= []) as Value[];
      const packedEnd = this.#length(end, name);
      while (this.#position < packedEnd) list.push(this.#scalar(field, packedEnd));
      return true;
    }
    if (wireType !== own) return false;
    let value: Value;
    const type = field.resolvedType;
    if (type !== null && "fieldsById" in type) {
      value = {};
      // Attached first, so that what could be read of it is seen.
      put(fields, { name, repeated, value });
      const innerEnd = this.#length(end, name);
      this.message(type, { fields: value, end: innerEnd });
      return true;
    }
    value = own === BYTES ? this.#text(field, end) : this.#scalar(field, end);
    put(fields, { name, repeated, value });
    return true;
  }

  #scalar(field: Field, end: number): Value {
    const { name, type } = field;
    const { isAddress } = optionsOf(field);
    if (type === "fixed32") {
      if (end - this.#position < 4) throw this.#cut(name, 4, end);
      const value = this.#view.getUint32(this.#position, true);
      this.#position += 4;
      return isAddress ? formatIpv4(value) : value;
    }
    const value = this.#varint(end, name);
    if (type === "bool") return value !== 0n;
    if (type === "uint32") return Number(BigInt.asUintN(32, value));
    const signed = Number(BigInt.asIntN(32, value));
    return isAddress ? formatIpv4(signed) : signed;
  }

  #text({ name, type }: Field, end: number): Value {
    const start = this.#position;
    const innerEnd = this.#length(end, name);
    const bytes = this.#bytes.subarray(this.#position, innerEnd);
    this.#position = innerEnd;
    if (type === "bytes") return bytes.toHex();
    const text = new TextDecoder().decode(bytes);
    if (text.includes("\ufffd")) this.#note(start, `${name} is no UTF-8`);
    return text;
  }

  #length(end: number, name: string): number {
    const start = this.#position;
    const length = this.#varint(end, `the length of ${name}`);
    const left = end - this.#position;
    if (length <= BigInt(left)) return this.#position + Number(length);
    this.#note(start, `${name} must have ${length} bytes: ${left} are left`);
    return end; // What is there of it can be read all the same.
  }

  #varint(end: number, name: string): bigint {
    const start = this.#position;
    let value = 0n;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (this.#position >= end) throw this.#unreadable(start, `${name} ends within a varint`);
      const byte = this.#bytes[this.#position++];
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw this.#unreadable(start, `${name} is a varint of more than ${MAX_VARINT_BYTES} bytes`);
  }

  #skip(
    field: { wireType: number; number: number; start: number; end: number; depth: number },
  ): void {
    const { wireType, number, start, end, depth } = field;
    const name = `field ${number}`;
    switch (wireType) {
      case VARINT:
        this.#varint(end, name);
        break;
      case FIXED64:
      case FIXED32: {
        const bytes = wireType === FIXED64 ? 8 : 4;
        if (end - this.#position < bytes) throw this.#cut(name, bytes, end);
        this.#position += bytes;
        break;
      }
      case BYTES:
        this.#position = this.#length(end, name);
        break;
      case GROUP_START:
        if (depth === MAX_DEPTH) throw this.#unreadable(start, "groups are nested too deep");
        for (;;) {
          const inner = this.#position;
          const tag = Number(this.#varint(end, "a tag in a group") & 0xffff_ffffn);
          if ((tag & 7) === GROUP_END) {
            if (tag >>> 3 === number) return;
            throw this.#unreadable(inner, `a group ${tag >>> 3} ends within group ${number}`);
          }
          this.#skip({ wireType: tag & 7, number: tag >>> 3, start: inner, end, depth: depth + 1 });
        }
      case GROUP_END:
        throw this.#unreadable(start, `group ${number} ends without having begun`);
      default:
        throw this.#unreadable(start, `there is no wire type ${wireType}`);
    }
  }

  #note(position: number, text: string): void {
    this.problems.push(`byte ${this.#at + position}: ${text}`);
  }

  #cut(name: string, bytes: number, end: number): Unreadable {
    const left = end - this.#position;
    return this.#unreadable(this.#position, `${name} must have ${bytes} bytes: ${left} are left`);
  }

  #unreadable(position: number, text: string): Unreadable {
    return new Unreadable(`byte ${this.#at + position}: ${text}; the rest cannot be read`);
  }
}

function put(
  fields: Record<string, Value>,
  { name, repeated, value }: { name: string; repeated: boolean; value: Value },
): void {
  if (repeated) ((fields[name] ??= []) as Value[]).push(value);
  else fields[name] = value;
}

function wireTypeOf({ type }: Field): number {
  switch (type) {
    case "int32":
    case "uint32":
    case "bool":
      return VARINT;
    case "fixed32":
      return FIXED32;
    default: // string, bytes and messages
      return BYTES;
  }
}
