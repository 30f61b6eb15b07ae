/**
 * The agent's link to reporter: sends the shards' statuses there, and while no reporter can be reached holds the newest
 * of each module.
 *
 * @module
 */

import {
  encodeMessage,
  MessageId,
  ModuleMap,
  type ModuleName,
  ReportStatusRequest,
} from "../../proto/mod.ts";
import {
  type Access,
  Channel,
  type ChannelPort,
  type Clock,
  type CounterName,
  type Counters,
  realClock,
  Router,
  TcpClient,
  type Timer,
} from "../../reactor/mod.ts";
import { Place, Queue } from "../balancer/host/queue.ts";
import type { ReporterToShard, ShardToReporter } from "../messages.ts";
import type { LinkOptions } from "./link.ts";
import { HOST_WORDS, readStatuses, type StatusSection } from "../shard/status_words.ts";

/** What the reporter client counts. */
export const REPORTER_CLIENT_COUNTERS = {
  counters: {
    sent: "Module statuses sent to a reporter",
    replaced: "Module statuses replaced by newer ones before they could be sent",
    refused: "Module statuses dropped because too many modules or hosts waited to be sent",
  },
  gauges: {
    held: "Modules whose newest status waits to be sent",
    newestSec: "Time of the newest status, Unix seconds",
  },
} as const;

/** A number in {@link REPORTER_CLIENT_COUNTERS}. */
export type ReporterClientCounter = CounterName<typeof REPORTER_CLIENT_COUNTERS>;

/** What a {@link ReporterClient} is made of. */
export interface ReporterClientOptions extends LinkOptions {
  /** Who reports on a connection with that local address: an IPv4 address in host order. */
  callerOf: (local: string) => number;
  /** What is counted. */
  counters: Counters<ReporterClientCounter>;
}

/** Modules whose status may wait. */
const MAX_HELD = 100_000;

/** Hosts of them; each takes 20 bytes. */
const MAX_HELD_HOSTS = 2_000_000;

/** What is sent in one turn of the event loop, about: a few ms of work. A host's status is 1, a message 10 besides. */
const WORK_AT_ONCE = 6_000;
const MESSAGE_WORK = 10;

/** No more is handed to the connection than this, bytes: what is held can still be replaced by something newer. */
const MAX_QUEUED_BYTES = 1 << 20;

/** What is held goes out by the next status that comes, or after this time, ms. */
const FLUSH_INTERVAL_MS = 500;

/** How soon it is seen whether a connection that had enough to send takes more, ms. */
const RETRY_MS = 10;

/** How long what is held may take to go out when the agent stops, ms. */
const STOP_GRACE_MS = 1000;

/** How often what is held goes out then, ms: nothing else is to be done. */
const STOP_FLUSH_INTERVAL_MS = 5;

/** The newest status of a module, which waits to be sent. */
class HeldStatus {
  readonly name: ModuleName;
  /** Its place among all that wait. */
  readonly place: Place<HeldStatus> = new Place<HeldStatus>(this);
  tsSec = 0;
  /** What was not sent yet: of each part {@link HOST_WORDS} numbers for each host. */
  parts: Uint32Array[] = [];

  constructor({ modid, cmdid }: ModuleName) {
    this.name = { modid, cmdid };
  }
}

type ShardChannel = Channel<ReporterToShard, ShardToReporter>;

/** Sends statuses on behalf of the shards. */
export class ReporterClient {
  readonly #client: TcpClient;
  #caller = 0;
  readonly #beat?: () => void;
  readonly #counters: Counters<ReporterClientCounter>;
  readonly #held = new ModuleMap<HeldStatus>();
  /** Those that have waited longest first. */
  readonly #waiting = new Queue<HeldStatus>();
  #heldHosts = 0;
  /** Used again for each message. */
  readonly #message = new ReportStatusRequest();
  readonly #shards = new Map<number, ShardChannel>();
  readonly #clock: Clock;
  readonly #flushTimer: Timer;
  #goOnTimer?: Timer;
  /** Whether no reporter could be reached since the last connection, or the start. */
  #isAway = false;
  #isStopping = false;
  #onEmptied?: () => void;
  /** Resolves when every shard has sent its last status. */
  readonly #ended = Promise.withResolvers<void>();

