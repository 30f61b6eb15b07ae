import { assertEquals } from "@std/assert";
import { TcpProxy } from "./tcp_proxy.ts";

/** Says back what it hears, on a free port, until it is closed. */
class Echo implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly port = this.#listener.addr.port;
  readonly #serving = this.#serve();

  async #serve(): Promise<void> {
    const serving: Promise<void>[] = [];
    try {
      for await (const tcp of this.#listener) {
        serving.push(tcp.readable.pipeTo(tcp.writable).catch(() => {}));
      }
    } catch {
      // The listener was closed.
    }
    await Promise.all(serving);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }
}

/** What comes next, or undefined at the end. */
async function readByte(tcp: Deno.TcpConn): Promise<number | undefined> {
  const buffer = new Uint8Array(1);
  try {
    return await tcp.read(buffer) === null ? undefined : buffer[0];
  } catch {
    return undefined; // a reset is an end as well
  }
}

Deno.test("TcpProxy passes on, is silent and then passes on what was held, and cuts", async () => {
  await using echo = new Echo();
  await using proxy = new TcpProxy(echo.port);
  using tcp = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  await tcp.write(Uint8Array.of(1));
  assertEquals(await readByte(tcp), 1);

  proxy.setMode("silence");
  await tcp.write(Uint8Array.of(2));
  const held = readByte(tcp);
  using other = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  await other.write(Uint8Array.of(3));
  proxy.setMode("delay");
  assertEquals([await held, await readByte(other)], [2, 3]);

  proxy.setMode("cut");
  assertEquals([await readByte(tcp), await readByte(other)], [undefined, undefined]);
  using refused = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  assertEquals(await readByte(refused), undefined);

  proxy.setMode("pass");
  using again = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  await again.write(Uint8Array.of(4));
  assertEquals(await readByte(again), 4);
});

Deno.test("TcpProxy closes a connection where nobody listens behind it", async () => {
  const port = await (async () => {
    await using echo = new Echo();
    return echo.port;
  })();
  await using proxy = new TcpProxy(port);
  using tcp = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  assertEquals(await readByte(tcp), undefined);
});
