import { assertEquals, assertThrows } from "@std/assert";
import { GENERATED, generateMessages } from "./generate_messages.ts";

const HEAD = `syntax = "proto3"; package lars;
  import "google/protobuf/descriptor.proto";
  extend google.protobuf.FieldOptions {
    bool address = 50000; uint32 absent = 50001; uint32 max = 50002; string property = 50003;
  }
  enum MessageId { ID_UNKNOW = 0; }`;

Deno.test("proto/messages.gen.ts is what lars.proto makes (else: deno task proto)", async () => {
  const schema = await Deno.readTextFile(new URL("../proto/lars.proto", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=ts", "-"],
    cwd: new URL("../", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await new Blob([generateMessages(schema)]).stream().pipeTo(child.stdin);
  const { stdout } = await child.output();
  assertEquals(new TextDecoder().decode(stdout), await Deno.readTextFile(GENERATED));
});

Deno.test("generateMessages() refuses what it does not know", () => {
  for (
    const [field, message] of [
      ["int64 a = 1;", "Cannot generate .lars.M.a of type int64 as its type is unknown"],
      ["int32 a = 16;", "its number must be 15 or below"],
      ["repeated bool a = 1;", "lists of its type are not known here"],
    ]
  ) {
    assertThrows(() => generateMessages(`${HEAD} message M { ${field} }`), TypeError, message);
  }
});
