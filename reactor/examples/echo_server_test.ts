import { assertEquals } from "@std/assert";
import { Program } from "../../testing/process.ts";
import { RawPeer } from "../../testing/reactor/raw_peer.ts";

Deno.test("the echo server of the examples echoes", async () => {
  const script = new URL("./echo_server.ts", import.meta.url).pathname;
  await using server = new Program(["run", "--allow-net=127.0.0.1", script, "0"]);
  const [, port] = /^Echoing on 127\.0\.0\.1:(\d+)$/.exec(await server.stdout.next())!;
  using peer = await RawPeer.connect({ hostname: "127.0.0.1", port: Number(port) });
  for (const bytes of [0, 5, 65527]) {
    const body = new Uint8Array(bytes).fill(bytes);
    assertEquals(await peer.ask(1, body), { msgid: 1, body });
  }
});
