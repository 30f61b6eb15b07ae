import { assert, assertEquals } from "@std/assert";
import {
  decodeMessage,
  encodeRoute,
  GetRouteRequest,
  MessageId,
  type ModuleName,
  shardOf,
} from "../../proto/mod.ts";
import {
  Channel,
  Counters,
  encodeFrame,
  runCooperatively,
  TCP_CLIENT_COUNTERS,
} from "../../reactor/mod.ts";
import { MemoryServer } from "../../testing/memory_network.ts";
import { memoryPorts } from "../../testing/memory_ports.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import type { DnsToShard, ShardToDns } from "../messages.ts";
import { DnsClient } from "./dns_client.ts";
import { FALLBACK_COUNTERS } from "./route_fallback.ts";
import { RouteSnapshot } from "./route_snapshot.ts";

const [A, B] = [{ modid: 3, cmdid: 0 }, { modid: 4, cmdid: 0 }]; // of shards 0 and 1
const HOSTS = [{ ip: 1, port: 80, weight: 100 }];

/** A client on virtual time between shards and a dns, all of which the test is. */
class Subject {
  readonly clock = new VirtualClock();
  readonly dns = new MemoryServer();
  /** What the client has said of its routes. */
  readonly events: string[] = [];
  readonly counters = new Counters(TCP_CLIENT_COUNTERS);
  readonly fallbackCounters = new Counters(FALLBACK_COUNTERS);
  readonly client: DnsClient;

  /** Begins with the routes of a run before, if there was one. */
  constructor(snapshot?: RouteSnapshot) {
    this.client = new DnsClient({
      endpoints: [this.dns.endpoint],
      connect: this.dns.connect,
      clock: this.clock,
      tcpCounters: this.counters,
      last: snapshot && { content: snapshot, asOfSec: 1000 },
      fallbackCounters: this.fallbackCounters,
      onRoutes: (event) => this.events.push(event),
    });
  }

  /** What the next run would begin with. */
  async snapshot(): Promise<RouteSnapshot> {
    const records = await runCooperatively(this.client.records());
    return new RouteSnapshot(new Uint8Array(records.flatMap((record) => [...record])));
  }

  /** Joins a shard; gives its end, and what it has heard since it was last asked, as "kind modid …". */
  link(index: number) {
    const [near, far] = memoryPorts();
    const heard: string[] = [];
    const channel = new Channel<ShardToDns, DnsToShard>(far, {
      onPost: (message) => {
        const routes = message.kind === "routes"
          ? message.routes
          : message.kind === "stale"
          ? [message.route]
          : [];
        heard.push([message.kind, ...routes.map(({ modid }) => modid)].join(" "));
      },
    });
    this.client.linkShard(index, near);
    return { channel, heard: () => heard.splice(0) };
  }

  /** The modules that dns was asked for since, on its newest connection. */
  asked(): number[] {
    return this.dns.accepted.at(-1)!.readFrames().map(({ body }) =>
      decodeMessage(new GetRouteRequest(), body).modid
    );
  }

  async answer(name: ModuleName, hosts = HOSTS): Promise<void> {
    const frame = encodeFrame(MessageId.GetRouteResponse, encodeRoute({ ...name, hosts }));
    await this.dns.accepted.at(-1)!.write(frame);
    await this.clock.advance(0);
  }

  /** Waits for the next connection. */
  async connected(): Promise<void> {
    const before = this.dns.accepted.length;
    while (this.dns.accepted.length === before) await this.clock.advance(10);
  }

  async stop(): Promise<void> {
    for (const socket of this.dns.accepted) socket.close();
    await this.client.stop();
    assertEquals(this.clock.timers, 0);
  }
}

