import { assertEquals } from "@std/assert";
import { BufferPool } from "../buffer/buffer_pool.ts";
import { Counters } from "../threads/counters.ts";
import { ConnectionLimit, TcpAcceptor } from "./tcp_acceptor.ts";
import { TCP_COUNTERS } from "./tcp_counter.ts";
import { RawPeer } from "../../testing/reactor/raw_peer.ts";
import { connectAndReset } from "../../testing/crowd.ts";
import { Ask, createTestHandlers } from "../../testing/reactor/tcp_handlers.ts";

Deno.test("TcpAcceptor takes who waits behind many that left before they were accepted", async () => {
  const left = 30;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (let i = 0; i < left; i++) await connectAndReset(listener.addr);
  using peer = await RawPeer.connect(listener.addr);
  const counters = new Counters(TCP_COUNTERS);
  let pauses = 0;
  const acceptor = new TcpAcceptor({
    listener,
    handlers: createTestHandlers({ thread: 0 }, { post: () => {} }),
    limit: new ConnectionLimit(1),
    counters,
    pool: new BufferPool(),
    backoff: { nextMs: () => ++pauses, reset() {} },
  });
  assertEquals((await peer.ask(Ask.Echo))?.msgid, Ask.Echo);
  assertEquals(pauses, 0, "with a pause for each it would take twenty seconds");
  assertEquals([counters.get("acceptErrors"), counters.get("accepted")], [left, 1]);
  await acceptor.stop();
});
