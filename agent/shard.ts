/**
 * One of the agent's three shards: a UDP server, the modules it answers for, and its timers. Requests are answered by
 * requests.ts; routes come over a port from the dns client, statuses leave over one to the reporter client.
 *
 * @module
 */

import type { ModuleName } from "../proto/mod.ts";
import { type Counters, Router, type UdpCounter, UdpServer } from "../reactor/mod.ts";
import { handlerErrorLog } from "../service/handler_log.ts";
import { Batch } from "./batch.ts";
import { answerOf, type ShardAnswer, type ShardQuestion } from "./explain.ts";
import type {
  DnsToShard,
  ModuleStatus,
  ReporterToShard,
  ShardSettings,
  ShardToDns,
  ShardToReporter,
} from "./messages.ts";
import { type Module, ModuleTable } from "./module_table.ts";
import { Requests } from "./requests.ts";
import type { ShardCounter } from "./shard_counter.ts";
import { slices } from "./slices.ts";

/** What a shard is made of. */
export interface ShardOptions extends ShardSettings {
  /** Which of the three it is. */
  index: number;
  /** IPv4 address to bind. */
  hostname: string;
  /** Port to bind. */
  port: number;
  /** Whether datagrams are to be taken in batches, where that is possible. */
  batches: boolean;
  /** Says that its thread is at work, when much has come at once. */
  beat: () => void;
  /** What is counted. */
  counters: Counters<ShardCounter>;
  /** What its socket counts. */
  udpCounters: Counters<UdpCounter>;
}

const REFRESH_INTERVAL_MS = 1000;

/** Serves the modules of one shard. */
export class Shard {
  readonly #options: ShardOptions;
  readonly #counters: Counters<ShardCounter>;
  readonly #table: ModuleTable;
  readonly #pulls = new Batch<ModuleName>((modules) => this.#toDns({ kind: "pull", modules }));
  readonly #server: UdpServer;
  readonly #refreshTimer: ReturnType<typeof setInterval>;
  #newsTimer: ReturnType<typeof setInterval>;
  #waitTimer?: ReturnType<typeof setTimeout>;
  #dns?: MessagePort;
  #linkedAtMs = 0;
  #reporter?: MessagePort;