Deno.test("DnsClient connects for the first request, and hands answers to the shards that they are for", async () => {
  const subject = new Subject();
  const shards = [0, 1, 2].map((index) => subject.link(index));
  await subject.clock.advance(60_000);
  assertEquals(subject.dns.attempts, 0);
  shards[shardOf(A)].channel.post({ kind: "pull", modules: [A] });
  await subject.clock.advance(0);
  assertEquals(shards.map(({ heard }) => heard()), Array(3).fill(["joined"]));
  shards[shardOf(A)].channel.post({ kind: "pull", modules: [A, B] }); // the first is under way
  await subject.clock.advance(0);
  assertEquals(subject.asked(), [3, 4]);
  await subject.answer(A);
  await subject.answer(B);
  await subject.answer({ modid: -1, cmdid: 0 }); // which no module can have
  assertEquals(shards.map(({ heard }) => heard()), [["routes 3"], ["routes 4"], []]);
  assertEquals(subject.counters.get("failed"), 0);
  await subject.stop();
});

Deno.test("DnsClient gives a shard that was replaced its last routes, but for those dropped or gone", async () => {
  const subject = new Subject();
  const shard = subject.link(0);
  shard.channel.post({ kind: "pull", modules: [A] });
  await subject.clock.advance(0);
  for (const modid of [3, 6, 9]) await subject.answer({ modid, cmdid: 0 });
  await subject.answer({ modid: 6, cmdid: 0 }, []);
  shard.channel.post({ kind: "drop", modules: [{ modid: 9, cmdid: 0 }] });
  await subject.answer(B); // is another shard's
  const replacement = subject.link(0);
  await subject.clock.advance(0);
  assertEquals(replacement.heard(), ["routes 3", "joined"]);
  await subject.answer({ modid: 12, cmdid: 0 });
  assertEquals([shard.heard().includes("routes 12"), replacement.heard()], [false, ["routes 12"]]);
  await subject.stop();
});

Deno.test("DnsClient asks a dns that is back for what was not answered, then for all that it has", async () => {
  const subject = new Subject();
  const shard = subject.link(0);
  shard.channel.post({ kind: "pull", modules: [A, B, { modid: 5, cmdid: 0 }] });
  await subject.clock.advance(0);
  await subject.answer(A);
  await subject.answer(B, []);
  subject.dns.isThere = false;
  subject.dns.accepted[0].close();
  await subject.clock.advance(60_000);
  shard.channel.post({ kind: "pull", modules: [{ modid: 6, cmdid: 0 }, { modid: 7, cmdid: 0 }] });
  shard.channel.post({ kind: "drop", modules: [{ modid: 7, cmdid: 0 }] });
  await subject.clock.advance(0);
  assertEquals(subject.dns.accepted.length, 1);
  subject.dns.isThere = true;
  await subject.connected();
  assertEquals(subject.asked(), [5, 6, 3]);
  await subject.stop();
});

Deno.test("DnsClient asks again as dns answers, not for everything at once", async () => {
  const subject = new Subject();
  const shard = subject.link(0);
  const names = Array.from({ length: 1500 }, (_, modid) => ({ modid, cmdid: 0 }));
  shard.channel.post({ kind: "pull", modules: names });
  await subject.clock.advance(0);
  for (const name of names) await subject.answer(name);
  subject.dns.accepted[0].close();
  await subject.connected();
  let asked = 0;
  while (asked < 1000) {
    await subject.clock.advance(0);
    asked += subject.asked().length;
  }
  assertEquals(asked, 1000);
  for (const name of names.slice(0, 10)) await subject.answer(name);
  let more = 0;
  while (more < 10) {
    await subject.clock.advance(0);
    more += subject.asked().length;
  }
  assertEquals(more, 10);
  await subject.stop();
});

Deno.test("DnsClient connects again for the next request where it has no route and dns owes none", async () => {
  const subject = new Subject();
  const shard = subject.link(0);
  shard.channel.post({ kind: "pull", modules: [A] });
  await subject.clock.advance(0);
  await subject.answer(A, []);
  subject.dns.accepted[0].close();
  await subject.clock.advance(60_000);
  assertEquals(subject.dns.accepted.length, 1);
  shard.channel.post({ kind: "pull", modules: [A] });
  await subject.clock.advance(0);
  assertEquals(subject.dns.accepted.length, 2);
  await subject.stop();
});

