/**
 * The agent's link to reporter: sends the shards' statuses there, and while no reporter can be reached holds the newest
 * of each module.
 *
 * @module
 */

import { encodeReportStatusRequest, MessageId, ModuleMap, parseIpv4 } from "../proto/mod.ts";
import {
  Counters,
  type Endpoint,
  Router,
  TCP_COUNTER_NAMES,
  TcpClient,
  type TcpCounter,
} from "../reactor/mod.ts";
import type { ModuleStatus, ReporterToShard, ShardToReporter } from "./messages.ts";

/** Every number that the reporter client counts, with what it means. */
export const REPORTER_CLIENT_COUNTERS = {
  sent: "Module statuses sent to a reporter",
  replaced: "Module statuses replaced by newer ones before they could be sent",
  refused: "Module statuses dropped because too many modules waited to be sent",
} as const;

/** What of the reporter client goes up and down, with what it means. */
export const REPORTER_CLIENT_GAUGES = {
  held: "Modules whose newest status waits to be sent",
  newestSec: "Time of the newest status, Unix seconds",
} as const;

/** The name of one of {@link REPORTER_CLIENT_COUNTERS} or {@link REPORTER_CLIENT_GAUGES}. */
export type ReporterClientCounter =
  | keyof typeof REPORTER_CLIENT_COUNTERS
  | keyof typeof REPORTER_CLIENT_GAUGES;

/** The names of {@link REPORTER_CLIENT_COUNTERS} and {@link REPORTER_CLIENT_GAUGES}. */
export const REPORTER_CLIENT_COUNTER_NAMES = [
  ...Object.keys(REPORTER_CLIENT_COUNTERS),
  ...Object.keys(REPORTER_CLIENT_GAUGES),
] as ReporterClientCounter[];

/** What a {@link ReporterClient} is made of. */
export interface ReporterClientOptions {
  /** The reporters, tried in turn. */
  endpoints: readonly Endpoint[];
  /**
   * Who reports, an IPv4 address in host order.
   * @default the local address of the connection
   */
  caller?: number;
  /** What is counted. */
  counters: Counters<ReporterClientCounter>;
  /** What its connection counts. */
  tcpCounters?: Counters<TcpCounter>;
  /** Says that its thread is at work, when much has come at once. */
  beat?: () => void;
  /** Hears of every connect. */
  onOpen?: (endpoint: string) => void;
  /** Hears of every loss. */
  onClose?: () => void;
  /** Hears why a connect failed. */
  onError?: (error: unknown, endpoint: Endpoint) => void;
}

/** Modules whose status may wait. */
const MAX_HELD = 100_000;

/** No more is handed to the connection than this, bytes: what is held can still be replaced by something newer. */
const MAX_QUEUED_BYTES = 1 << 20;

/** What is held goes out by the next status that comes, or after this time, ms. */
const FLUSH_INTERVAL_MS = 500;

/** How long what is held may take to go out when the agent stops, ms. */
const STOP_GRACE_MS = 1000;

/** How often what is held goes out then, ms: nothing else is to be done. */
const STOP_FLUSH_INTERVAL_MS = 5;

/**
 * Results in one message. One takes 42 bytes at most (every field at its longest, tag and length with it), so 1,500 of
 * them fit a body of 65,527 bytes with the fields around them.
 */
const MAX_RESULTS = 1500;

/** Sends statuses on behalf of the shards. */
export class ReporterClient {
  readonly #client: TcpClient;
  readonly #caller?: number;
  readonly #beat?: () => void;
  readonly #counters: Counters<ReporterClientCounter>;
  readonly #held = new ModuleMap<ModuleStatus>();
  readonly #shards = new Map<number, MessagePort>();
  readonly #timer: ReturnType<typeof setInterval>;
  /** Whether no reporter could be reached since the last connection, or the start. */
  #isAway = false;
  #onEmptied?: () => void;
  /** Resolves when every shard has told its last. */
  readonly #toldAll = Promise.withResolvers<void>();

