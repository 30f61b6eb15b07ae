/**
 * One of the agent's three shards: a UDP server, the modules it answers for, and its timers. Requests are answered by
 * requests.ts; routes come over a port from the dns client, statuses leave over one to the reporter client.
 *
 * @module
 */

import { isLoopback, type ModuleName } from "../../proto/mod.ts";
import {
  Channel,
  type ChannelPort,
  type Clock,
  type Counters,
  realClock,
  Router,
  runCooperatively,
  type Timer,
  type UdpCounter,
  UdpServer,
  type UdpServerOptions,
} from "../../reactor/mod.ts";
import { DatagramGate } from "../../service/gate/datagram_gate.ts";
import { handlerErrorLog } from "../../service/observe/logger.ts";
import { Coalescer } from "../upstream/chunks.ts";
import { explain, type ExplainReply, type ExplainRequest } from "../explain/explain.ts";
import type {
  DnsToShard,
  ReporterToShard,
  ShardSettings,
  ShardToDns,
  ShardToReporter,
} from "../messages.ts";
import { ModuleTable, type Steps } from "./module_table.ts";
import { Requests } from "./requests.ts";
import type { ShardCounter } from "./shard_counter.ts";
import { StatusSender } from "./status_sender.ts";
import { VerdictTable } from "./verdict_table.ts";

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
  /** Memory for what is known of overloaded hosts: what a shard before this one knew of them stands there. */
  verdicts: SharedArrayBuffer;
  /** Says that its thread is at work, when much has come at once. */
  beat: () => void;
  /** What is counted. */
  counters: Counters<ShardCounter>;
  /** What its socket counts. */
  udpCounters: Counters<UdpCounter>;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
  /**
   * Binds the socket.
   * @default a {@link UdpServer}
   */
  listen?: (options: UdpServerOptions) => Pick<UdpServer, "isBatched" | "kernelDrops" | "stop">;
}

const REFRESH_INTERVAL_MS = 1000;

type DnsChannel = Channel<ShardToDns, DnsToShard>;

/** A message of a dns client, and the channel that it came by. */
interface DnsMessage {
  channel: DnsChannel;
  message: DnsToShard["posts"];
}

