import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Field, Type } from "protobufjs";
import * as generated from "./messages.gen.ts";
import { ReusedList } from "./wire/reused_list.ts";
import wire from "../tests/vectors/wire.json" with { type: "json" };
import { parseIpv4 } from "./ipv4.ts";
import { loadSchema, optionsOf } from "./schema.ts";
import type { Uint32List } from "./wire/uint32_list.ts";
import { WireReader } from "./wire/wire_reader.ts";
import { WireWriter } from "./wire/wire_writer.ts";

// protobufjs' own reflection is the measure: each message must accept, refuse, read and write what it does. One loop over
// the schema, so that a message that is added to it is tested without another line.

const SEED = 20_260_101;
/** Bytes before and behind a message, which must not matter. */
const HEADROOM = 8;

/** A generated message, as one loop sees all of them. */
interface Message {
  clear(): void;
  read(reader: WireReader): void;
  write(writer: WireWriter): void;
  [property: string]: unknown;
}

/** What a message says under the schema's names, every field in it, as protobufjs decodes it. */
type Plain = { [name: string]: unknown };

const { messages: types, byId } = loadSchema();
const classes = generated as unknown as Record<string, new () => Message>;

/** What the message says. */
function plainOf(type: Type, message: Message): Plain {
  return Object.fromEntries(type.fieldsArray.map((field) => {
    const { property, isAddress } = optionsOf(field);
    const value = message[property];
    const inner = field.resolvedType as Type | null;
    if (value instanceof ReusedList) {
      return [field.name, itemsOf(value).map((item) => plainOf(inner!, item))];
    }
    if (field.repeated) return [field.name, itemsOf(value as Uint32List)];
    if (inner !== null) {
      const has = message[`has${property[0].toUpperCase()}${property.slice(1)}`];
      return [field.name, has ? plainOf(inner, value as Message) : null];
    }
    return [field.name, isAddress && field.type === "int32" ? (value as number) | 0 : value];
  }));
}

/** Makes the message say it. */
function fill(type: Type, message: Message, plain: Plain): void {
  message.clear();
  for (const field of type.fieldsArray) {
    const { property, isAddress } = optionsOf(field);
    const value = plain[field.name];
    const inner = field.resolvedType as Type | null;
    if (inner !== null && field.repeated) {
      const list = message[property] as ReusedList<Message>;
      for (const item of value as Plain[]) fill(inner, list.add(), item);
    } else if (field.repeated) {
      for (const item of value as number[]) (message[property] as Uint32List).push(item);
    } else if (inner !== null) {
      message[`has${property[0].toUpperCase()}${property.slice(1)}`] = value !== null;
      if (value !== null) fill(inner, message[property] as Message, value as Plain);
    } else {
      message[property] = isAddress ? (value as number) >>> 0 : value;
    }
  }
}

/** What protobufjs decoded, with what absent means filled in. */
function normalize(type: Type, decoded: Plain): Plain {
  return Object.fromEntries(type.fieldsArray.map((field) => {
    const value = decoded[field.name];
    const inner = field.resolvedType as Type | null;
    if (inner !== null && field.repeated) {
      return [field.name, (value as Plain[]).map((item) => normalize(inner, item))];
    }
    if (inner !== null) return [field.name, value && normalize(inner, value as Plain)];
    return [field.name, value || (field.repeated ? [] : optionsOf(field).absent || value)];
  }));
}

function itemsOf<Item>(list: { length: number; at(index: number): Item }): Item[] {
  return Array.from({ length: list.length }, (_, i) => list.at(i));
}

const uint32 = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 16383, 16384, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.nat(0xffff_ffff),
);

function anyOf(field: Field): fc.Arbitrary<unknown> {
  const { absent } = optionsOf(field);
  const one = (): fc.Arbitrary<unknown> => {
    switch (field.type) {
      case "int32":
        return uint32.map((value) => value | 0);
      case "uint32":
      case "fixed32":
        // What absent means is written as absent; 0 cannot be said.
        return absent === 0 ? uint32 : uint32.filter((value) => value !== absent && value !== 0);
      case "bool":
        return fc.boolean();
      case "string":
        return fc.string({ unit: "grapheme", maxLength: 200 });
      default:
        return anyPlain(field.resolvedType as Type);
    }
  };
  if (field.repeated) return fc.array(one(), { maxLength: 70 });
  return field.resolvedType === null ? one() : fc.option(one());
}

function anyPlain(type: Type): fc.Arbitrary<Plain> {
  return record(Object.fromEntries(type.fieldsArray.map((field) => [field.name, anyOf(field)])));
}

/** A message's generated class beside protobufjs. */
class Pair {
  readonly #type: Type;
  readonly #message: Message;
  readonly #reader = new WireReader();
  readonly #writer = new WireWriter();
  readonly #buffer = new Uint8Array(0x10_0000);

