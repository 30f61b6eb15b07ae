/**
 * The compiler of the protocol: `deno task proto` makes proto/messages.gen.ts from proto/lars.proto. Each message becomes a
 * class over {@link WireReader} and {@link WireWriter} that is filled, read or written, and then used again, its lists and
 * nested messages too: nothing is allocated once the longest has come.
 *
 * @module
 */

import type { Enum, Field, Type } from "protobufjs";
import { loadSchema, optionsOf } from "../proto/schema.ts";

/** What is written. */
export const GENERATED: URL = new URL("../proto/messages.gen.ts", import.meta.url);

const HEAD = `/**
 * The messages and numbers of lars.proto. Generated: deno task proto
 *
 * @module
 */

import { ReusedList } from "./wire/reused_list.ts";
import { Uint32List } from "./wire/uint32_list.ts";
import type { WireReader } from "./wire/wire_reader.ts";
import type { WireWriter } from "./wire/wire_writer.ts";
`;

/** What a scalar type is on the wire and in our code. */
interface Scalar {
  /** The wire type, of the lower three bits of a tag. */
  wireType: 0 | 2 | 5;
  /** The reader's method. */
  read: string;
  /** The writer's method that writes a field, unless it is 0. */
  writeField: string;
  /** The writer's method that writes the value alone; undefined where lists of it are unknown here. */
  write?: string;
  /** The most bytes that a value takes. */
  maxBytes: number;
  /** The value of a field that is not there. */
  zero: string;
}

const SCALARS: Readonly<Record<string, Scalar>> = {
  int32: { wireType: 0, read: "int32", writeField: "int32Field", maxBytes: 10, zero: "0" },
  uint32: {
    wireType: 0,
    read: "uint32",
    writeField: "uint32Field",
    write: "varint",
    maxBytes: 5,
    zero: "0",
  },
  bool: { wireType: 0, read: "bool", writeField: "boolField", maxBytes: 1, zero: "false" },
  fixed32: {
    wireType: 5,
    read: "fixed32",
    writeField: "fixed32Field",
    write: "fixed32",
    maxBytes: 4,
    zero: "0",
  },
  string: {
    wireType: 2,
    read: "string",
    writeField: "stringField",
    maxBytes: Infinity,
    zero: '""',
  },
};

/** A field, and what is generated for it. */
interface Part {
  /** Its declaration in the class. */
  declare: string;
  /** Empties it. */
  clear: string;
  /** Reads it: branches of an if over `tag`. */
  read: string[];
  /** Writes it. */
  write: string;
  /** The most bytes it takes with its tag; of a list, without its items; Infinity where there is no limit. */
  maxBytes: number;
  /** Of a list: the most that one of its items takes. */
  maxItemBytes?: number;
}

/**
 * Generates the text of messages.gen.ts, which `deno fmt` has not seen yet.
 *
 * @param schema The text of lars.proto.
 * @throws {TypeError} When it uses what is not known here.
 */
export function generateMessages(schema: string): string {
  const { messages, enums } = loadSchema(schema);
  return [HEAD, ...enums.map(generateEnum), ...messages.map(generateMessage)].join("\n");
}

/** ID_API_GetRouteRequest becomes ApiGetRouteRequest, RET_SYSTEM_ERROR SystemError, unless lars.proto says otherwise. */
function generateEnum({ name, comment, comments, values, valuesOptions }: Enum): string {
  const members = Object.entries(values).map(([key, value]) => {
    const words = key.split("_").slice(1).map((word) =>
      word === word.toUpperCase() ? word[0] + word.slice(1).toLowerCase() : word
    );
    const constant = valuesOptions?.[key]?.["(constant)"] ?? words.join("");
    return `${doc(`${key}: ${lowerFirst(comments[key] ?? "")}`)}${constant}: ${value},`;
  });
  return `${doc(comment)}export const ${name.replace(/^Lars/, "")} = {
    ${members.join("\n")}
  } as const;
  `;
}

