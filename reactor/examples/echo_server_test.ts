import { assertEquals, assertExists } from "@std/assert";
import { RawPeer } from "../../testing/reactor/raw_peer.ts";

Deno.test("the echo server of the examples echoes", async () => {
  const script = new URL("./echo_server.ts", import.meta.url).pathname;
  await using server = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net=127.0.0.1", script, "0"],
    stdout: "piped",
  }).spawn();
  const port = await readPort(server.stdout);
  {
    using peer = await RawPeer.connect({ hostname: "127.0.0.1", port });
    for (const bytes of [0, 5, 65527]) {
      const body = new Uint8Array(bytes).fill(bytes);
      assertEquals(await peer.ask(1, body), { msgid: 1, body });
    }
  }
  server.kill();
});

async function readPort(stdout: ReadableStream<Uint8Array>): Promise<number> {
  let text = "";
  for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  const port = text.match(/^Echoing on 127\.0\.0\.1:(\d+)\n/)?.[1];
  assertExists(port);
  return Number(port);
}