Deno.test("DnsClient asks a dns that says nothing for one route after the other, and leaves it when it stays silent", async () => {
  const subject = new Subject();
  const shard = subject.link(0);
  shard.channel.post({ kind: "pull", modules: [A, B] });
  await subject.clock.advance(0);
  await subject.answer(A);
  await subject.answer(B);
  subject.asked();
  const asked: number[] = [];
  for (let round = 0; round < 4; round++) {
    await subject.clock.advance(1750);
    asked.push(...subject.asked());
    await subject.answer(A);
    await subject.answer(B);
  }
  assertEquals(asked, [3, 4, 3, 4]);
  await subject.clock.advance(20_000);
  assert(subject.dns.accepted.length > 1);
  await subject.stop();
});

Deno.test("DnsClient gives its routes for the next run, and says when they change", async () => {
  const subject = new Subject();
  const shard = subject.link(0);
  shard.channel.post({ kind: "pull", modules: [A] });
  await subject.clock.advance(0);
  await subject.answer(A);
  await subject.answer(A);
  await subject.answer(B);
  await subject.answer(B, []);
  await subject.answer(B, []);
  assertEquals(subject.events.splice(0), [
    "changed",
    "confirmed",
    "changed",
    "changed",
    "confirmed",
  ]);
  const snapshot = await subject.snapshot();
  assertEquals([snapshot.size, snapshot.get(A)], [1, { ...A, hosts: HOSTS }]);
  shard.channel.post({ kind: "drop", modules: [A] });
  await subject.clock.advance(0);
  assertEquals([subject.events, (await subject.snapshot()).size], [["changed"], 0]);
  await subject.stop();
});

/** What a run keeps that was told of these modules. */
async function lastRun(modids: readonly number[]): Promise<RouteSnapshot> {
  const subject = new Subject();
  subject.link(0).channel.post({ kind: "pull", modules: [A] });
  await subject.clock.advance(0);
  for (const modid of modids) await subject.answer({ modid, cmdid: 0 });
  const snapshot = await subject.snapshot();
  await subject.stop();
  return snapshot;
}

Deno.test("DnsClient answers with the routes of the run before while dns is away, and keeps the others", async () => {
  const subject = new Subject(await lastRun([3, 6]));

  subject.dns.isThere = false;
  const shard = subject.link(0);
  shard.channel.post({ kind: "pull", modules: [A, { modid: 9, cmdid: 0 }] });
  await subject.clock.advance(0);
  assertEquals(shard.heard(), ["joined", "stale 3"]);
  assertEquals(subject.fallbackCounters.get("unconfirmed"), 1);
  assertEquals((await subject.snapshot()).size, 2);

  subject.dns.isThere = true;
  await subject.connected();
  await subject.answer(A, [{ ip: 2, port: 80, weight: 100 }]);
  assertEquals(shard.heard(), ["routes 3"]);
  assertEquals(subject.fallbackCounters.get("unconfirmed"), 0);
  const snapshot = await subject.snapshot();
  assertEquals([snapshot.size, snapshot.get(A)?.hosts[0].ip], [2, 2]);
  await subject.stop();
});

Deno.test("DnsClient answers with the routes of the run before when dns does not, and never what dns has told of", async () => {
  const subject = new Subject(await lastRun([3, 6]));

  const shard = subject.link(0);
  shard.channel.post({ kind: "pull", modules: [A] });
  await subject.clock.advance(0);
  shard.channel.post({ kind: "pull", modules: [A, { modid: 6, cmdid: 0 }] }); // the link is up
  await subject.clock.advance(0);
  await subject.answer(A);
  await subject.clock.advance(1000);
  assertEquals(shard.heard(), ["joined", "routes 3", "stale 6"]);
  await subject.stop();
});
