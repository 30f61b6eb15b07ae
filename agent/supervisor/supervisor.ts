/**
 * The agent's five threads: starts them, joins them by message ports, and replaces those that die.
 *
 * ```
 *   shard0 ──┬── dns client ──▶ dns
 *   shard1 ──┤
 *   shard2 ──┴── reporter client ──▶ reporter
 * ```
 *
 * Every shard is joined to both clients. When a worker is replaced, it and those it was joined to get new ports.
 *
 * @module
 */

import { getLogger, type Logger } from "../../service/observe/logger.ts";
import {
  type Access,
  CallError,
  Counters,
  type LossReason,
  TCP_CLIENT_COUNTERS,
  UDP_COUNTERS,
  WorkerHost,
  WorkerSpare,
} from "../../reactor/mod.ts";
import { ExitCode, FatalError, type LogConfig, SNAPSHOT_COUNTERS } from "../../service/mod.ts";
import type { DnsInit } from "../upstream/dns_worker.ts";
import type { Servers } from "../upstream/link.ts";
import { FALLBACK_COUNTERS } from "../upstream/route_fallback.ts";
import type { FaultKind } from "./faults.ts";
import type { ExplainReply, ExplainRequest } from "../explain/explain.ts";
import type { ShardSettings, ToShard } from "../messages.ts";
import { REPORTER_CLIENT_COUNTERS } from "../upstream/reporter_client.ts";
import type { ReporterInit } from "../upstream/reporter_worker.ts";
import { StuckLimit } from "./stuck_limit.ts";
import { SHARD_NAMES, shardIndex, type WorkerName } from "./threads.ts";
import { SHARD_COUNTERS } from "../shard/shard_counter.ts";
import type { ShardInit } from "../shard/shard_worker.ts";
import { VerdictTable } from "../shard/verdict_table.ts";

/** How each of the two clients is let in. */
export interface ClientAccess {
  /** By dns. */
  readonly dns: Access;
  /** By reporter. */
  readonly reporter: Access;
}

/** What the threads are to do. */
export interface SupervisorOptions {
  /** What the shards have in common; `port` is the first one's. */
  shards: Omit<ShardInit, "index" | "counters" | "log" | "udpCounters" | "verdicts">;
  /** The dns instances. */
  dns: Servers;
  /** The file that routes are kept in for the next run; undefined where they are not. */
  snapshot?: string;
  /** The reporters. */
  reporter: Servers;
  /** How these let the clients in. */
  access: ClientAccess;
  /** Who reports, an IPv4 address in host order; unless given, chosen as caller.ts says. */
  caller?: number;
  /** How to log. */
  log: LogConfig;
  /** Is called when threads are stuck and cannot be ended, so that the process is to be restarted. */
  onStuck: (error: Error) => void;
  /**
   * For how long one thread may be stuck, ms.
   * @default 30000
   */
  stuckLimitMs?: number;
}

type WorkerInit = ShardInit | DnsInit | ReporterInit;
type Host = WorkerHost<WorkerInit, ToShard>;

const SHARD_WORKER = new URL("../shard/shard_worker.ts", import.meta.url);
const DNS_WORKER = new URL("../upstream/dns_worker.ts", import.meta.url);
const REPORTER_WORKER = new URL("../upstream/reporter_worker.ts", import.meta.url);

/** Whom every shard talks to. */
const CLIENTS = ["dns", "reporter"] as const;

/** How long a thread may take to end when the agent stops, ms. */
const STOP_MS = 1500;
/** The dns client has no work to finish, and programs wait for the agent's successor. */
const DNS_STOP_MS = 100;

/** How people's requests are put to a shard: each keeps it from its real work for a moment. */
const EXPLAIN_CALL = { timeoutMs: 1000, maxWaiting: 4 };