  /**
   * Binds the port and begins to answer.
   *
   * @throws {Deno.errors.AddrInUse} When the port is taken by a socket that does not allow it to be shared.
   */
  constructor(options: ShardOptions) {
    this.#options = options;
    this.#counters = options.counters;
    this.#table = new ModuleTable(options.balancer, options.times, {
      onPull: (modules) => {
        this.#counters.add("pulls", modules.length);
        this.#pulls.add(modules);
      },
      onDrop: (modules) => this.#toDns({ kind: "drop", modules }),
      onTransition: (module) => {
        this.#counters.add("transitions");
        this.#toReporter([module]);
      },
      onSpare: (times) => this.#counters.add("spared", times),
    });
    const requests = new Requests({
      shard: options.index,
      table: this.#table,
      counters: this.#counters,
      onWait: (nowMs) => this.#armWaitTimer(nowMs),
    });
    this.#server = new UdpServer({
      hostname: options.hostname,
      port: options.port,
      // A hung predecessor keeps its socket; sharing the address lets this one take its datagrams over.
      reuseAddress: true,
      batches: options.batches,
      router: requests.register(new Router(handlerErrorLog(["agent", "shard"]))),
      counters: options.udpCounters,
    });
    this.#counters.set("batched", Number(this.#server.isBatched));
    this.#refreshTimer = setInterval(() => this.#refresh(), REFRESH_INTERVAL_MS);
    this.#newsTimer = this.#tellNewsEvery(options.reportIntervalMs);
  }

  /** Goes on with other settings. */
  reload({ balancer, times, reportIntervalMs }: ShardSettings): void {
    this.#table.reload(balancer, times);
    clearInterval(this.#newsTimer);
    this.#newsTimer = this.#tellNewsEvery(reportIntervalMs);
  }

  /** Takes the port to the dns client, in place of an earlier one. */
  linkDns(port: MessagePort): void {
    this.#dns?.close();
    this.#dns = port;
    this.#linkedAtMs = performance.now();
    port.onmessage = ({ data }: MessageEvent<DnsToShard>) => this.#fromDns(data);
  }

  /**
   * Takes the port to the reporter client, in place of an earlier one, whose reporter client may have held statuses that
   * it could not send.
   */
  linkReporter(port: MessagePort): void {
    if (this.#reporter !== undefined) this.#table.renewNews();
    this.#reporter?.close();
    this.#reporter = port;
    port.onmessage = ({ data }: MessageEvent<ReporterToShard>) => {
      if (data === "lost") this.#table.renewNews();
    };
  }

  /** Answers a question of people, who see what callers get. */
  answer(question: ShardQuestion): ShardAnswer {
    this.#options.beat();
    return answerOf(this.#table, question, performance.now());
  }

  /** Answers no more, and tells what was reported last. */
  async stop(): Promise<void> {
    clearInterval(this.#refreshTimer);
    clearInterval(this.#newsTimer);
    clearTimeout(this.#waitTimer);
    await this.#server.stop();
    for (let news = this.#table.takeNews(); news.length > 0; news = this.#table.takeNews()) {
      this.#toReporter(news);
    }
    this.#dns?.close();
    this.#reporter?.postMessage("last" satisfies ShardToReporter);
    this.#reporter?.close();
  }

  #armWaitTimer(nowMs: number): void {
    if (this.#waitTimer !== undefined) return;
    const deadlineMs = this.#table.nextDeadlineMs; // looked for among all names without a route
    if (deadlineMs === undefined) return;
    this.#waitTimer = setTimeout(() => {
      this.#waitTimer = undefined;
      this.#table.expireWaiters(performance.now());
      this.#armWaitTimer(performance.now());
    }, deadlineMs - nowMs);
  }

  #fromDns(message: DnsToShard): void {
    this.#options.beat();
    const nowMs = performance.now();
    switch (message.kind) {
      case "routes":
        for (const route of message.routes) this.#table.update(route, nowMs);
        this.#counters.add("updates", message.routes.length);
        break;
      case "joined":
        this.#table.join(this.#linkedAtMs, nowMs);
        this.#armWaitTimer(nowMs);
        break;
      case "connected":
        this.#table.reconnected(nowMs);
    }
  }

  #toDns(message: ShardToDns): void {
    this.#dns?.postMessage(message);
  }

  #toReporter(modules: readonly Module[]): void {
    if (modules.length === 0) return;
    this.#counters.add("statuses", modules.length);
    const tsSec = Math.floor(Date.now() / 1000);
    for (const slice of slices(modules)) {
      const statuses: ShardToReporter = slice.map((module) => statusOf(module, tsSec));
      this.#reporter?.postMessage(statuses);
    }
  }

  #tellNewsEvery(ms: number): ReturnType<typeof setInterval> {
    return setInterval(() => this.#toReporter(this.#table.takeNews()), ms);
  }

  #refresh(): void {
    this.#table.refresh(performance.now());
    let hosts = 0;
    let hostsOverloaded = 0;
    for (const { balancer } of this.#table.modules()) {
      hosts += balancer.idle.size + balancer.overloaded.size;
      hostsOverloaded += balancer.overloaded.size;
    }
    this.#counters.set("modules", this.#table.size);
    this.#counters.set("hosts", hosts);
    this.#counters.set("hostsOverloaded", hostsOverloaded);
    this.#counters.set("unresolved", this.#table.unresolved);
    this.#counters.set("socketDrops", this.#server.kernelDrops);
    this.#counters.set("forgotten", this.#table.forgotten);
  }
}

/** Every host of a module: the idle ones in the order of their queue, then the overloaded ones. */
function statusOf({ modid, cmdid, balancer }: Module, tsSec: number): ModuleStatus {
  const results = [...balancer.idle, ...balancer.overloaded].map((host) => ({
    ip: host.ip,
    port: host.port,
    succ: host.rsucc,
    err: host.rerr,
    overload: host.overloaded,
  }));
  return { modid, cmdid, results, tsSec };
}
