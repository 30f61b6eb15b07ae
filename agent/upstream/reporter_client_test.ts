import { assert, assertEquals } from "@std/assert";
import {
  decodeMessage,
  encodeMessage,
  MessageId,
  ReportStatusRequest,
  StatusAck,
} from "../../proto/mod.ts";
import { Channel, Counters, encodeFrame, TCP_CLIENT_COUNTERS } from "../../reactor/mod.ts";
import { MemoryServer } from "../../testing/memory_network.ts";
import { memoryPorts } from "../../testing/memory_ports.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import type { ReporterToShard, ShardToReporter } from "../messages.ts";
import { REPORTER_CLIENT_COUNTERS, ReporterClient } from "./reporter_client.ts";

/** What a reporter was told, "modid@tsSec", or of several hosts "modid@tsSec×hosts". */
type Line = string;

/** A client on virtual time between a shard and a reporter, both of which the test is. */
class Subject {
  readonly clock = new VirtualClock();
  readonly reporter = new MemoryServer();
  readonly counters = new Counters(REPORTER_CLIENT_COUNTERS);
  readonly client = new ReporterClient({
    endpoints: [this.reporter.endpoint],
    connect: this.reporter.connect,
    answerTimeoutMs: 2000,
    clock: this.clock,
    counters: this.counters,
    tcpCounters: new Counters(TCP_CLIENT_COUNTERS),
    callerOf: () => 7,
  });
  /** How often the shard was told that the connection was lost. */
  losses = 0;
  readonly #shard: Channel<ShardToReporter, ReporterToShard>;

  constructor() {
    const [near, far] = memoryPorts();
    this.client.linkShard(0, near);
    this.#shard = new Channel(far, { onPost: () => this.losses++ });
  }

  /** Has the shard tell the status of a module, in one message or several. */
  tell(modid: number, { tsSec = 1000, hosts = 1, from = 0 } = {}): void {
    const words = Array.from({ length: hosts }, (_, i) => [from + i, 80, 1, 0, 0]).flat();
    this.#shard.post({
      kind: "statuses",
      words: Uint32Array.of(modid, 1, tsSec, from, hosts, ...words),
    });
  }

  /** Has the reporter say that it has stored so many messages of its last connection. */
  async acknowledge(messages: number): Promise<void> {
    const message = new StatusAck();
    message.stored = messages;
    const frame = encodeFrame(MessageId.StatusAck, encodeMessage(message));
    await this.reporter.accepted.at(-1)!.write(frame);
    await this.clock.advance(0);
  }

  end(): void {
    this.#shard.post({ kind: "end" });
  }

  /** What the reporter has got since it was last asked. */
  read(): Line[] {
    const socket = this.reporter.accepted.at(-1)!;
    return socket.readFrames().map(({ body }) => {
      const { modid, tsSec, caller, results } = decodeMessage(new ReportStatusRequest(), body);
      assertEquals(caller, 7);
      return results.length === 1 ? `${modid}@${tsSec}` : `${modid}@${tsSec}×${results.length}`;
    });
  }

  /** Stops it, with a reporter that closes its side. */
  async stop(): Promise<void> {
    for (const socket of this.reporter.accepted) socket.close();
    await this.client.stop();
    assertEquals(this.clock.timers, 0);
  }
}

Deno.test("ReporterClient connects when the first status comes, and sends at once", async () => {
  const subject = new Subject();
  await subject.clock.advance(60_000);
  assertEquals(subject.reporter.attempts, 0);
  subject.tell(1);
  subject.tell(2, { tsSec: 1001, hosts: 3 });
  await subject.clock.advance(0);
  assertEquals([subject.read(), subject.reporter.attempts], [["1@1000", "2@1001×3"], 1]);
  assertEquals([subject.counters.get("sent"), subject.counters.get("held")], [2, 0]);
  await subject.stop();
});

