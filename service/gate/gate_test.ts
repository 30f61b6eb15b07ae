import { assertEquals } from "@std/assert";
import { MessageId, parseNetwork } from "../../proto/mod.ts";
import { type Connection, encodeFrame, Router, startTcpServer } from "../../reactor/mod.ts";
import { OUTER_ADDRESS } from "../../testing/outer_address.ts";
import { RawPeer } from "../../testing/reactor/raw_peer.ts";
import { until } from "../../testing/until.ts";
import { type LogRecord, setLogSink } from "../observe/logger.ts";
import { type Admission, OPEN } from "./admission.ts";
import { type GateTask, guard } from "./gate.ts";
import { greetingOf } from "./greeting.ts";

const OLD = "old-token-of-the-test";
const NEW = "new-token-of-the-test";
const ECHO = 100;

/** A guarded server that echoes, and tells how it sees the peer. */
async function serve(admission: Partial<Admission>, hostname = "127.0.0.1") {
  const logged: LogRecord[] = [];
  const before = setLogSink((record) => logged.push(record));
  const router = new Router<Connection<void>>().on(
    ECHO,
    (_body, connection) => connection.send(ECHO, Uint8Array.of(Number(connection.isAnnounced))),
  );
  const server = await startTcpServer<void, void, GateTask>({
    hostname,
    createHandlers: () => guard<void, never>({ router }, { ...OPEN, ...admission }),
  });
  return {
    logged,
    connect: (hostname = "127.0.0.1") => RawPeer.connect({ ...server.address, hostname }),
    reload: (admission: Partial<Admission>) =>
      server.post({ kind: "admit", admission: { ...OPEN, ...admission } }),
    denied: () => server.counters[0].get("denied"),
    async [Symbol.asyncDispose]() {
      await server.stop();
      setLogSink(before);
    },
  };
}

/** What the peer is answered: whether it is announced; undefined where it is hung up on. */
async function echo(peer: RawPeer): Promise<boolean | undefined> {
  const answer = await peer.ask(ECHO).catch(() => undefined);
  return answer && answer.body[0] === 1;
}

Deno.test("a gate without tokens serves peers that say nothing of themselves, and knows the others", async () => {
  await using server = await serve({});
  using old = await server.connect();
  using ours = await server.connect();
  await ours.write(greetingOf("test", []));
  assertEquals([await echo(old), await echo(ours)], [false, true]);
  assertEquals([server.denied(), server.logged], [0, []]);
});

Deno.test("a gate answers nobody without a valid token, and says so once", async () => {
  await using server = await serve({ tokens: [OLD, NEW] });
  using malformed = await server.connect();
  await malformed.send(MessageId.Hello, Uint8Array.of(0xff));
  for (
    const [peer, greeting] of [
      [await server.connect(), undefined],
      [await server.connect(), greetingOf("test", [])],
      [await server.connect(), greetingOf("test", [`${OLD}x`])],
      [malformed, undefined],
    ] as const
  ) {
    if (greeting !== undefined) await peer.write(greeting);
    assertEquals(await echo(peer), undefined);
    if (peer !== malformed) peer[Symbol.dispose]();
  }
  assertEquals(server.denied(), 4);
  assertEquals(server.logged.map(({ properties }) => properties), [
    { peer: "127.0.0.1", reason: "it showed no token that is valid here" },
  ]);
  for (const token of [OLD, NEW]) {
    using peer = await server.connect();
    await peer.write(greetingOf("test", [token]));
    assertEquals(await echo(peer), true);
  }
});

Deno.test("a gate hangs up on a peer that shows nothing for long", async () => {
  await using server = await serve({ tokens: [OLD] });
  using silent = await server.connect();
  assertEquals(await silent.ended(), 0);
  assertEquals(server.denied(), 1);
});

Deno.test("a gate has tokens replaced without hanging up on anybody, and takes one back", async () => {
  await using server = await serve({});
  using early = await server.connect(); // shows its token before one is wanted
  using late = await server.connect();
  for (const peer of [early, late]) await peer.write(greetingOf("test", [OLD]));
  assertEquals([await echo(early), await echo(late)], [true, true]);
  server.reload({ tokens: [OLD, NEW] });
  assertEquals([await echo(early), await echo(late)], [true, true]);
  await early.write(greetingOf("test", [NEW]));
  assertEquals(await echo(early), true);
  server.reload({ tokens: [NEW] });
  assertEquals(await late.ended(), 0);
  assertEquals(await echo(early), true);
  using justCame = await server.connect();
  server.reload({ tokens: [NEW, OLD] });
  await justCame.write(greetingOf("test", [NEW]));
  assertEquals(await echo(justCame), true);
  server.reload({ tokens: [NEW] });
  await early.write(greetingOf("test", [OLD])); // what it shows last counts
  assertEquals(await echo(early), undefined);
});

Deno.test({
  name: "a gate hangs up on peers from other networks, also when they become such",
  ignore: OUTER_ADDRESS === undefined,
  async fn() {
    await using server = await serve({}, "0.0.0.0");
    using peer = await server.connect(OUTER_ADDRESS);
    using local = await server.connect();
    assertEquals(await echo(peer), false);
    server.reload({ networks: [parseNetwork("240.0.0.0/4")!] });
    assertEquals(await peer.ended(), 0);
    using again = await server.connect(OUTER_ADDRESS);
    assertEquals(await again.ended(), 0);
    assertEquals(await echo(local), false);
    assertEquals(server.denied(), 2);
    assertEquals(server.logged.length, 1);
  },
});

Deno.test("a gate does not read on behind a greeting that it does not like", async () => {
  await using server = await serve({ tokens: [OLD] });
  using peer = await server.connect();
  const frames = [greetingOf("test", ["wrong-token-of-the-test"]), echoFrame(), echoFrame()];
  await peer.write(Uint8Array.from(frames.flatMap((frame) => [...frame])));
  assertEquals(await peer.ended(), 0);
  await until(() => server.denied() === 1);
});

function echoFrame(): Uint8Array {
  return encodeFrame(ECHO, new Uint8Array());
}