/** Serves the modules of one shard. */
export class Shard {
  readonly #options: ShardOptions;
  readonly #counters: Counters<ShardCounter>;
  readonly #table: ModuleTable;
  readonly #pulls = new Coalescer<ModuleName>((modules) =>
    this.#dns?.post({ kind: "pull", modules })
  );
  readonly #drops = new Coalescer<ModuleName>((modules) =>
    this.#dns?.post({ kind: "drop", modules })
  );
  readonly #clock: Clock;
  readonly #gate?: DatagramGate;
  readonly #server: ReturnType<NonNullable<ShardOptions["listen"]>>;
  readonly #statusSender: StatusSender;
  readonly #refreshTimer: Timer;
  #isRefreshing = false;
  #waitTimer?: Timer;
  #dns?: DnsChannel;
  /** What the dns client sent, and was not applied yet. */
  #updates: DnsMessage[] = [];
  #isTakingUpdates = false;
  #linkedAtMs = 0;
  #reporter?: Channel<ShardToReporter, ReporterToShard>;

  /**
   * Binds the port and begins to answer.
   *
   * @throws {Deno.errors.AddrInUse} When the port is taken by a socket that does not allow it to be shared.
   */
  constructor(options: ShardOptions) {
    const { clock = realClock, listen = (options) => new UdpServer(options) } = options;
    this.#options = options;
    this.#clock = clock;
    this.#counters = options.counters;
    this.#table = new ModuleTable(options.balancer, options.times, {
      onPull: (modules) => {
        this.#counters.add("pulls", modules.length);
        this.#pulls.add(modules);
      },
      onDrop: (modules) => this.#drops.add(modules),
      onTransition: (hosts) => {
        this.#counters.add("transitions", hosts);
        this.#statusSender.changed();
      },
      onRestore: (hosts) => this.#counters.add("restored", hosts),
      onSuppress: (times) => this.#counters.add("spared", times),
      onPullRefused: () => this.#counters.add("pullsRefused"),
      verdicts: new VerdictTable({
        memory: options.verdicts,
        onFull: () => this.#counters.add("unkept"),
      }),
    });
    const requests = new Requests({
      shard: options.index,
      table: this.#table,
      counters: this.#counters,
      clock,
      onWait: (nowMs) => this.#armWaitTimer(nowMs),
    });
    const router = requests.register(new Router(handlerErrorLog(["agent", "shard"])));
    // Loopback is reached by nobody but this host's own programs.
    if (!isLoopback(options.hostname)) this.#gate = new DatagramGate(router, options.admission);
    this.#server = listen({
      hostname: options.hostname,
      port: options.port,
      // A hung predecessor keeps its socket; sharing the address lets this one take its datagrams over.
      reuseAddress: true,
      batches: options.batches,
      beat: options.beat,
      router: this.#gate ?? router,
      counters: options.udpCounters,
    });
    this.#counters.set("batched", Number(this.#server.isBatched));
    this.#statusSender = new StatusSender({
      source: this.#table.dirty,
      intervalMs: options.reportIntervalMs,
      counters: this.#counters,
      clock,
      send: (words) => this.#reporter?.post({ kind: "statuses", words }, [words.buffer]),
    });
    this.#refreshTimer = clock.every(REFRESH_INTERVAL_MS, () => this.#refresh());
  }

  /** Goes on with other settings. */
  reload({ balancer, times, reportIntervalMs, admission }: ShardSettings): void {
    this.#gate?.reload(admission);
    this.#run(this.#table.reload(balancer, times));
    this.#statusSender.reload(reportIntervalMs);
  }

  /** Takes the port to the dns client, in place of an earlier one. */
  linkDns(port: ChannelPort): void {
    this.#dns?.close();
    const channel: DnsChannel = this.#dns = new Channel(port, {
      onPost: (message) => this.#receiveUpdate({ channel, message }),
    });
    this.#linkedAtMs = this.#clock.nowMs();
  }

  /**
   * Takes the port to the reporter client, in place of an earlier one, whose reporter client may have held statuses that
   * it could not send.
   */
  linkReporter(port: ChannelPort): void {
    this.#reporter?.close();
    this.#reporter = new Channel(port, {
      onPost: () => void this.#run(this.#table.markAllDirty()), // the connection was lost
    });
    this.#run(this.#table.markAllDirty());
  }

  /** Tells people what callers get, and why. */
  explain(request: ExplainRequest): Promise<ExplainReply> {
    this.#options.beat();
    return this.#run(explain(this.#table, request, this.#clock.nowMs()));
  }

  /** Answers no more, and sends the last statuses. */
  async stop(): Promise<void> {
    this.#refreshTimer.cancel();
    this.#waitTimer?.cancel();
    await this.#server.stop();
    await this.#statusSender.stop();
    this.#dns?.close();
    this.#reporter?.post({ kind: "end" });
    this.#reporter?.close();
  }

  #armWaitTimer(nowMs: number): void {
    if (this.#waitTimer !== undefined) return;
    const deadlineMs = this.#table.nextDeadlineMs;
    if (deadlineMs === undefined) return;
    const waitMs = Math.max(0, deadlineMs - nowMs); // passed, when callers kept the thread
    this.#waitTimer = this.#clock.after(waitMs, () => {
      this.#waitTimer = undefined;
      this.#table.expireWaiters(this.#clock.nowMs());
      this.#armWaitTimer(this.#clock.nowMs());
    });
  }

  /** Routes may come faster than they can be applied beside the callers: what these wait for goes first. */
  #receiveUpdate({ channel, message }: DnsMessage): void {
    this.#options.beat();
    this.#updates.push({ channel, message });
    if (message.kind === "routes") {
      for (const route of message.routes) this.#table.offer(route);
    } else if (message.kind === "stale") this.#table.offerStale(message.route);
    if (!this.#isTakingUpdates) this.#run(this.#takeUpdates());
  }

  *#takeUpdates(): Steps {
    this.#isTakingUpdates = true;
    while (this.#updates.length > 0) {
      const messages = this.#updates;
      this.#updates = [];
      for (const message of messages) yield* this.#takeUpdate(message);
    }
    this.#isTakingUpdates = false;
  }

  *#takeUpdate({ channel, message }: DnsMessage): Steps {
    const nowMs = this.#clock.nowMs();
    if (message.kind === "routes") {
      for (const route of message.routes) {
        for (const awaited of this.#table.awaitedOffers) {
          yield this.#table.accept(awaited, this.#clock.nowMs());
        }
        yield this.#table.accept(route, this.#clock.nowMs());
      }
      this.#counters.add("updates", message.routes.length);
    } else if (message.kind === "stale") {
      yield this.#table.accept(message.route, nowMs);
    } else if (channel !== this.#dns) {
      return; // What its successor says counts.
    } else {
      const pulls = this.#table.join(this.#linkedAtMs, nowMs);
      this.#armWaitTimer(nowMs);
      yield* pulls;
    }
  }

  #run<Result>(steps: Steps<Result>): Promise<Result> {
    return runCooperatively(steps, { clock: this.#clock });
  }

  async #refresh(): Promise<void> {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    await this.#run(this.#table.refresh(this.#clock.nowMs()));
    await this.#run(this.#countHosts());
    this.#isRefreshing = false;
    this.#counters.set("modules", this.#table.size);
    this.#counters.set("unresolved", this.#table.unresolved);
    this.#counters.set("socketDrops", this.#server.kernelDrops);
    this.#counters.set("forgotten", this.#table.forgotten);
  }

  *#countHosts(): Steps {
    let hosts = 0;
    let hostsOverloaded = 0;
    for (const { balancer: { idle, overloaded } } of this.#table.modules()) {
      hosts += idle.size + overloaded.size;
      hostsOverloaded += overloaded.size;
      yield;
    }
    this.#counters.set("hosts", hosts);
    this.#counters.set("hostsOverloaded", hostsOverloaded);
  }
}
