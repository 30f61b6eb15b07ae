import { assertEquals } from "@std/assert";
import {
  GetHostRequest,
  GetHostResponse,
  MessageId,
  type ModuleName,
  ReportRequest,
  RetCode,
} from "../../proto/mod.ts";
import { Channel, Counters, HEADER_BYTES, UDP_COUNTERS, type UdpPeer } from "../../reactor/mod.ts";
import { OPEN } from "../../service/mod.ts";
import { memoryPorts } from "../../testing/memory_ports.ts";
import { bodyOf, readBody } from "../../testing/proto/plain_message.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { ORIGINAL } from "../balancer/mod.ts";
import type { DnsToShard, ReporterToShard, ShardToDns, ShardToReporter } from "../messages.ts";
import { Shard, type ShardOptions } from "./shard.ts";
import { SHARD_COUNTERS } from "./shard_counter.ts";
import { readStatuses } from "./status_words.ts";
import { VerdictTable } from "./verdict_table.ts";

const NAME = { modid: 1, cmdid: 0 };
const HOST = { ip: 5, port: 80 };
const ROUTE = { ...NAME, hosts: [{ ...HOST, weight: 100 }] };
const TIMES = {
  firstPullWaitMs: 50,
  updateTimeoutMs: 15_000,
  negativeTtlMs: 1000,
  unknownNamesPerSec: 1000,
};

/** A shard on virtual time, between programs, a dns client and a reporter client, all of which the test is. */
class Subject {
  readonly clock = new VirtualClock();
  /** What happens, each with its time in ms. */
  readonly log: string[] = [];
  readonly shard: Shard;
  readonly dns: Channel<DnsToShard, ShardToDns>;
  readonly reporter: Channel<ReporterToShard, ShardToReporter>;
  #router!: Parameters<NonNullable<ShardOptions["listen"]>>[0]["router"];

  constructor() {
    this.shard = new Shard({
      index: 1,
      hostname: "127.0.0.1",
      port: 0,
      batches: false,
      admission: OPEN,
      verdicts: VerdictTable.allocate(),
      beat() {},
      counters: new Counters(SHARD_COUNTERS),
      udpCounters: new Counters(UDP_COUNTERS),
      balancer: ORIGINAL,
      times: TIMES,
      reportIntervalMs: 1000,
      clock: this.clock,
      listen: ({ router }) => {
        this.#router = router;
        return { isBatched: false, kernelDrops: 0, stop: () => Promise.resolve() };
      },
    });
    const [dnsNear, dnsFar] = memoryPorts();
    this.dns = new Channel(dnsFar, {
      onPost: ({ kind, modules }) => this.#note(`${kind} ${modules.map(({ modid }) => modid)}`),
    });
    const [reporterNear, reporterFar] = memoryPorts();
    this.reporter = new Channel(reporterFar, {
      onPost: (message) => {
        if (message.kind === "end") return this.#note("end");
        for (const { modid, hosts } of readStatuses(message.words)) {
          this.#note(`status ${modid}: ${hosts.slice(2)}`);
        }
      },
    });
    this.shard.linkDns(dnsNear);
    this.shard.linkReporter(reporterNear);
    this.dns.post({ kind: "joined" });
  }

  /** Asks for a host; the answer is noted. */
  pick(name: ModuleName = NAME): void {
    this.#dispatch(MessageId.GetHostRequest, bodyOf(GetHostRequest, { seq: 1, ...name }));
  }

  report(retcode: number, times = 1): void {
    const body = bodyOf(ReportRequest, { ...NAME, host: HOST, retcode, costMs: 0 });
    for (let i = 0; i < times; i++) this.#dispatch(MessageId.ReportRequest, body);
  }

  async until(ms: number): Promise<string[]> {
    await this.clock.advance(ms - this.clock.nowMs());
    return this.log.splice(0);
  }

  #note(what: string): void {
    this.log.push(`${this.clock.nowMs()} ${what}`);
  }

  #dispatch(msgid: number, body: Uint8Array): void {
    const room = new Uint8Array(65_536);
    const peer: UdpPeer = {
      address: { transport: "udp", hostname: "127.0.0.1", port: 1 },
      receivedMs: this.clock.nowMs(),
      room,
      roomAt: HEADER_BYTES,
      answer: (_msgid, end) => {
        const { retcode } = readBody(GetHostResponse, room.slice(HEADER_BYTES, end));
        this.#note(retcode === RetCode.Success ? "host" : `retcode ${retcode}`);
      },
      send() {},
      keep: () => peer,
    };
    this.#router.dispatch(msgid, { bytes: body, start: 0, end: body.length }, peer);
  }
}

Deno.test("Shard asks dns for what is picked first, and answers when the route comes or the wait is over", async () => {
  const subject = new Subject();
  await subject.until(100);
  subject.pick();
  subject.pick({ modid: 4, cmdid: 0 });
  assertEquals(await subject.until(120), ["100 pull 1,4"]);
  subject.dns.post({ kind: "routes", routes: [ROUTE] });
  assertEquals(await subject.until(149), ["120 host"]);
  assertEquals(await subject.until(200), [`150 retcode ${RetCode.NoExist}`]);
  await subject.shard.stop();
});

Deno.test("Shard repeats its requests to dns while a module is in use", async () => {
  const subject = new Subject();
  await subject.until(0);
  subject.pick();
  await subject.until(10);
  subject.dns.post({ kind: "routes", routes: [ROUTE] });
  assertEquals(await subject.until(20_000), ["10 host", "16000 pull 1"]);
  await subject.shard.stop();
});

Deno.test("Shard sends what was reported each second, what changed at once, and all again when it may be lost", async () => {
  const subject = new Subject();
  await subject.until(0);
  subject.pick();
  subject.dns.post({ kind: "routes", routes: [ROUTE] });
  await subject.until(10);
  subject.report(0);
  assertEquals(await subject.until(1500), ["1000 status 1: 1,0,0"]);
  subject.report(1, 15);
  assertEquals(await subject.until(1600), ["1525 status 1: 0,0,1"]);
  subject.reporter.post({ kind: "lost" });
  assertEquals(await subject.until(3000), ["2000 status 1: 0,0,1"]);
  subject.report(0);
  await subject.shard.stop();
  assertEquals(await subject.until(3000), ["3000 status 1: 1,0,1", "3000 end"]);
  assertEquals(subject.clock.timers, 0);
});