Deno.test("ReporterClient holds the newest of each module while there is no reporter", async () => {
  const subject = new Subject();
  subject.reporter.isThere = false;
  for (let tsSec = 1000; tsSec < 1010; tsSec++) {
    for (const modid of [1, 2]) subject.tell(modid, { tsSec });
    await subject.clock.advance(1000);
  }
  assertEquals([subject.counters.get("replaced"), subject.counters.get("held")], [18, 2]);
  const { attempts } = subject.reporter;
  assert(attempts >= 5 && attempts <= 10, `${attempts} attempts in 10 s`);
  subject.reporter.isThere = true;
  await subject.clock.advance(5000); // the longest wait between two attempts
  assertEquals(subject.read(), ["1@1009", "2@1009"]);
  await subject.stop();
});

Deno.test("ReporterClient sends all parts of a large module, and none of those that are replaced", async () => {
  const subject = new Subject();
  subject.reporter.isThere = false;
  for (const tsSec of [1000, 1001]) {
    subject.tell(1, { tsSec, hosts: 1500 });
    subject.tell(1, { tsSec, hosts: 500, from: 1500 });
  }
  await subject.clock.advance(100);
  subject.reporter.isThere = true;
  await subject.clock.advance(5000);
  assertEquals(subject.read(), ["1@1001×1500", "1@1001×500"]);
  await subject.stop();
});

Deno.test("ReporterClient tells the shards when it loses a reporter that acknowledges nothing, and sends on", async () => {
  const subject = new Subject();
  subject.tell(1);
  await subject.clock.advance(0);
  assertEquals(subject.counters.get("unacknowledged"), 1);
  await subject.clock.advance(3000);
  assertEquals(subject.counters.get("unacknowledged"), 0); // it is one of old
  subject.tell(2);
  await subject.clock.advance(0);
  assertEquals(subject.read(), ["1@1000", "2@1000"]);
  subject.reporter.accepted[0].close();
  await subject.clock.advance(0);
  assertEquals([subject.losses, subject.counters.get("acknowledged")], [1, 0]);
  subject.tell(1, { tsSec: 1001 });
  await subject.clock.advance(200);
  assertEquals([subject.reporter.accepted.length, subject.read()], [2, ["1@1001"]]);
  await subject.stop();
});

Deno.test("ReporterClient sends the next reporter what the one before has not acknowledged", async () => {
  const subject = new Subject();
  subject.tell(1);
  subject.tell(2, { hosts: 1500 });
  subject.tell(2, { hosts: 500, from: 1500 });
  subject.tell(3);
  await subject.clock.advance(0);
  await subject.acknowledge(0);
  assertEquals(subject.counters.get("unacknowledged"), 3);
  await subject.acknowledge(2); // and a part of the second status
  subject.tell(4);
  await subject.clock.advance(0);
  subject.tell(3, { tsSec: 1001 }); // newer, of the same second or not
  await subject.clock.advance(0);
  await subject.acknowledge(5); // but the last
  assertEquals([subject.counters.get("acknowledged"), subject.counters.get("held")], [3, 0]);
  subject.tell(5);
  await subject.clock.advance(0);
  subject.reporter.accepted[0].close();
  await subject.clock.advance(200);
  assertEquals(subject.read(), ["3@1001", "5@1001"]);
  assertEquals([subject.losses, subject.reporter.accepted.length], [0, 2]);
  await subject.acknowledge(2);
  assertEquals(subject.counters.get("acknowledged"), 5);
  await subject.stop();
});

Deno.test("ReporterClient leaves a reporter that has fallen silent, and bears with one whose database is away", async () => {
  const subject = new Subject();
  subject.tell(1);
  await subject.clock.advance(0);
  for (let second = 0; second < 60; second++) {
    await subject.acknowledge(0);
    await subject.clock.advance(1000);
  }
  assertEquals(subject.reporter.accepted.length, 1);
  await subject.clock.advance(15_000); // it is the only one
  assertEquals(subject.reporter.accepted.length, 2);
  assertEquals(subject.read(), ["1@1000"]);
  await subject.stop();
});

