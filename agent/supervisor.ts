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

import { getLogger, type Logger } from "@logtape/logtape";
import {
  Counters,
  type Endpoint,
  type LossReason,
  TCP_COUNTER_NAMES,
  UDP_COUNTER_NAMES,
  WorkerHost,
} from "../reactor/mod.ts";
import { ExitCode, FatalError, type LogConfig } from "../service/mod.ts";
import type { DnsInit } from "./dns_worker.ts";
import { type Link, SHARD_NAMES, shardIndex, type WorkerName } from "./messages.ts";
import { REPORTER_CLIENT_COUNTER_NAMES } from "./reporter_client.ts";
import type { ReporterInit } from "./reporter_worker.ts";
import type { ShardOptions } from "./shard.ts";
import { SHARD_COUNTER_NAMES } from "./shard_counter.ts";
import type { ShardInit } from "./shard_worker.ts";

/** What the threads are to do. */
export interface SupervisorOptions {
  /** What the shards have in common; `port` is the first one's. */
  shards: Omit<ShardOptions, "index" | "counters" | "udpCounters">;
  /** The dns instances. */
  dnsEndpoints: readonly Endpoint[];
  /** The reporters. */
  reporterEndpoints: readonly Endpoint[];
  /** Who reports, an IPv4 address in host order; by default the local address of the connection to reporter. */
  caller?: number;
  /** How to log. */
  log: LogConfig;
  /** Hears that threads are stuck which cannot be ended, so the process is to be restarted. */
  onStuck: (error: Error) => void;
}

type WorkerInit = ShardInit | DnsInit | ReporterInit;
type Host = WorkerHost<WorkerInit, Link, never>;

const SHARD_WORKER = new URL("./shard_worker.ts", import.meta.url);
const DNS_WORKER = new URL("./dns_worker.ts", import.meta.url);
const REPORTER_WORKER = new URL("./reporter_worker.ts", import.meta.url);

/** Whom every shard talks to. */
const CLIENTS = ["dns", "reporter"] as const;

/** A stuck thread holds a core and a socket until the process ends: two are too many, and one for so long. */
const STUCK_LIMIT = 2;
const STUCK_LIMIT_MS = 30_000;

/** Keeps the agent's threads alive. */
export class Supervisor {
  /** What each shard counts. */
  readonly shardCounters = SHARD_NAMES.map(() => new Counters(SHARD_COUNTER_NAMES));
  /** What each shard's socket counts. */
  readonly udpCounters = SHARD_NAMES.map(() => new Counters(UDP_COUNTER_NAMES));
  /** What the dns client's connection counts. */
  readonly dnsCounters = new Counters(TCP_COUNTER_NAMES);
  /** What the reporter client counts. */
  readonly reporterCounters = new Counters(REPORTER_CLIENT_COUNTER_NAMES);
  /** What the reporter client's connection counts. */
  readonly reporterTcpCounters = new Counters(TCP_COUNTER_NAMES);

  /** What the supervisor counts. */
  readonly counters = new Counters(["workersReplaced"]);

  readonly #options: SupervisorOptions;
  readonly #log: Logger = getLogger(["lars", "agent", "supervisor"]);
  readonly #hosts = new Map<WorkerName, Host>();
  #stuck = 0;
  #stuckTimer?: ReturnType<typeof setTimeout>;

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
  }

  /** The threads that do not run now. */
  get missing(): WorkerName[] {
    return [...this.#hosts].filter(([, host]) => !host.isReady).map(([name]) => name);
  }

  /** How many threads were given up for hanging. */
  get stuck(): number {
    return this.#stuck;
  }

  /** Ends the shards first, so that the reporter client still hears what they say last. */
  async stop(): Promise<void> {
    clearTimeout(this.#stuckTimer);
    await Promise.all(SHARD_NAMES.map((name) => this.#hosts.get(name)?.stop(1500)));
    await Promise.all([
      this.#hosts.get("dns")?.stop(1500),
      this.#hosts.get("reporter")?.stop(1500),
    ]);
  }

  async #start(): Promise<void> {
    const { shards, log, dnsEndpoints, reporterEndpoints, caller } = this.#options;
    const starting = [
      this.#startWorker("dns", DNS_WORKER, {
        log,
        endpoints: dnsEndpoints,
        tcpCounters: this.dnsCounters.buffer,
      }),
      this.#startWorker("reporter", REPORTER_WORKER, {
        log,
        endpoints: reporterEndpoints,
        caller,
        counters: this.reporterCounters.buffer,
        tcpCounters: this.reporterTcpCounters.buffer,
      }),
      ...SHARD_NAMES.map((name, index) =>
        this.#startWorker(name, SHARD_WORKER, {
          ...shards,
          log,
          index,
          port: shards.port + index,
          counters: this.shardCounters[index].buffer,
          udpCounters: this.udpCounters[index].buffer,
        })
      ),
    ];
    const failure = (await Promise.allSettled(starting)).find(({ status }) =>
      status === "rejected"
    );
    if (failure === undefined) return;
    await this.stop();
    throw (failure as PromiseRejectedResult).reason;
  }

  async #startWorker(name: WorkerName, url: URL, init: WorkerInit): Promise<void> {
    const host: Host = await WorkerHost.start<WorkerInit, Link, never>({
      url,
      name,
      init: () => init,
      onReady: () => this.#join(name),
      onLost: (reason, error) => this.#noteLoss(name, reason, error),
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
      host.post({ peer, port: port1 }, [port1]);
      peerHost.post({ peer: name, port: port2 }, [port2]);
    }
  }

  #noteLoss(name: WorkerName, reason: LossReason, error?: Error): void {
    this.counters.add("workersReplaced");
    this.#log.error("Worker {worker} {reason} and is replaced: {error}", {
      worker: name,
      reason,
      error: error?.message ?? "it does not beat",
    });
    if (reason !== "hung") return;
    this.#stuck++;
    if (this.#stuck >= STUCK_LIMIT) this.#giveUp();
    else this.#stuckTimer = setTimeout(() => this.#giveUp(), STUCK_LIMIT_MS);
  }

  #giveUp(): void {
    this.#options.onStuck(
      new FatalError(`Cannot end ${this.#stuck} stuck thread(s): restart the agent`, {
        exitCode: ExitCode.stuck,
      }),
    );
  }
}

function isShard(name: WorkerName): boolean {
  return shardIndex(name) >= 0;
}
