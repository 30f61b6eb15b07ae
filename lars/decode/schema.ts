/**
 * The messages of proto/lars.proto, by their numbers: what `lars decode` reads frames by.
 *
 * @module
 */

import protobuf from "protobufjs";

const FILE = new URL("../../proto/lars.proto", import.meta.url);

/** The messages by msgid. */
export type Schema = ReadonlyMap<number, protobuf.Type>;

/** Reads the schema. */
export function loadSchema(): Schema {
  const { root } = protobuf.parse(Deno.readTextFileSync(FILE), { keepCase: true });
  root.resolveAll();
  const messages = root.lookup("lars") as protobuf.Namespace;
  const ids = Object.entries(root.lookupEnum("lars.MessageId").values);
  // ID_X and ID_API_X are both bodies of message X.
  return new Map(ids.flatMap(([name, msgid]) => {
    const type = messages.get(name.replace(/^ID_(API_)?/, ""));
    return type instanceof protobuf.Type ? [[msgid, type]] : [];
  }));
}