Deno.test("ReporterClient.drain() waits for the last acknowledgement", async () => {
  const subject = new Subject();
  subject.tell(1);
  await subject.clock.advance(0);
  await subject.acknowledge(0);
  subject.tell(2);
  subject.end();
  let lost: number | undefined;
  const draining = subject.client.drain(1000).then((modules) => lost = modules);
  await subject.clock.advance(500);
  assertEquals(lost, undefined);
  await subject.acknowledge(2);
  await draining;
  assertEquals(lost, 0);
  await subject.stop();
});

Deno.test("ReporterClient keeps what a slow reporter does not take, for something newer to replace", async () => {
  const subject = new Subject();
  for (let modid = 0; modid < 200; modid++) subject.tell(modid, { hosts: 1500 });
  await subject.clock.advance(5000);
  const { counters } = subject;
  assert(
    counters.get("sent") < 190,
    `${counters.get("sent")} sent to a reporter that reads nothing`,
  );
  subject.tell(199, { tsSec: 2000 });
  await subject.clock.advance(0);
  assertEquals(counters.get("replaced"), 1);
  const lines: Line[] = [];
  while (lines.at(-1) !== "199@2000") {
    await subject.clock.advance(1);
    lines.push(...subject.read());
  }
  assertEquals([lines.length, counters.get("held")], [200, 0]);
  await subject.stop();
});

Deno.test("ReporterClient tells of no earlier time than the one that it replaces did", async () => {
  const subject = new Subject();
  subject.counters.set("newestSec", 2000);
  for (const tsSec of [1000, 3000, 2500]) {
    subject.tell(1, { tsSec });
    await subject.clock.advance(0);
  }
  assertEquals(subject.read(), ["1@2000", "1@3000", "1@3000"]);
  await subject.stop();
});

Deno.test("ReporterClient refuses further modules when very many are held", async () => {
  const subject = new Subject();
  subject.reporter.isThere = false;
  for (let modid = 0; modid < 1400; modid++) subject.tell(modid, { hosts: 1500 });
  await subject.clock.advance(0);
  assertEquals(subject.counters.get("held"), Math.ceil(2_000_000 / 1500));
  assertEquals(subject.counters.get("refused"), 1400 - subject.counters.get("held"));
  subject.tell(1, { tsSec: 1001 });
  await subject.clock.advance(0);
  assertEquals(subject.counters.get("replaced"), 1);
  await subject.stop();
});

Deno.test("ReporterClient.drain() waits for what the shards say last, and sends it", async () => {
  const subject = new Subject();
  const draining = subject.client.drain();
  await subject.clock.advance(500);
  for (let modid = 0; modid < 1000; modid++) subject.tell(modid);
  subject.end();
  await subject.clock.advance(10);
  assertEquals(await draining, 0);
  assertEquals(subject.read().length, 1000);
  await subject.stop();
});

Deno.test("ReporterClient.drain() tells of how many modules a reporter took no status in time", async () => {
  const subject = new Subject();
  const modules = 200; // more than the socket and the connection hold
  for (let modid = 0; modid < modules; modid++) subject.tell(modid, { hosts: 1000 });
  subject.end();
  const draining = subject.client.drain(1000);
  await subject.clock.advance(1000);
  const lost = await draining;
  assert(lost > 0 && lost < modules, String(lost));
  assertEquals(lost, modules - subject.counters.get("sent"));
  await subject.stop();
});

Deno.test("ReporterClient.drain() does not wait for a reporter that could not be reached", async () => {
  const subject = new Subject();
  subject.reporter.isThere = false;
  subject.tell(1);
  await subject.clock.advance(0);
  subject.end();
  const draining = subject.client.drain(60_000);
  await subject.clock.advance(0);
  assertEquals(await draining, 1);
  await subject.stop();
});