function generateMessage(type: Type): string {
  const parts = type.fieldsArray.map(generateField);
  const maxBytes = parts.reduce((sum, { maxBytes }) => sum + maxBytes, 0);
  const items = type.fieldsArray.flatMap((field, i) => {
    const { maxItemBytes } = parts[i];
    return maxItemBytes === undefined ? [] : `${optionsOf(field).property}: ${maxItemBytes}`;
  });
  const lists = items.length === 0
    ? ""
    : `${
      doc("The most that one item of each list takes besides; lists within it not counted.")
    }static readonly MAX_ITEM_BYTES = { ${items.join(", ")} } as const;\n`;
  const size = maxBytes === Infinity
    ? ""
    : `${
      doc(`The most bytes that it takes${items.length > 0 ? ", items of lists not counted" : ""}.`)
    }static readonly MAX_BYTES = ${maxBytes};\n`;
  return `${doc(type.comment)}export class ${type.name} {
    ${size}${lists}
    ${parts.map(({ declare }) => declare).join("\n")}

    /** Empties it. */
    clear(): void {
      ${parts.map(({ clear }) => clear).join("\n")}
    }

    /** Reads it anew; throws a RangeError where the bytes are no such message, and is half filled then. */
    read(reader: WireReader): void {
      this.clear();
      this.merge(reader);
    }

    /** Reads on: what is there replaces what was, lists become longer. */
    merge(reader: WireReader): void {
      while (reader.hasMore) {
        const tag = reader.tag();
        ${parts.flatMap(({ read }) => read).join(" else ")} else reader.skip(tag);
      }
    }

    /** Writes it. */
    write(writer: WireWriter): void {
      ${parts.map(({ write }) => write).join("\n")}
    }
  }
  `;
}

function generateField(field: Field): Part {
  if (field.id > 15) throw unsupported(field, "its number must be 15 or below");
  const scalar = SCALARS[field.type];
  if (scalar === undefined) {
    const type = field.resolvedType;
    if (type === null || !("fieldsArray" in type)) throw unsupported(field, "its type is unknown");
    return field.repeated ? messageList(field, type) : nestedMessage(field, type);
  }
  return field.repeated ? scalarList(field, scalar) : scalarField(field, scalar);
}

function scalarField(field: Field, scalar: Scalar): Part {
  const { property, isAddress, absent } = optionsOf(field);
  const { writeField } = scalar;
  const it = `this.${property}`;
  const read = `reader.${isAddress && scalar.read === "int32" ? "uint32" : scalar.read}()`;
  const value = isAddress && field.type === "int32" ? `${it} | 0` : it;
  const zero = absent === 0 ? scalar.zero : String(absent);
  const tag = hex(tagOf(field, scalar.wireType));
  const write = `writer.${writeField}(${tag}, ${
    absent === 0 ? value : `${value} === ${absent} ? 0 : ${value}`
  });`;
  return {
    declare: `${doc(`${field.comment ?? ""}${remark(field)}`)}${property} = ${zero};`,
    clear: `${it} = ${zero};`,
    read: [`if (tag === ${tag}) ${it} = ${read}${absent === 0 ? "" : ` || ${absent}`};`],
    write,
    maxBytes: 1 + maxBytesOf(field, scalar),
  };
}

function scalarList(field: Field, scalar: Scalar): Part {
  if (scalar.write === undefined) throw unsupported(field, "lists of its type are not known here");
  const { property } = optionsOf(field);
  const it = `this.${property}`;
  const packed = hex(tagOf(field, 2));
  return {
    declare: `${
      doc(`${field.comment ?? ""}${remark(field)}`)
    }readonly ${property}: Uint32List = new Uint32List();`,
    clear: `${it}.clear();`,
    read: [
      `if (tag === ${packed}) {
        const end = reader.enter();
        while (reader.hasMore) ${it}.push(reader.${scalar.read}());
        reader.leave(end);
      }`,
      `if (tag === ${hex(tagOf(field, scalar.wireType))}) ${it}.push(reader.${scalar.read}());`,
    ],
    write: `if (${it}.length > 0) {
        const start = writer.open(${packed});
        for (let i = 0; i < ${it}.length; i++) writer.${scalar.write}(${it}.at(i));
        writer.close(start);
      }`,
    maxBytes: TAG_AND_LENGTH_BYTES,
    maxItemBytes: maxBytesOf(field, scalar),
  };
}

