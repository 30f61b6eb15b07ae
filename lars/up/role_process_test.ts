import { assertEquals } from "@std/assert";
import { parseReady, readLines } from "./role_process.ts";

Deno.test("parseReady() finds the addresses in a ready line, and nothing in others", () => {
  const ready = '{"level":"info","message":"ready","listen":"127.0.0.1:1","admin":"127.0.0.1:2"}';
  assertEquals(parseReady(ready), { listen: "127.0.0.1:1", admin: "127.0.0.1:2" });
  for (const line of ["", "ready", '{"message":"stopped"}', '{"message":"ready"', "[1]"]) {
    assertEquals(parseReady(line), undefined);
  }
});

Deno.test("readLines() gives whole lines however the bytes are cut", async () => {
  const bytes = new TextEncoder().encode("eins\n\nzwö\ndrei");
  for (let cut = 0; cut <= bytes.length; cut++) {
    const stream = ReadableStream.from([bytes.subarray(0, cut), bytes.subarray(cut)]);
    assertEquals(await Array.fromAsync(readLines(stream)), ["eins", "", "zwö", "drei"]);
  }
});