  /** Connects when the first status comes: reporter has a place for it then, however many say nothing. */
  constructor(options: ReporterClientOptions) {
    const {
      callerOf,
      counters,
      tcpCounters,
      onOpen,
      onClose,
      onAnswer,
      onError,
      clock = realClock,
    } = options;
    this.#beat = options.beat;
    this.#counters = counters;
    this.#clock = clock;
    this.#client = new TcpClient({
      endpoints: options.endpoints,
      order: options.order,
      answerTimeoutMs: options.answerTimeoutMs,
      access: options.access,
      connect: options.connect,
      clock,
      counters: tcpCounters,
      router: new Router(), // a reporter never answers
      hasToSay: () => this.#held.size > 0, // or when a shard sends the next
      onAnswer,
      mayBeMute: true,
      awaitingSinceMs: () => 0,
      onOpen: ({ local }, endpoint) => {
        onOpen?.(endpoint, local.hostname);
        this.#caller = callerOf(local.hostname);
        this.#isAway = false;
        this.#flush();
      },
      onClose: () => {
        onClose?.();
        // What was sent last may not have arrived: the newest of all modules goes to whoever is there next.
        for (const shard of this.#shards.values()) shard.post({ kind: "lost" });
      },
      onError: (error, endpoint) => {
        onError?.(error, endpoint);
        this.#isAway = true;
      },
    });
    this.#flushTimer = clock.every(FLUSH_INTERVAL_MS, () => this.#flush());
  }

  /** Is let in otherwise from now on. */
  reload(access: Access): void {
    this.#client.reload(access);
  }

  /** Takes the port to a shard, in place of an earlier one. */
  linkShard(index: number, port: ChannelPort): void {
    this.#shards.get(index)?.close();
    const shard: ShardChannel = new Channel(port, {
      onPost: (message) => {
        if (message.kind === "end") this.#end(index, shard);
        else this.#take(message.words);
      },
    });
    this.#shards.set(index, shard);
  }

  /**
   * Takes the last statuses of the shards, which have stopped before, and sends what can be sent within the grace period.
   *
   * @returns Of how many modules the last status could not be sent.
   */
  async drain(graceMs: number = STOP_GRACE_MS): Promise<number> {
    this.#isStopping = true;
    this.#flushTimer.cancel();
    const flushing = this.#clock.every(STOP_FLUSH_INTERVAL_MS, () => this.#flush());
    const deadline = Promise.withResolvers<void>();
    const timer = this.#clock.after(graceMs, deadline.resolve);
    // The last statuses may still be on their way through the channels.
    if (this.#shards.size > 0) await Promise.race([this.#ended.promise, deadline.promise]);
    for (const shard of this.#shards.values()) shard.close();
    this.#flush();
    // A connection may just be under way; one that could not be made before is not waited for.
    if (this.#held.size > 0 && !this.#isAway) {
      await Promise.race([this.#emptied(), deadline.promise]);
    }
    flushing.cancel();
    timer.cancel();
    this.#goOnTimer?.cancel();
    return this.#held.size;
  }

  /** Closes, once what the connection took is sent. */
  async stop(): Promise<void> {
    this.#flushTimer.cancel();
    this.#goOnTimer?.cancel();
    for (const shard of this.#shards.values()) shard.close();
    await this.#client.stop();
  }

  #end(index: number, shard: ShardChannel): void {
    if (this.#shards.get(index) !== shard) return;
    this.#shards.delete(index);
    shard.close();
    if (this.#shards.size === 0) this.#ended.resolve();
  }

  #take(words: Uint32Array<ArrayBuffer>): void {
    this.#beat?.();
    this.#client.start();
    for (const section of readStatuses(words)) this.#hold(section);
    this.#counters.set("held", this.#held.size);
    this.#goOnTimer ??= this.#clock.after(0, () => this.#flush());
  }

  #hold(section: StatusSection): void {
    const { modid, cmdid, from, hosts } = section;
    let held = this.#held.get(modid, cmdid);
    if (held !== undefined && from === 0) {
      this.#counters.add("replaced");
      this.#heldHosts -= hostsOf(held);
      held.parts = [];
    }
    const isFull = this.#heldHosts >= MAX_HELD_HOSTS;
    if (held === undefined && (isFull || this.#held.size >= MAX_HELD)) {
      if (from === 0) this.#counters.add("refused");
      return;
    }
    if (held === undefined) {
      held = new HeldStatus({ modid, cmdid });
      this.#held.set(modid, cmdid, held);
      this.#waiting.push(held.place);
    }
    // The clock may be set back; what this run sends must not look older than what it sent before. The counters know it,
    // as they outlive this client.
    held.tsSec = Math.max(this.#counters.get("newestSec"), section.tsSec);
    this.#counters.set("newestSec", held.tsSec);
    held.parts.push(hosts.slice()); // the message holds others as well
    this.#heldHosts += hosts.length / HOST_WORDS;
  }

  /** Sends what the connection takes, and the rest in another turn. */
  #flush(): void {
    this.#goOnTimer?.cancel();
    this.#goOnTimer = undefined;
    let work = 0;
    for (let held = this.#waiting.head; held !== undefined; held = this.#waiting.head) {
      if (work >= WORK_AT_ONCE && !this.#isStopping) { // nothing else is to be done then
        this.#goOnIn(0);
        break;
      }
      if (!this.#send(held)) {
        if (this.#client.connection !== undefined) this.#goOnIn(RETRY_MS);
        break;
      }
      const hosts = held.parts.shift()!.length / HOST_WORDS;
      work += MESSAGE_WORK + hosts;
      this.#heldHosts -= hosts;
      if (held.parts.length > 0) continue;
      this.#held.delete(held.name.modid, held.name.cmdid);
      this.#waiting.remove(held.place);
      this.#counters.add("sent");
    }
    this.#counters.set("held", this.#held.size);
    if (this.#held.size === 0) this.#onEmptied?.();
  }

  #goOnIn(waitMs: number): void {
    this.#goOnTimer = this.#clock.after(waitMs, () => this.#flush());
  }

  /** Waits until nothing is held. */
  #emptied(): Promise<void> {
    return new Promise((resolve) => this.#onEmptied = resolve);
  }

  /** Sends the first part of what is held; says whether the connection took it. */
  #send({ name, tsSec, parts: [part] }: HeldStatus): boolean {
    const { connection } = this.#client;
    if (connection === undefined || connection.queuedBytes > MAX_QUEUED_BYTES) return false;
    const message = this.#message;
    message.clear();
    message.modid = name.modid;
    message.cmdid = name.cmdid;
    message.caller = this.#caller;
    message.tsSec = tsSec;
    for (let at = 0; at < part.length; at += HOST_WORDS) {
      const result = message.results.add();
      result.ip = part[at];
      result.port = part[at + 1];
      result.succ = part[at + 2];
      result.err = part[at + 3];
      result.overload = part[at + 4] !== 0;
    }
    return connection.send(MessageId.ReportStatusRequest, encodeMessage(message));
  }
}

function hostsOf({ parts }: HeldStatus): number {
  return parts.reduce((sum, { length }) => sum + length / HOST_WORDS, 0);
}
