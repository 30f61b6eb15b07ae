/**
 * The agent's link to reporter: sends the shards' statuses there, and holds the newest of each module until it is sent and
 * acknowledged. What a reporter has not acknowledged goes to the next one again.
 *
 * Reporters of the C++ Lars acknowledge nothing. One that has not said a word after a while is taken for one of them: what it
 * was sent is held no longer, and when its connection is lost the shards are asked for everything again.
 *
 * @module
 */

import {
  encodeMessage,
  MessageId,
  ModuleMap,
  type ModuleName,
  ReportStatusRequest,
  reusing,
  StatusAck,
} from "../../proto/mod.ts";
import {
  type Access,
  Channel,
  type ChannelPort,
  type Clock,
  type Connection,
  type CounterName,
  type Counters,
  realClock,
  Router,
  TcpClient,
  type Timer,
} from "../../reactor/mod.ts";
import { handlerErrorLog } from "../../service/observe/logger.ts";
import { Place, Queue } from "../balancer/host/queue.ts";
import type { ReporterToShard, ShardToReporter } from "../messages.ts";
import type { LinkOptions } from "./link.ts";
import { HOST_WORDS, readStatuses, type StatusSection } from "../shard/status_words.ts";

/** What the reporter client counts. */
export const REPORTER_CLIENT_COUNTERS = {
  counters: {
    sent: "Module statuses sent to a reporter",
    acknowledged: "Module statuses that a reporter says are stored",
    replaced: "Module statuses replaced by newer ones before they could be sent",
    refused: "Module statuses dropped because too many modules or hosts waited to be sent",
  },
  gauges: {
    held: "Modules whose newest status waits to be sent",
    unacknowledged: "Modules whose newest status is sent, and not acknowledged yet",
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

/** Modules whose status may be held. */
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

/** The newest status of a module, which waits to be sent or acknowledged. */
class HeldStatus {
  readonly name: ModuleName;
  /** Its place among those that wait for the same. */
  readonly place: Place<HeldStatus> = new Place<HeldStatus>(this);
  tsSec = 0;
  /** Of each part {@link HOST_WORDS} numbers for each host. */
  parts: Uint32Array[] = [];
  /** How many parts were sent on the present connection. */
  sentParts = 0;
  /** The number of the message with the last of them, of those on this connection. */
  message = 0;

  constructor({ modid, cmdid }: ModuleName) {
    this.name = { modid, cmdid };
  }
}

type ShardChannel = Channel<ReporterToShard, ShardToReporter>;

/** What is known of a connection. */
interface Sending {
  readonly sinceMs: number;
  /** Messages sent on it. */
  messages: number;
  /** Whether the reporter has acknowledged anything, be it nothing. */
  isAcknowledged: boolean;
}

/** Sends statuses on behalf of the shards. */
export class ReporterClient {
  readonly #client: TcpClient;
  #caller = 0;
  readonly #beat?: () => void;
  readonly #counters: Counters<ReporterClientCounter>;
  readonly #held = new ModuleMap<HeldStatus>();
  /** Those that are to be sent, which have waited longest first. */
  readonly #waiting = new Queue<HeldStatus>();
  /** Those that are to be acknowledged, in the order in which they were sent. */
  readonly #unacknowledged = new Queue<HeldStatus>();
  #unacknowledgedSinceMs = 0;
  readonly #sendings = new WeakMap<Connection<void>, Sending>();
  /** Of the present connection, while there is one. */
  #sending?: Sending;
  /** Whether something was sent that is not held, and nobody knows whether it arrived. */
  #mayBeLost = false;
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
      maxAgeMs: options.maxAgeMs,
      access: options.access,
      connect: options.connect,
      clock,
      counters: tcpCounters,
      router: new Router<Connection<void>>(handlerErrorLog(["agent", "reporter"])).on<StatusAck>(
        MessageId.StatusAck,
        ({ stored }, connection) => this.#acknowledge(stored, connection),
        { decode: reusing(new StatusAck()) },
      ),
      hasToSay: () => this.#held.size > 0, // or when a shard sends the next
      onAnswer,
      mayBeMute: true,
      awaitingSinceMs: () => this.#awaitingSinceMs(),
      onOpen: (connection, endpoint) => {
        const { local } = connection;
        onOpen?.(endpoint, local.hostname);
        this.#sendAgain();
        this.#sending = this.#sendings.get(connection) ??
          { sinceMs: clock.nowMs(), messages: 0, isAcknowledged: false };
        this.#sendings.set(connection, this.#sending);
        this.#caller = callerOf(local.hostname);
        this.#isAway = false;
        this.#flush();
      },
      onClose: () => {
        onClose?.();
        this.#sendAgain();
        this.#sending = undefined;
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
    if (!this.#isDone && !this.#isAway) {
      await Promise.race([this.#emptied(), deadline.promise]);
    }
    flushing.cancel();
    timer.cancel();
    this.#goOnTimer?.cancel();
    return this.#waiting.size;
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
    this.#countHeld();
    this.#goOnTimer ??= this.#clock.after(0, () => this.#flush());
  }

  #hold(section: StatusSection): void {
    const { modid, cmdid, from, hosts } = section;
    let held = this.#held.get(modid, cmdid);
    if (held !== undefined && from === 0) {
      if (held.place.queue === this.#waiting) this.#counters.add("replaced");
      this.#heldHosts -= hostsOf(held);
      held.parts = [];
      held.sentParts = 0;
    }
    const isFull = this.#heldHosts >= MAX_HELD_HOSTS;
    if (held === undefined && (isFull || this.#held.size >= MAX_HELD)) {
      if (from === 0) this.#counters.add("refused");
      return;
    }
    if (held === undefined) {
      held = new HeldStatus({ modid, cmdid });
      this.#held.set(modid, cmdid, held);
    }
    if (held.place.queue !== this.#waiting) {
      this.#unacknowledged.remove(held.place);
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
    if (this.#client.isMute) this.#giveUpAcknowledgements();
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
      work += MESSAGE_WORK + held.parts[held.sentParts++].length / HOST_WORDS;
      if (held.sentParts < held.parts.length) continue;
      this.#noteSent(held);
    }
    this.#countHeld();
    if (this.#isDone) this.#onEmptied?.();
  }

  /** The last part of a status is sent. */
  #noteSent(held: HeldStatus): void {
    this.#counters.add("sent");
    this.#waiting.remove(held.place);
    held.message = this.#sending!.messages;
    if (this.#unacknowledged.size === 0) this.#unacknowledgedSinceMs = this.#clock.nowMs();
    this.#unacknowledged.push(held.place);
    if (this.#client.isMute) this.#giveUpAcknowledgements();
  }

  /** A reporter has stored so many of the messages on its connection. */
  #acknowledge(messages: number, connection: Connection<void>): void {
    if (connection !== this.#client.connection) return;
    this.#sending!.isAcknowledged = true;
    for (
      let held = this.#unacknowledged.head;
      held !== undefined && held.message <= messages;
      held = this.#unacknowledged.head
    ) {
      this.#drop(held);
      this.#counters.add("acknowledged");
    }
    this.#countHeld();
    if (this.#isDone) this.#onEmptied?.();
  }

  /** Since when the reporter owes a word: at first it says that it is there, and later that it is at work. */
  #awaitingSinceMs(): number | undefined {
    if (!this.#sending?.isAcknowledged) return this.#sending?.sinceMs;
    return this.#unacknowledged.size > 0 ? this.#unacknowledgedSinceMs : undefined;
  }

  /** The reporter acknowledges nothing: what it was sent is held no longer. */
  #giveUpAcknowledgements(): void {
    for (
      let held = this.#unacknowledged.head;
      held !== undefined;
      held = this.#unacknowledged.head
    ) {
      this.#drop(held);
      this.#mayBeLost = true;
    }
  }

  /** What was sent last may not have arrived: it goes to whoever is there next. */
  #sendAgain(): void {
    if (this.#mayBeLost) { // the newest of all modules
      for (const shard of this.#shards.values()) shard.post({ kind: "lost" });
    }
    this.#mayBeLost = false;
    for (const { place } of [...this.#unacknowledged]) {
      this.#unacknowledged.remove(place);
      this.#waiting.push(place);
    }
    for (const held of this.#waiting) held.sentParts = 0;
    this.#countHeld();
  }

  #drop(held: HeldStatus): void {
    this.#held.delete(held.name.modid, held.name.cmdid);
    this.#heldHosts -= hostsOf(held);
    this.#waiting.remove(held.place);
    this.#unacknowledged.remove(held.place);
  }

  #countHeld(): void {
    this.#counters.set("held", this.#waiting.size);
    this.#counters.set("unacknowledged", this.#unacknowledged.size);
  }

  /** Whether nothing is to be sent, or acknowledged where that is to be expected. */
  get #isDone(): boolean {
    const isAcknowledged = this.#sending?.isAcknowledged ?? false;
    return this.#waiting.size === 0 && (this.#unacknowledged.size === 0 || !isAcknowledged);
  }

  #goOnIn(waitMs: number): void {
    this.#goOnTimer = this.#clock.after(waitMs, () => this.#flush());
  }

  /** Waits until {@link #isDone}. */
  #emptied(): Promise<void> {
    return new Promise((resolve) => this.#onEmptied = resolve);
  }

  /** Sends the next part of what is held; says whether the connection took it. */
  #send({ name, tsSec, parts, sentParts }: HeldStatus): boolean {
    const { connection } = this.#client;
    if (connection === undefined || connection.queuedBytes > MAX_QUEUED_BYTES) return false;
    const part = parts[sentParts];
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
    const isSent = connection.send(MessageId.ReportStatusRequest, encodeMessage(message));
    if (isSent) this.#sending!.messages++;
    return isSent;
  }
}

function hostsOf({ parts }: HeldStatus): number {
  return parts.reduce((sum, { length }) => sum + length / HOST_WORDS, 0);
}
