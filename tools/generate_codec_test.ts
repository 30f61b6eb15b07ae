import { assert, assertEquals } from "@std/assert";
import { generateCodec } from "./generate_codec.ts";

Deno.test("generateCodec() makes what proto/ holds; when not, run deno task proto", async () => {
  const { js, dts } = await generateCodec();
  const [heldJs, heldDts] = await Promise.all(["lars.js", "lars.d.ts"].map(readProto));
  assert(js === heldJs, "proto/lars.js is stale");
  assertEquals(dts, heldDts, "proto/lars.d.ts is stale");
});

function readProto(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`../proto/${name}`, import.meta.url));
}
