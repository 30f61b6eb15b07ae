/**
 * lars.proto as protobufjs sees it, for what works on any message: the generator of messages.gen.ts, the tests that hold
 * it against protobufjs, and `lars decode`. No thread of a service loads it.
 *
 * @module
 */

import protobuf from "protobufjs";
import descriptor from "protobufjs/google/protobuf/descriptor.json" with { type: "json" };

const FILE = new URL("lars.proto", import.meta.url);

/** What lars.proto says of a field besides its type. */
export interface FieldOptions {
  /** Whether it is an IPv4 address in host order, to be read as unsigned. */
  isAddress: boolean;
  /** What absent and 0 mean. */
  absent: number;
  /** The largest value that anybody sends; undefined where the type alone limits it. */
  max?: number;
  /** What our code calls it. */
  property: string;
}

/** The messages and enums of package lars. */
export interface Schema {
  /** In the order of the file. */
  messages: readonly protobuf.Type[];
  /** In the order of the file. */
  enums: readonly protobuf.Enum[];
  /** The messages that frames carry, by msgid. */
  byId: ReadonlyMap<number, protobuf.Type>;
}

/** Reads lars.proto, from its file unless its text is given. */
export function loadSchema(text: string = Deno.readTextFileSync(FILE)): Schema {
  const root = protobuf.Root.fromJSON(descriptor as protobuf.INamespace);
  protobuf.parse(text, root, { keepCase: true, alternateCommentMode: true });
  root.resolveAll();
  const { nestedArray } = root.lookup("lars") as protobuf.Namespace;
  const messages = nestedArray.filter((object) => object instanceof protobuf.Type);
  const enums = nestedArray.filter((object) => object instanceof protobuf.Enum);
  const byId = new Map<number, protobuf.Type>();
  for (const [name, id] of Object.entries(root.lookupEnum("lars.MessageId").values)) {
    // ID_X and ID_API_X are both the body of a message X.
    const message = messages.find((type) => type.name === name.replace(/^ID_(API_)?/, ""));
    if (message !== undefined) byId.set(id, message);
  }
  return { messages, enums, byId };
}

/** What lars.proto says of a field besides its type. */
export function optionsOf({ name, options }: protobuf.Field): FieldOptions {
  return {
    isAddress: options?.["(address)"] === true,
    absent: options?.["(absent)"] ?? 0,
    max: options?.["(max)"],
    property: options?.["(property)"] ?? name,
  };
}
