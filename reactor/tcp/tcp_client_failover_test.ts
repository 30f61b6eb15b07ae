/**
 * Which of several servers a client speaks to, as they fail in all the ways that servers have. On virtual time; what sockets
 * do is in tcp_client_test.ts.
 */

import { assert, assertEquals } from "@std/assert";
import { connectAmong, MemoryServer, type MemorySocket } from "../../testing/memory_network.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import type { Connection } from "./connection.ts";
import { encodeFrame } from "../frame/frame.ts";
import { Router } from "../frame/router.ts";
import { TcpClient, type TcpClientOptions } from "./tcp_client.ts";

const [QUESTION, ANSWER] = [1, 2];
const ANSWER_FRAME = encodeFrame(ANSWER, new Uint8Array());

/** A client of the servers a, b and c that asks a question on every connection, and again when it is answered and quiet. */
class Subject {
  readonly clock = new VirtualClock();
  readonly servers = ["a", "b", "c"].map((hostname, i) =>
    new MemoryServer({ hostname, port: i + 1 })
  );
  /** What has happened since it was last asked: "open a", "answer a", "fail a: why", "close". */
  readonly #events: string[] = [];
  #awaitingSinceMs?: number;
  readonly client: TcpClient;

  constructor(options: Partial<TcpClientOptions> = {}) {
    this.client = new TcpClient({
      endpoints: this.servers.map(({ endpoint }) => endpoint),
      connect: connectAmong(this.servers),
      clock: this.clock,
      backoff: { firstMs: 100, maxMs: 1600, random: () => 1 },
      router: new Router<Connection<void>>().on(ANSWER, () => this.#awaitingSinceMs = undefined),
      onOpen: ({ remote }) => {
        this.#events.push(`open ${remote.hostname}`);
        this.ask();
      },
      onClose: () => this.#events.push("close"),
      onAnswer: ({ hostname }) => this.#events.push(`answer ${hostname}`),
      onError: (error, { hostname }) =>
        this.#events.push(`fail ${hostname}: ${(error as Error).message}`),
      awaitingSinceMs: () => this.#awaitingSinceMs,
      onQuiet: () => this.ask(),
      ...options,
    });
  }

  ask(): void {
    this.client.send(QUESTION, new Uint8Array());
    this.#awaitingSinceMs ??= this.clock.nowMs();
  }

  /** Has servers answer whatever comes, for ever, a while after it was asked. */
  serve(names: string, { afterMs = 0 } = {}): void {
    for (const server of this.#named(names)) {
      server.onAccept = (socket) =>
        void this.clock.every(10, () => {
          if (socket.readFrames().length === 0) return;
          this.clock.after(afterMs, () => void socket.write(ANSWER_FRAME).catch(() => {}));
        });
    }
  }

  /** Has servers do something with every connection. */
  each(names: string, onAccept: (socket: MemorySocket) => void): void {
    for (const server of this.#named(names)) server.onAccept = onAccept;
  }

  /** Has servers not be there. */
  refuse(names: string): void {
    for (const server of this.#named(names)) server.isThere = false;
  }

  /** Ends all connections to servers. */
  restart(names: string): void {
    for (const { accepted } of this.#named(names)) for (const socket of accepted) socket.close();
  }

  #named(names: string): MemoryServer[] {
    return this.servers.filter(({ endpoint }) => names.includes(endpoint.hostname));
  }

  /** Lets time pass, begins to connect at first, and tells what happened. */
  async after(ms: number): Promise<string[]> {
    this.client.start();
    await this.clock.advance(ms);
    return this.#events.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.client.stop();
    this.restart("abc");
    await stopped;
  }
}

const HANGS_UP = "The connection ended before it answered";
const SILENT = "It has not answered for 1000 ms";

Deno.test("TcpClient goes on to the next server at once when one refuses, or hangs up before it answers", async () => {
  await using subject = new Subject();
  subject.refuse("a");
  subject.each("b", (socket) => socket.close());
  subject.serve("c");
  assertEquals(await subject.after(20), [
    "fail a: nobody is there",
    "open b",
    `fail b: ${HANGS_UP}`,
    "close",
    "open c",
    "answer c",
  ]);
  assertEquals(subject.client.counters.get("failures"), 2);
  assertEquals(subject.client.counters.get("endpoint"), 3);
});

Deno.test("TcpClient hammers no server that hangs up, be it the only one", async () => {
  for (const count of [1, 3]) {
    await using subject = new Subject();
    subject.refuse("abc".slice(count));
    subject.each("abc", (socket) => socket.close());
    await subject.after(10_000);
    // 100, 200, 400 and 800 ms of waiting, and then 1600 ms each time.
    for (const { attempts } of subject.servers) assert(attempts <= 10, `${attempts} attempts`);
  }
});

Deno.test("TcpClient leaves a server that says nothing, nothing whole or nothing of use for one that answers", async () => {
  const silences: Record<string, (subject: Subject) => (socket: MemorySocket) => void> = {
    nothing: () => () => {},
    drops: ({ clock }) => (socket) => {
      const frame = encodeFrame(ANSWER, new Uint8Array(1000));
      let at = 0;
      clock.every(100, () => void socket.write(frame.slice(at, ++at)).catch(() => {}));
    },
    rubbish: ({ clock }) => (socket) => {
      const frame = encodeFrame(99, new Uint8Array(3));
      clock.every(100, () => void socket.write(frame).catch(() => {}));
    },
  };
  for (const [what, silence] of Object.entries(silences)) {
    await using subject = new Subject();
    subject.each("a", silence(subject));
    subject.serve("bc");
    assertEquals(await subject.after(900), ["open a"], what);
    assertEquals(await subject.after(400), [
      `fail a: ${SILENT}`,
      "close",
      "open b",
      "answer b",
    ], what);
    assertEquals(subject.client.counters.get("silences"), 1, what);
  }
});

Deno.test("TcpClient leaves a server that falls silent within three seconds, though it asks it nothing itself", async () => {
  await using subject = new Subject();
  subject.serve("abc");
  assertEquals(await subject.after(10_000), ["open a", "answer a"]);
  subject.each("a", () => {});
  const [socket] = subject.servers[0].accepted;
  socket.readFrames = () => [];
  const events = await subject.after(3000);
  assertEquals(events, [`fail a: ${SILENT}`, "close", "open b", "answer b"]);
});

Deno.test("TcpClient stays with a slow server as long as its answers keep coming", async () => {
  await using subject = new Subject();
  subject.serve("a", { afterMs: 900 });
  subject.serve("bc");
  assertEquals(await subject.after(20_000), ["open a", "answer a"]);
});

Deno.test("TcpClient takes a pause of its own thread for nobody's silence", async () => {
  await using subject = new Subject();
  subject.serve("abc", { afterMs: 500 });
  assertEquals(await subject.after(520), ["open a", "answer a"]);
  subject.ask();
  subject.clock.skipTo(30_000);
  assertEquals(await subject.after(2000), []);
});

Deno.test("TcpClient leaves a silent server also for one that failed a while ago", async () => {
  const endpoints = ["a", "b"].map((hostname, i) => ({ hostname, port: i + 1 }));
  await using subject = new Subject({ endpoints });
  subject.refuse("a");
  subject.serve("b");
  assertEquals(await subject.after(5000), ["fail a: nobody is there", "open b", "answer b"]);
  subject.servers[0].isThere = true;
  subject.serve("a");
  subject.servers[1].accepted[0].readFrames = () => [];
  assertEquals(await subject.after(3000), [`fail b: ${SILENT}`, "close", "open a", "answer a"]);
});

Deno.test("TcpClient has more patience with a silent server while there is no other to try", async () => {
  await using only = new Subject({ endpoints: [{ hostname: "a", port: 1 }] });
  assertEquals(await only.after(1300), ["open a", `fail a: ${SILENT}`]);
  assertEquals(await only.after(3500), []);
  assertEquals(only.client.counters.get("failing"), 1);
  await only.servers[0].accepted[0].write(ANSWER_FRAME);
  assertEquals(await only.after(100), ["answer a"]);
  assertEquals(only.client.counters.get("failing"), 0);
  assertEquals(await only.after(7000), [`fail a: ${SILENT}`, "close", "open a"]);
});

Deno.test("TcpClient has ever more patience with the only server when it keeps being too slow", async () => {
  await using only = new Subject({ endpoints: [{ hostname: "a", port: 1 }] });
  const leftAfterSec: number[] = [];
  for (let sec = 1, sinceSec = 0; leftAfterSec.length < 5; sec++) {
    if (!(await only.after(1000)).includes("close")) continue;
    leftAfterSec.push(sec - sinceSec);
    sinceSec = sec;
  }
  assertEquals(leftAfterSec, [5, 10, 20, 40, 40]);
});

Deno.test("TcpClient takes a server that never answers for a mute one where that may be, if there is no better", async () => {
  await using subject = new Subject({ mayBeMute: true });
  subject.refuse("c");
  assertEquals(await subject.after(30_000), [
    "open a",
    `fail a: ${SILENT}`,
    "close",
    "open b",
    `fail b: ${SILENT}`,
    "close",
    "fail c: nobody is there",
    "open a",
  ]);
  assert(subject.client.isMute);
  await subject.servers[0].accepted.at(-1)!.write(ANSWER_FRAME);
  assertEquals(await subject.after(10), ["answer a"]);
  assert(!subject.client.isMute);
});

Deno.test("TcpClient keeps its connection to a mute server, however old, and takes it for well", async () => {
  await using subject = new Subject({
    endpoints: [{ hostname: "a", port: 1 }],
    mayBeMute: true,
    maxAgeMs: 60_000,
  });
  assertEquals(await subject.after(600_000), ["open a"]);
  assertEquals(subject.client.counters.get("failing"), 0);
});

Deno.test("TcpClient goes back to the server that it prefers, and is never without a connection meanwhile", async () => {
  await using subject = new Subject({ maxAgeMs: 60_000 });
  subject.serve("abc");
  await subject.after(10_000);
  subject.servers[0].isThere = false;
  subject.restart("a");
  assertEquals(await subject.after(100), ["close", "open b", "answer b"]);
  subject.servers[0].isThere = true;
  assertEquals(await subject.after(59_000), []);
  const [b] = subject.servers[1].accepted;
  b.readFrames = () => []; // it is not left before the next one answers
  assertEquals(await subject.after(1500), ["open a", "answer a"]);
  assertEquals(subject.client.counters.get("renewals"), 1);
  while (await b.read(new Uint8Array(100)) !== null); // the client ends it
});

Deno.test("TcpClient keeps the connection that it has when the one to take its place comes to nothing", async () => {
  const nothing: ((subject: Subject) => void)[] = [
    (subject) => subject.refuse("a"),
    (subject) => subject.each("a", (socket) => socket.close()),
    (subject) => subject.each("a", () => {}),
  ];
  for (const comeTo of nothing) {
    await using subject = new Subject({ maxAgeMs: 60_000 });
    subject.refuse("a");
    subject.serve("bc");
    assertEquals(await subject.after(30_000), [
      "fail a: nobody is there",
      "open b",
      "answer b",
    ]);
    subject.servers[0].isThere = true;
    comeTo(subject);
    const events = await subject.after(33_000);
    assertEquals(events.filter((event) => event === "close"), []);
    assertEquals(events.filter((event) => event.startsWith("fail a")).length, 1);
    assertEquals(subject.client.counters.get("endpoint"), 2);
    assertEquals(subject.servers[1].attempts, 1);
  }
});

Deno.test("TcpClient loses its connection only when both are lost, the old one and the one to take its place", async () => {
  await using subject = new Subject({ maxAgeMs: 60_000 });
  subject.refuse("a");
  subject.serve("bc");
  await subject.after(59_900);
  subject.servers[0].isThere = true;
  subject.each("a", () => {});
  assertEquals(await subject.after(350), ["open a"]);
  subject.restart("b");
  assertEquals(await subject.after(100), []);
  subject.restart("a");
  assertEquals(await subject.after(50), [
    `fail a: ${HANGS_UP}`,
    "close",
    "open c",
    "answer c",
  ]);
});