/** Keeps the agent's threads alive. */
export class Supervisor {
  /** What each shard counts. */
  readonly shardCounters = SHARD_NAMES.map(() => new Counters(SHARD_COUNTERS));
  /** What each shard's socket counts. */
  readonly udpCounters = SHARD_NAMES.map(() => new Counters(UDP_COUNTERS));
  /** What each shard knows of overloaded hosts, for the one that replaces it. */
  readonly #verdicts = SHARD_NAMES.map(() => VerdictTable.allocate());
  /** The local address of the connection to dns, which the reporter client may report under. */
  readonly #dnsLocalIp = new SharedArrayBuffer(4);
  /** What the dns client's connection counts; `endpoint` is one of {@link SupervisorOptions.dns}. */
  readonly dnsCounters = new Counters(TCP_CLIENT_COUNTERS);
  /** What the keeping of routes for the next run counts. */
  readonly snapshotCounters = new Counters(SNAPSHOT_COUNTERS);
  /** What is counted of the routes of the last run. */
  readonly fallbackCounters = new Counters(FALLBACK_COUNTERS);
  /** What the reporter client counts. */
  readonly reporterCounters = new Counters(REPORTER_CLIENT_COUNTERS);
  /** What the reporter client's connection counts. */
  readonly reporterTcpCounters = new Counters(TCP_CLIENT_COUNTERS);

  /** What the supervisor counts. */
  readonly counters = new Counters({
    counters: { workersReplaced: "Times a thread was replaced" },
  });

  readonly #options: SupervisorOptions;
  /** What shards begin with, those that replace others, too. */
  #shards: SupervisorOptions["shards"];
  #access: ClientAccess;
  readonly #log: Logger = getLogger("lars", "agent", "supervisor");
  readonly #hosts = new Map<WorkerName, Host>();
  /** For shards alone: picks wait for nobody else. */
  readonly #spareShard = new WorkerSpare(SHARD_WORKER);
  readonly #stuckLimit: StuckLimit;

  /**
   * Starts the threads and joins them.
   *
   * @throws {Error} What the set-up of one of them threw.
   */
  static async start(options: SupervisorOptions): Promise<Supervisor> {
    const supervisor = new Supervisor(options);
    await supervisor.#start();
    return supervisor;
  }