  /** Connects when the first status comes: reporter hangs up on those who say nothing. */
  constructor(options: ReporterClientOptions) {
    const { endpoints, caller, counters, onOpen, onClose, onError } = options;
    this.#caller = caller;
    this.#beat = options.beat;
    this.#counters = counters;
    this.#client = new TcpClient({
      endpoints,
      counters: options.tcpCounters ?? new Counters(TCP_COUNTER_NAMES),
      router: new Router(), // a reporter never answers
      hasToSay: () => this.#held.size > 0, // or when the shards tell anew
      onOpen: ({ remote }) => {
        onOpen?.(`${remote.hostname}:${remote.port}`);
        this.#isAway = false;
        this.#flush();
      },
      onClose: () => {
        onClose?.();
        // What was sent last may not have arrived: the newest of all modules goes to whoever is there next.
        for (const shard of this.#shards.values()) {
          shard.postMessage("lost" satisfies ReporterToShard);
        }
      },
      onError: (error, endpoint) => {
        onError?.(error, endpoint);
        this.#isAway = true;
      },
    });
    this.#timer = setInterval(() => this.#flush(), FLUSH_INTERVAL_MS);
  }

  /** Takes the port to a shard, in place of an earlier one. */
  linkShard(index: number, port: MessagePort): void {
    this.#shards.get(index)?.close();
    this.#shards.set(index, port);
    port.onmessage = ({ data }: MessageEvent<ShardToReporter>) => {
      if (data === "last") this.#end(index, port);
      else this.#take(data);
    };
  }

  /**
   * Sends what can be sent, and closes. The shards have stopped before.
   *
   * @returns Of how many modules the last status could not be sent.
   */
  async stop(): Promise<number> {
    clearInterval(this.#timer);
    const flushing = setInterval(() => this.#flush(), STOP_FLUSH_INTERVAL_MS);
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(deadline.resolve, STOP_GRACE_MS);
    // What the shards said last may still be on its way through their ports.
    if (this.#shards.size > 0) await Promise.race([this.#toldAll.promise, deadline.promise]);
    for (const shard of this.#shards.values()) shard.close();
    this.#flush();
    // A connection may just be under way; one that could not be made before is not waited for.
    if (this.#held.size > 0 && !this.#isAway) {
      await Promise.race([this.#emptied(), deadline.promise]);
    }
    clearInterval(flushing);
    clearTimeout(timer);
    const lost = this.#held.size;
    await this.#client.stop();
    return lost;
  }

  #end(index: number, port: MessagePort): void {
    if (this.#shards.get(index) !== port) return;
    this.#shards.delete(index);
    port.close();
    if (this.#shards.size === 0) this.#toldAll.resolve();
  }

  #take(statuses: readonly ModuleStatus[]): void {
    this.#beat?.();
    this.#client.start();
    for (const status of statuses) this.#hold(status);
    this.#flush();
  }

  #hold(status: ModuleStatus): void {
    const { modid, cmdid } = status;
    if (this.#held.has(modid, cmdid)) this.#counters.add("replaced");
    else if (this.#held.size >= MAX_HELD) {
      this.#counters.add("refused");
      return;
    }
    // The clock may be set back; what this run says must not look older than what it said before. The counters know it,
    // as they outlive this client.
    const tsSec = Math.max(this.#counters.get("newestSec"), status.tsSec);
    this.#counters.set("newestSec", tsSec);
    this.#held.set(modid, cmdid, { ...status, tsSec });
  }

  #flush(): void {
    for (const [{ modid, cmdid }, status] of this.#held.entries()) {
      if (!this.#send(status)) break;
      this.#held.delete(modid, cmdid);
      this.#counters.add("sent");
    }
    this.#counters.set("held", this.#held.size);
    if (this.#held.size === 0) this.#onEmptied?.();
  }

  /** Waits until nothing is held. */
  #emptied(): Promise<void> {
    return new Promise((resolve) => this.#onEmptied = resolve);
  }

  #send({ results, ...status }: ModuleStatus): boolean {
    const { connection } = this.#client;
    if (connection === undefined || connection.queuedBytes > MAX_QUEUED_BYTES) return false;
    const caller = this.#caller ?? parseIpv4(connection.local.hostname) ?? 0;
    for (let from = 0; from < results.length; from += MAX_RESULTS) {
      const part = results.slice(from, from + MAX_RESULTS);
      const body = encodeReportStatusRequest({ ...status, caller, results: part });
      if (!connection.send(MessageId.ReportStatusRequest, body)) return false;
    }
    return true;
  }
}