function nestedMessage(field: Field, type: Type): Part {
  const { property } = optionsOf(field);
  const has = `has${property[0].toUpperCase()}${property.slice(1)}`;
  return {
    declare: `${doc(field.comment)}readonly ${property}: ${type.name} = new ${type.name}();
    ${doc(`Whether it has ${property}.`)}${has} = false;`,
    clear: `this.${property}.clear();\nthis.${has} = false;`,
    read: [`if (tag === ${hex(tagOf(field, 2))}) {
        const end = reader.enter();
        this.${property}.merge(reader);
        reader.leave(end);
        this.${has} = true;
      }`],
    write: `if (this.${has}) {
        const start = writer.open(${hex(tagOf(field, 2))});
        this.${property}.write(writer);
        writer.close(start);
      }`,
    maxBytes: nestedMaxBytes(type),
  };
}

function messageList(field: Field, type: Type): Part {
  const { property } = optionsOf(field);
  const it = `this.${property}`;
  return {
    declare: `${doc(field.comment)}readonly ${property}: ReusedList<${type.name}> = new ReusedList(
      () => new ${type.name}(),
    );`,
    clear: `${it}.clear();`,
    read: [`if (tag === ${hex(tagOf(field, 2))}) {
        const end = reader.enter();
        ${it}.add().read(reader);
        reader.leave(end);
      }`],
    write: `for (let i = 0; i < ${it}.length; i++) {
        const start = writer.open(${hex(tagOf(field, 2))});
        ${it}.at(i).write(writer);
        writer.close(start);
      }`,
    maxBytes: 0,
    maxItemBytes: nestedMaxBytes(type),
  };
}

/** The most that a message takes in another, with its tag and length. */
function nestedMaxBytes({ fieldsArray }: Type): number {
  const body = fieldsArray.reduce((sum, field) => sum + generateField(field).maxBytes, 0);
  const hasLists = fieldsArray.some(({ repeated }) => repeated);
  return body + (body < 128 && !hasLists ? 2 : TAG_AND_LENGTH_BYTES);
}

/** A tag, and the length of what fits a frame. */
const TAG_AND_LENGTH_BYTES = 4;

function maxBytesOf(field: Field, { maxBytes }: Scalar): number {
  const { max } = optionsOf(field);
  if (max === undefined) return maxBytes;
  let bytes = 1;
  for (let rest = max; rest > 127; rest >>>= 7) bytes++;
  return bytes;
}

function tagOf({ id }: Field, wireType: number): number {
  return id << 3 | wireType;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

function remark(field: Field): string {
  const { isAddress, absent, max } = optionsOf(field);
  return [
    isAddress ? " IPv4, in host order, unsigned." : "",
    absent === 0 ? "" : ` Absent and 0 are ${absent}.`,
    max === undefined ? "" : ` ${max} at most.`,
  ].join("");
}

function doc(comment: string | null): string {
  return `/** ${(comment ?? "").replaceAll("\n", " ")} */\n`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function unsupported({ fullName, type }: Field, why: string): TypeError {
  return new TypeError(`Cannot generate ${fullName} of type ${type} as ${why}`);
}

if (import.meta.main) {
  const schema = await Deno.readTextFile(new URL("../proto/lars.proto", import.meta.url));
  await Deno.writeTextFile(GENERATED, generateMessages(schema));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", GENERATED.pathname] }).spawn()
    .status;
}