  constructor(type: Type) {
    this.#type = type;
    this.#message = new classes[type.name]();
  }

  /** Writes what protobufjs writes, and reads it back. */
  checkValue(plain: Plain): void {
    const body = Uint8Array.from(this.#type.encode(this.#type.fromObject(plain)).finish());
    assertEquals(this.encode(plain).toHex(), body.toHex());
    assertEquals(this.decode(body), plain);
  }

  /** The bytes of a message that says this. */
  encode(plain: Plain): Uint8Array {
    fill(this.#type, this.#message, plain);
    this.#message.write(this.#writer.reset(this.#buffer, { start: HEADROOM }));
    return this.#buffer.slice(HEADROOM, this.#writer.finish());
  }

  /** What a body says. */
  decode(body: Uint8Array): Plain {
    this.#read(body);
    return plainOf(this.#type, this.#message);
  }

  /** Accepts or refuses what protobufjs does, and understands the same. */
  checkBody(body: Uint8Array): void {
    let decoded: Plain;
    try {
      decoded = this.#type.toObject(this.#type.decode(body), { defaults: true });
    } catch {
      assertInstanceOf(assertThrows(() => this.#read(body)), RangeError);
      return;
    }
    assertEquals(this.decode(body), normalize(this.#type, decoded));
  }

  #read(body: Uint8Array): void {
    this.#buffer.fill(0x7f, 0, body.length + 2 * HEADROOM);
    this.#buffer.set(body, HEADROOM);
    const end = HEADROOM + body.length;
    this.#message.read(this.#reader.reset(this.#buffer, { start: HEADROOM, end }));
  }
}

/** Bytes that look like a message, most of them of no one in particular. */
const wireLike = fc.tuple(
  fc.array(wireField(3), { maxLength: 8 }).map((fields) => fields.flat()),
  fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { maxLength: 2 }),
).map(([bytes, damages]) => Uint8Array.from(damages.reduce(damage, bytes)));

/** What a vector, or the documentation, says of a message: addresses dotted, defaults left out or not. */
function plainOfFields(type: Type, fields: Plain): Plain {
  const numbers = JSON.parse(
    JSON.stringify(fields),
    (name, value) => name === "ip" || name === "caller" ? addressesOf(value) : value,
  );
  return normalize(type, type.toObject(type.fromObject(numbers), { defaults: true }));
}

function addressesOf(value: string | string[]): unknown {
  return Array.isArray(value) ? value.map(parseIpv4) : parseIpv4(value);
}

const vectors = wire.vectors.map(({ msgid, fields, body, frame }) => {
  const type = byId.get(msgid)!;
  return { msgid, type, plain: plainOfFields(type, fields), body: Uint8Array.fromHex(body), frame };
});

Deno.test("every vector is read, and written, byte by byte", () => {
  for (const { type, plain, body } of vectors) {
    const pair = new Pair(type);
    assertEquals(pair.decode(body), plain);
    assertEquals(pair.encode(plain).toHex(), body.toHex());
  }
});

Deno.test("every vector is borne cut at every length, with any byte changed, among unknown fields", () => {
  // A varint, a fixed64, a length-delimited, a group and a fixed32 field, numbered 100 and up.
  const unknown = Uint8Array.fromHex("a00601a906ffffffffffffffffb20603616263bb06bc06c506ffffffff");
  for (const { type, plain, body } of vectors) {
    const pair = new Pair(type);
    for (let length = 0; length < body.length; length++) pair.checkBody(body.subarray(0, length));
    for (let i = 0; i < body.length; i++) {
      for (let mask = 1; mask < 256; mask++) {
        pair.checkBody(body.map((byte, at) => at === i ? byte ^ mask : byte));
      }
    }
    assertEquals(pair.decode(Uint8Array.of(...unknown, ...body, ...unknown)), plain);
  }
});

const DOC = new URL("../docs/protocol.md", import.meta.url);

Deno.test("docs/protocol.md shows a frame of every message as it is", () => {
  const example = /^([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]+)\n {2}(\w+) (\{.*\})$/gm;
  const msgids = [];
  for (
    const [, msgid, msglen, hex, name, fields] of Deno.readTextFileSync(DOC).matchAll(example)
  ) {
    const type = byId.get(readInt32(msgid))!;
    assertEquals([name, readInt32(msglen)], [type.name, hex.length / 2]);
    assertEquals(new Pair(type).encode(plainOfFields(type, JSON.parse(fields))).toHex(), hex);
    msgids.push(readInt32(msgid));
  }
  assertEquals(msgids, [...byId.keys()]);
});

function readInt32(hex: string): number {
  return new DataView(Uint8Array.fromHex(hex).buffer).getInt32(0, true);
}

Deno.test("every message of the schema has a class", () => {
  for (const { name } of types) assert(name in classes, name);
});

for (const type of types) {
  Deno.test(`${type.name} is read as protobufjs writes it, and written so`, () => {
    const pair = new Pair(type);
    const property = fc.property(anyPlain(type), (plain) => pair.checkValue(plain));
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });

  Deno.test(`${type.name} is accepted, refused and understood as protobufjs does`, () => {
    const pair = new Pair(type);
    fc.assert(fc.property(wireLike, (body) => pair.checkBody(body)), {
      seed: SEED,
      numRuns: 5_000,
    });
  });
}

Deno.test("messages refuse the depth of groups that protobufjs does", () => {
  const nest = (depth: number, inner: number[] = []) => [
    ...new Array(depth).fill(0x3b), // groups of number 7 within each other
    ...inner,
    ...new Array(depth).fill(0x3c),
  ];
  const within = (tag: number, body: number[]) => [tag, ...varint(BigInt(body.length)), ...body];
  for (const type of types) {
    const pair = new Pair(type);
    for (const depth of [98, 99, 100, 101, 102, 103]) {
      for (const inner of [[], [0x38, 0x01]]) {
        const groups = nest(depth, inner);
        const bodies = [
          groups,
          ...[0x0a, 0x12, 0x1a, 0x22, 0x2a].map((tag) => within(tag, groups)),
        ];
        bodies.push(within(0x0a, within(0x1a, groups)));
        for (const body of bodies) {
          pair.checkBody(Uint8Array.from(body));
          // Behind a nested message the depth is the outer one's again.
          pair.checkBody(Uint8Array.from([...within(0x0a, []), ...body]));
        }
      }
    }
  }
});

Deno.test("WireWriter.finish() throws when the message did not fit", () => {
  const writer = new WireWriter().reset(new Uint8Array(3));
  writer.uint32Field(0x08, 300);
  assertEquals(writer.finish(), 3);
  writer.uint32Field(0x08, 1);
  assertThrows(() => writer.finish(), RangeError, "must fit 3 bytes: it takes 5");
  writer.reset(new Uint8Array(3));
  writer.stringField(0x0a, "äöü");
  assertThrows(() => writer.finish(), RangeError, "must fit 3 bytes");
});

/** A record with the prototype that written objects have. */
function record<Fields extends object>(
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
): fc.Arbitrary<Fields> {
  return fc.record<Fields>(fields, { noNullPrototype: true, requiredKeys: undefined });
}

function wireField(depth: number): fc.Arbitrary<number[]> {
  const number = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 15, 16, 2047, 2 ** 28, 2 ** 29 - 1) },
  );
  const anyVarint = fc.oneof(
    uint32.map((value) => varint(BigInt(value))),
    fc.bigInt(0n, 2n ** 70n).map(varint),
    fc.tuple(fc.nat(127), fc.integer({ min: 0, max: 11 })).map(overlongVarint),
  );
  const fixed = (length: number) => fc.array(fc.nat(255), { minLength: length, maxLength: length });
  const nested = depth === 0
    ? fc.constant([] as number[])
    : fc.array(wireField(depth - 1), { maxLength: 5 }).map((fields) => fields.flat());
  const packed = fc.oneof(
    fc.array(anyVarint, { maxLength: 5 }).map((all) => all.flat()),
    fc.array(fixed(4), { maxLength: 5 }).map((all) => all.flat()),
  );
  const value = fc.oneof(
    record({ type: fc.constant(0), bytes: anyVarint }),
    record({ type: fc.constant(1), bytes: fixed(8) }),
    record({
      type: fc.constant(2),
      bytes: fc.oneof(nested, nested, packed).map((b) => [...varint(BigInt(b.length)), ...b]),
    }),
    record({ type: fc.constant(3), bytes: nested }),
    record({ type: fc.constant(5), bytes: fixed(4) }),
  );
  return fc.tuple(number, value).map(([number, { type, bytes }]) => {
    const tag = BigInt(number) << 3n;
    const end = type === 3 ? varint(tag | 4n) : [];
    return [...varint(tag | BigInt(type)), ...bytes, ...end];
  });
}

/** Changes a byte, takes one out, or cuts all behind it off. */
function damage(bytes: number[], [at, value, kind]: [number, number, number]): number[] {
  const index = at % (bytes.length + 1);
  if (kind === 0) return bytes.toSpliced(index, 1, value);
  if (kind === 1) return bytes.toSpliced(index, 1);
  return bytes.slice(0, index);
}

function varint(value: bigint): number[] {
  const bytes = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return [...bytes, Number(value)];
}

function overlongVarint([last, length]: [number, number]): number[] {
  return [...new Array(length).fill(0x80), last];
}
