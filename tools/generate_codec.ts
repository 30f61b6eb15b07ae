/**
 * Makes proto/lars.js and proto/lars.d.ts from proto/lars.proto: `deno task proto`. The code is protobufjs-cli's. Its
 * declarations take Node to make and `require` to read, so the few that the tests need are written here, from the
 * same definitions.
 *
 * @module
 */

import protobuf from "protobufjs";
import cli from "protobufjs-cli";

/** The generated files, as text. */
export interface GeneratedCodec {
  /** The code. */
  js: string;
  /** Its declarations. */
  dts: string;
}

const PROTO_DIR = new URL("../proto/", import.meta.url);

const DTS_HEAD = `// Generated from lars.proto: deno task proto

/** A message to encode: what is absent stays off the wire. */
type Sparse<Message> = Message extends object
  ? { [Field in keyof Message]?: Sparse<Message[Field]> }
  : Message;

interface Codec<Message> {
  encode(message: Sparse<Message>): { finish(): Uint8Array };
  /** Fields that are not on the wire have proto3's defaults. Throws on a body that does not parse. */
  decode(body: Uint8Array): Message;
}
`;

/** Generates the codec from proto/lars.proto. The same definitions give the same text. */
export async function generateCodec(): Promise<GeneratedCodec> {
  const protoUrl = new URL("lars.proto", PROTO_DIR);
  const { root } = protobuf.parse(await Deno.readTextFile(protoUrl), { keepCase: true });
  const code = await runPbjs(protoUrl.pathname);
  return {
    js: `// @ts-self-types="./lars.d.ts"\n// Generated from lars.proto: deno task proto\n${code}`,
    dts: `${DTS_HEAD}\n${root.resolveAll().nestedArray.map(declareNamespace).join("\n")}`,
  };
}

function runPbjs(protoPath: string): Promise<string> {
  const flags = "--target static-module --wrap es6 --es6 --keep-case --force-number --no-create " +
    "--no-verify --no-convert --no-delimited --no-service --no-typeurl --no-comments";
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  cli.pbjs.main([...flags.split(" "), protoPath], (error, output) => {
    if (output === undefined) reject(error);
    else resolve(output);
  });
  return promise;
}

function declareNamespace(namespace: protobuf.ReflectionObject): string {
  if (!(namespace instanceof protobuf.Namespace)) throw unsupported(namespace);
  const members = namespace.nestedArray.map((object) => {
    if (object instanceof protobuf.Type) return declareMessage(object);
    if (object instanceof protobuf.Enum) return declareEnum(object);
    throw unsupported(object);
  });
  return `export namespace ${namespace.name} {\n${members.join("\n")}}\n`;
}

function declareMessage({ name, fieldsArray }: protobuf.Type): string {
  const fields = fieldsArray.map((field) => `    ${field.name}: ${typeOf(field)};\n`).join("");
  return `  interface ${name} {\n${fields}  }\n  const ${name}: Codec<${name}>;\n`;
}

function declareEnum({ name, values }: protobuf.Enum): string {
  const members = Object.entries(values).map(([key, value]) => `    ${key} = ${value},\n`);
  return `  enum ${name} {\n${members.join("")}  }\n`;
}

function typeOf(field: protobuf.Field): string {
  const isMessage = field.resolvedType instanceof protobuf.Type;
  const type = isMessage ? field.type : scalarType(field);
  if (field.repeated) return `${type}[]`;
  return isMessage ? `${type} | null` : type;
}

function scalarType(field: protobuf.Field): string {
  switch (field.type) {
    case "int32":
    case "uint32":
    case "fixed32":
      return "number";
    case "bool":
      return "boolean";
    case "string":
      return "string";
    default:
      throw unsupported(field);
  }
}

function unsupported(object: protobuf.ReflectionObject): Error {
  return new TypeError(`Cannot declare ${object.fullName}: its kind is not known here`);
}

if (import.meta.main) {
  const { js, dts } = await generateCodec();
  await Deno.writeTextFile(new URL("lars.js", PROTO_DIR), js);
  await Deno.writeTextFile(new URL("lars.d.ts", PROTO_DIR), dts);
}