  private constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#shards = options.shards;
    this.#access = options.access;
    this.#stuckLimit = new StuckLimit({
      onExceeded: () => this.#giveUp(),
      limitMs: options.stuckLimitMs,
    });
  }

  /** The threads that do not run now. */
  get missing(): WorkerName[] {
    return [...this.#hosts].filter(([, host]) => !host.isReady).map(([name]) => name);
  }

  /** How many threads hang now and cannot be ended. */
  get stuck(): number {
    return [...this.#hosts.values()].reduce((sum, host) => sum + host.stuck, 0);
  }

  /** Has the shards go on with other settings, and the clients be let in otherwise. */
  reload(settings: ShardSettings, access: ClientAccess): void {
    this.#shards = { ...this.#shards, ...settings };
    for (const name of SHARD_NAMES) this.#hosts.get(name)?.post({ kind: "reload", settings });
    this.#access = access;
    for (const name of CLIENTS) {
      this.#hosts.get(name)?.post({ kind: "access", access: access[name] });
    }
  }

  /** Has a shard explain, 0 … 2; resolves to undefined when it does not in a second, or has others to explain to. */
  async explain(shard: number, request: ExplainRequest): Promise<ExplainReply | undefined> {
    try {
      return await this.#hosts.get(SHARD_NAMES[shard])?.call(request, EXPLAIN_CALL);
    } catch (error) {
      if (error instanceof CallError) return undefined;
      throw error;
    }
  }

  /** Has a thread commit a fault; says whether that thread runs now. */
  injectFault(name: WorkerName, fault: FaultKind): boolean {
    const host = this.#hosts.get(name);
    if (!host?.isReady) return false;
    host.post({ kind: "fault", fault });
    return true;
  }

  /** Ends the shards first, so that the reporter client still gets their last statuses. */
  async stop(): Promise<void> {
    this.#stuckLimit.stop();
    this.#spareShard.stop();
    await Promise.all(SHARD_NAMES.map((name) => this.#hosts.get(name)?.stop(STOP_MS)));
    await Promise.all([
      this.#hosts.get("dns")?.stop(DNS_STOP_MS),
      this.#hosts.get("reporter")?.stop(STOP_MS),
    ]);
  }

  async #start(): Promise<void> {
    const { log, dns, reporter, caller } = this.#options;
    const starting = [
      this.#startWorker("dns", DNS_WORKER, () => ({
        log,
        servers: dns,
        access: this.#access.dns,
        tcpCounters: this.dnsCounters.buffer,
        snapshot: this.#options.snapshot,
        snapshotCounters: this.snapshotCounters.buffer,
        fallbackCounters: this.fallbackCounters.buffer,
        localIp: this.#dnsLocalIp,
      })),
      this.#startWorker("reporter", REPORTER_WORKER, () => ({
        log,
        servers: reporter,
        access: this.#access.reporter,
        caller,
        dnsLocalIp: this.#dnsLocalIp,
        counters: this.reporterCounters.buffer,
        tcpCounters: this.reporterTcpCounters.buffer,
      })),
      ...SHARD_NAMES.map((name, index) =>
        this.#startWorker(name, SHARD_WORKER, () => ({
          ...this.#shards,
          log,
          index,
          port: this.#shards.port + index,
          counters: this.shardCounters[index].buffer,
          udpCounters: this.udpCounters[index].buffer,
          verdicts: this.#verdicts[index],
        }))
      ),
    ];
    const failure = (await Promise.allSettled(starting)).find(({ status }) =>
      status === "rejected"
    );
    if (failure === undefined) return;
    await this.stop();
    throw (failure as PromiseRejectedResult).reason;
  }

  async #startWorker(name: WorkerName, url: URL, init: () => WorkerInit): Promise<void> {
    const host: Host = await WorkerHost.start<WorkerInit, ToShard>({
      url,
      name,
      init,
      spare: url === SHARD_WORKER ? this.#spareShard : undefined,
      onReady: () => this.#join(name),
      onLost: (reason, error) => this.#noteLoss(name, reason, error),
      onFreed: () => this.#noteFreed(name),
    });
    this.#hosts.set(name, host);
    this.#join(name);
  }

  /** Joins a worker to all that it talks to and that are there; those that come later join it. */
  #join(name: WorkerName): void {
    const host = this.#hosts.get(name);
    if (host === undefined) return; // starts for the first time: not known yet
    for (const peer of isShard(name) ? CLIENTS : SHARD_NAMES) {
      const peerHost = this.#hosts.get(peer);
      if (!peerHost?.isReady) continue;
      const { port1, port2 } = new MessageChannel();
      host.post({ kind: "link", peer, port: port1 }, [port1]);
      peerHost.post({ kind: "link", peer: name, port: port2 }, [port2]);
    }
  }

  #noteLoss(name: WorkerName, reason: LossReason, error?: Error): void {
    this.counters.add("workersReplaced");
    this.#log.error("Worker {worker} {reason} and is replaced: {error}", {
      worker: name,
      reason,
      error: error?.message ??
        (reason === "hung" ? "it neither beats nor gets anything done" : "it closed itself"),
    });
    if (reason === "hung") this.#stuckLimit.update(this.stuck);
    if (isShard(name)) return;
    // Its connection is gone with it.
    (name === "dns" ? this.dnsCounters : this.reporterTcpCounters).clearGauges();
  }

  #noteFreed(name: WorkerName): void {
    this.#log.warn("Worker {worker}, which hung and was replaced, has ended", { worker: name });
    this.#stuckLimit.update(this.stuck);
  }

  #giveUp(): void {
    this.#options.onStuck(
      new FatalError(`Cannot end ${this.stuck} stuck thread(s): restart the agent`, {
        exitCode: ExitCode.stuck,
      }),
    );
  }
}

function isShard(name: WorkerName): boolean {
  return shardIndex(name) >= 0;
}
