/**
 * A client's way to one shard of its agent: what is asked and reported in one turn of the event loop travels together
 * where the agent can take it so, one by one where it cannot; what is lost is asked again.
 *
 * The time is an argument, and what is to be sent goes to an outbox.
 *
 * Questions wait in two queues until they are sent. `#alone` holds those that travel one by one: to an agent that is not
 * known to speak of many picks (batch_support.ts), or for a module that the shard has not answered for yet, which may
 * have to wait for its route and must not hold up others. `#together` holds the rest. Of both only so many are in flight
 * at once, so that neither the agent's socket nor ours is sent more than it can hold; while they wait, later questions
 * join them.
 *
 * @module
 */

import {
  GetHostRequest,
  type GetHostResponse,
  GetHostsRequest,
  type GetHostsResponse,
  type HostAddress,
  MessageId,
  ReportRequest,
  RetCode,
} from "../../proto/mod.ts";
import { Ask, type Module } from "./ask.ts";
import { BatchSupport } from "./batch_support.ts";
import { Fifo } from "./fifo.ts";
import type { Host } from "../host.ts";
import type { Outbox } from "./outbox.ts";
import { type Outcome, OutcomeQueue } from "./outcome_queue.ts";

/**
 * How many questions travel together at most. Their frame, and that of the answer, stay below 16 KiB whatever they ask
 * for; and while the agent answers one such batch, its callers' next questions and another batch are under way.
 */
const BATCH_ASKS = 256;

/** How many batches are in flight at most. */
const MAX_BATCHES = 8;

/**
 * How many questions that travel alone are in flight at most. With the reports between them, the agent's socket holds
 * them in a buffer of the usual size, and ours the answers of all three shards.
 */
const MAX_SINGLES = 64;

const MAX_UINT32 = 0xffff_ffff;

/** What a {@link ShardLink} is made of. */
export interface ShardLinkOptions {
  /** The shard's port. */
  port: number;
  /** How long one try waits for its answer, ms. */
  timeoutMs: number;
  /** How often a question is sent at least before it is given up. */
  tries: number;
  /** Takes what is to be sent. */
  outbox: Outbox;
  /** Asks for a {@link ShardLink.flush} at the end of this turn. */
  wake(): void;
  /** Hears that a try timed out; says whether a question that was sent first then is worth trying on after its last one. */
  timedOut(when: { askedAtMs: number; nowMs: number }): boolean;
  /** Makes the error of a question that nobody answered in so many tries. */
  giveUp(tries: number): Error;
  /** Makes a host of its address. */
  toHost(address: HostAddress): Host;
}

/** Questions that were sent in one datagram. */
interface Flight {
  readonly asks: readonly Ask[];
  /** Whether they travel as a batch. */
  readonly isBatch: boolean;
  /** When it times out. */
  deadlineMs: number;
  /** Whether it timed out: its questions were asked anew, but it may still be answered. */
  isOverdue: boolean;
}

/** Asks and reports. */
export class ShardLink {
  readonly #options: ShardLinkOptions;
  readonly #support: BatchSupport;
  readonly #outcomes = new OutcomeQueue();
  #alone = new Fifo<Ask>();
  readonly #together = new Fifo<Ask>();
  /** By seq. All have the same time-out, so the map's order is that of the deadlines. */
  readonly #flights = new Map<number, Flight>();
  /** How many questions wait for their answer. */
  #unsettled = 0;
  #singles = 0;
  #batches = 0;
  /** Random at first: an answer to an earlier program on the same port must not look like ours. */
  #seq = Math.floor(Math.random() * MAX_UINT32);
  #probeSeq?: number;
  #serial = 0;
  /** Rises when what is known of the agent is in doubt. */
  #epoch = 1;
  #retries = 0;
  #heardAtMs = -Infinity;
  // Messages are written from these, one at a time.
  readonly #single = new GetHostRequest();
  readonly #batch = new GetHostsRequest();
  readonly #report = new ReportRequest();

  /** Makes a way on which nothing is under way. */
  constructor(options: ShardLinkOptions) {
    this.#options = options;
    this.#support = new BatchSupport(options.timeoutMs);
  }

  /** How many times a question was sent again. */
  get retries(): number {
    return this.#retries;
  }

  /** How many reports were dropped as too many were waiting. */
  get droppedReports(): number {
    return this.#outcomes.dropped;
  }

  /** Whether reports wait to be sent. */
  get hasReports(): boolean {
    return !this.#outcomes.isEmpty;
  }

  /** Whether anybody waits for an answer. */
  get isWaiting(): boolean {
    return this.#unsettled > 0;
  }

  /** When the next sweep is due; Infinity while nothing is in flight. */
  get nextDeadlineMs(): number {
    for (const { deadlineMs } of this.#flights.values()) return deadlineMs;
    return Infinity;
  }

  /** Asks for a host of a module of this shard. */
  ask(module: Module): Promise<Host | number> {
    const ask = new Ask(module, ++this.#serial);
    const queue = this.#mayTravelTogether(ask) ? this.#together : this.#alone;
    queue.push(ask);
    this.#unsettled++;
    this.#options.wake();
    return ask.answer;
  }

  /** Reports an outcome of a module of this shard; the object may be used again. */
  report(outcome: Outcome): void {
    this.#outcomes.add(outcome);
    this.#options.wake();
  }

  /** Sends what may be sent now. Reports go first, so that the picks heed them. */
  flush(nowMs: number): void {
    this.#probe(nowMs);
    this.flushReports();
    this.#sendAlone(nowMs);
    this.#sendTogether(nowMs);
  }

  /** Sends the reports that may be sent now. */
  flushReports(): void {
    const { outbox, port } = this.#options;
    while (!this.#outcomes.isEmpty && outbox.hasRoom) {
      const page = this.#support.isKnown ? this.#outcomes.firstPage : undefined;
      if (page !== undefined) {
        const msgid = MessageId.ReportBatchRequest;
        outbox.send({ port, msgid, message: page });
        this.#outcomes.dropFirstPage();
      } else {
        const msgid = MessageId.ReportRequest;
        this.#outcomes.takeOne(this.#report);
        outbox.send({ port, msgid, message: this.#report });
      }
    }
  }

  /** Takes an answer to one question; whatever is not one of ours, or another's, is dropped. */
  answerOne({ seq, modid, cmdid, retcode, host, hasHost }: GetHostResponse, nowMs: number): void {
    const flight = this.#flights.get(seq);
    if (flight === undefined || flight.isBatch) return;
    const [ask] = flight.asks;
    const { module } = ask;
    if (module.modid !== modid || module.cmdid !== cmdid) return;
    this.#support.heard(nowMs);
    this.#heardAtMs = nowMs;
    this.#land(seq, flight);
    this.#noteAnswer(module, retcode);
    if (ask.isSettled) return;
    this.#answer(ask, hasHost && retcode === 0 ? this.#options.toHost(host) : retcode);
  }

  /** Takes an answer to a batch of questions, or to a probe; whatever is not ours is dropped. */
  answerMany(response: GetHostsResponse, nowMs: number): void {
    const { seq, modules } = response;
    if (seq === this.#probeSeq && modules.length === 0) {
      this.#probeSeq = undefined;
      this.#support.confirm(nowMs);
      this.#wakeIfWaiting();
      return;
    }
    const flight = this.#flights.get(seq);
    if (flight === undefined || !answers(response, flight.asks)) return;
    this.#support.confirm(nowMs);
    this.#heardAtMs = nowMs;
    this.#land(seq, flight);
    this.#settle(flight.asks, response);
  }

  /** Asks again what is due, or gives it up. */
  sweep(nowMs: number): void {
    const again: Ask[] = [];
    let isInDoubt = false;
    for (const [seq, flight] of this.#flights) {
      if (flight.deadlineMs > nowMs) break;
      if (flight.isOverdue) {
        this.#flights.delete(seq);
        continue;
      }
      isInDoubt ||= !this.#isStray(flight);
      for (const ask of flight.asks) {
        if (ask.isSettled) continue;
        const isWorthIt = this.#options.timedOut({ askedAtMs: ask.sentAtMs, nowMs });
        if (ask.tries >= this.#options.tries && !isWorthIt) this.#giveUp(ask);
        else if (flight.isBatch) again.push(ask);
      }
      this.#retry(seq, flight, nowMs);
    }
    if (isInDoubt) this.#doubt(again);
  }

  /** Gives all questions up. */
  fail(error: Error): void {
    for (const { asks } of this.#flights.values()) {
      for (const ask of asks) if (!ask.isSettled) this.#fail(ask, error);
    }
    this.#flights.clear();
    this.#failQueued(error, Infinity);
  }

  #mayTravelTogether({ module }: Ask): boolean {
    return this.#support.isKnown && module.answeredIn === this.#epoch;
  }

  /** Finds out whether things may travel together, when there are any that would. */
  #probe(nowMs: number): void {
    const wouldUse = this.#alone.length + this.#together.length > 1 ||
      this.#outcomes.firstPage !== undefined;
    if (!wouldUse || !this.#support.probe(nowMs)) return;
    this.#probeSeq = this.#nextSeq();
    this.#batch.clear();
    this.#batch.seq = this.#probeSeq;
    this.#sendBatch();
  }

  #sendAlone(nowMs: number): void {
    const { outbox } = this.#options;
    for (let ask = this.#alone.first; ask !== undefined; ask = this.#alone.first) {
      const isTogether = this.#mayTravelTogether(ask);
      if (!isTogether && !(this.#singles < MAX_SINGLES && outbox.hasRoom)) return;
      this.#alone.shift();
      if (ask.isSettled) continue;
      if (isTogether) this.#together.push(ask);
      else this.#sendOne(ask, nowMs);
    }
  }

  #sendTogether(nowMs: number): void {
    const { outbox } = this.#options;
    while (this.#together.length > 0 && this.#batches < MAX_BATCHES && outbox.hasRoom) {
      const asks = this.#takeBatch();
      if (asks.length === 1) this.#sendOne(asks[0], nowMs);
      else if (asks.length > 1) this.#sendMany(asks, nowMs);
    }
  }

  #takeBatch(): Ask[] {
    const asks: Ask[] = [];
    while (asks.length < BATCH_ASKS) {
      const ask = this.#together.shift();
      if (ask === undefined) break;
      if (!ask.isSettled) asks.push(ask);
    }
    return asks;
  }

  #sendOne(ask: Ask, nowMs: number): void {
    const seq = this.#nextSeq();
    this.#takeOff(seq, { asks: [ask], isBatch: false, nowMs });
    this.#sendSingle(seq, ask);
  }

  #sendMany(asks: Ask[], nowMs: number): void {
    const seq = this.#nextSeq();
    this.#takeOff(seq, { asks, isBatch: true, nowMs });
    this.#batch.clear();
    this.#batch.seq = seq;
    for (let i = 0; i < asks.length;) {
      const end = runEnd(asks, i);
      const pick = this.#batch.picks.add();
      pick.modid = asks[i].module.modid;
      pick.cmdid = asks[i].module.cmdid;
      pick.count = end - i;
      i = end;
    }
    this.#sendBatch();
  }

  #sendSingle(seq: number, { module }: Ask): void {
    const { outbox, port } = this.#options;
    const message = this.#single;
    message.seq = seq;
    message.modid = module.modid;
    message.cmdid = module.cmdid;
    outbox.send({ port, msgid: MessageId.GetHostRequest, message });
  }

  #sendBatch(): void {
    const { outbox, port } = this.#options;
    const msgid = MessageId.GetHostsRequest;
    outbox.send({ port, msgid, message: this.#batch });
  }

  #takeOff(
    seq: number,
    { asks, isBatch, nowMs }: { asks: Ask[]; isBatch: boolean; nowMs: number },
  ): void {
    const deadlineMs = nowMs + this.#options.timeoutMs;
    this.#flights.set(seq, { asks, isBatch, deadlineMs, isOverdue: false });
    this.#count(isBatch, 1);
    for (const ask of asks) {
      if (ask.tries === 0) {
        ask.sentAtSerial = this.#serial;
        ask.sentAtMs = nowMs;
      } else this.#retries++;
      ask.tries++;
    }
  }

  #land(seq: number, { isBatch, isOverdue }: Flight): void {
    this.#flights.delete(seq);
    if (!isOverdue) this.#count(isBatch, -1);
    this.#wakeIfWaiting();
  }

  #count(isBatch: boolean, by: number): void {
    if (isBatch) this.#batches += by;
    else this.#singles += by;
  }

  /** From now on the shard has a module's route at hand, unless it found none and will look for it again. */
  #noteAnswer(module: Module, retcode: number): void {
    module.answeredIn = retcode === RetCode.NoExist ? 0 : this.#epoch;
  }

  /** The response's modules are the runs of these questions. */
  #settle(asks: readonly Ask[], { modules }: GetHostsResponse): void {
    const address = { ip: 0, port: 0 };
    for (let i = 0, run = 0; i < asks.length; run++) {
      const { retcode, ips, ports } = modules.at(run);
      const count = Math.min(ips.length, ports.length); // an address without its port is none
      this.#noteAnswer(asks[i].module, retcode);
      const end = runEnd(asks, i);
      for (let host = 0; i < end; i++, host++) {
        if (asks[i].isSettled) continue;
        if (host < count) {
          address.ip = ips.at(host);
          address.port = ports.at(host);
          this.#answer(asks[i], this.#options.toHost(address));
        } else this.#answer(asks[i], retcode);
      }
    }
  }

  /** Whether a time-out says nothing of the agent: it has answered others meanwhile, and waits for this module's route. */
  #isStray({ asks, isBatch, deadlineMs }: Flight): boolean {
    return !isBatch && asks[0].module.answeredIn === 0 &&
      this.#heardAtMs > deadlineMs - this.#options.timeoutMs;
  }

  /** Sends a question that travelled alone once more, as it was; a batch waits for a late answer once more. */
  #retry(seq: number, flight: Flight, nowMs: number): void {
    this.#flights.delete(seq);
    this.#count(flight.isBatch, -1);
    if (flight.isBatch) {
      flight.isOverdue = true;
      flight.deadlineMs = nowMs + this.#options.timeoutMs;
      this.#flights.set(seq, flight);
    } else if (!flight.asks[0].isSettled) {
      this.#takeOff(seq, { asks: [flight.asks[0]], isBatch: false, nowMs });
      this.#sendSingle(seq, flight.asks[0]);
    }
  }

  /** Another agent may have taken the place of the one that was known: asks it one by one, first what was lost. */
  #doubt(lost: readonly Ask[]): void {
    this.#support.doubt();
    this.#epoch++;
    const waiting: Ask[] = [...lost];
    for (let ask = this.#together.shift(); ask; ask = this.#together.shift()) waiting.push(ask);
    if (waiting.length > 0) this.#alone.putFirst(waiting);
    this.#wakeIfWaiting();
  }

  /**
   * Gives up a question, and with it those that were asked before it was sent first: they have waited as long. Those for
   * modules that the agent does answer for go on waiting.
   */
  #giveUp(ask: Ask): void {
    const error = this.#options.giveUp(ask.tries);
    this.#fail(ask, error);
    this.#failQueued(error, ask.sentAtSerial);
  }

  #failQueued(error: Error, maxSerial: number): void {
    const isOver = maxSerial === Infinity;
    for (const queue of [this.#alone, this.#together]) {
      const kept: Ask[] = [];
      for (let ask = queue.first; ask && ask.serial <= maxSerial; ask = queue.first) {
        queue.shift();
        if (ask.isSettled) continue;
        if (!isOver && ask.module.answeredIn === this.#epoch) kept.push(ask);
        else this.#fail(ask, error);
      }
      if (kept.length > 0) queue.putFirst(kept);
    }
  }

  #answer(ask: Ask, answer: Host | number): void {
    this.#unsettled--;
    ask.settle(answer);
  }

  #fail(ask: Ask, error: Error): void {
    this.#unsettled--;
    ask.fail(error);
  }

  #wakeIfWaiting(): void {
    if (this.#alone.length + this.#together.length > 0) this.#options.wake();
  }

  #nextSeq(): number {
    return this.#seq = (this.#seq + 1) >>> 0;
  }
}

/** Where the run of questions for one module that begins at an index ends. */
function runEnd(asks: readonly Ask[], start: number): number {
  let end = start + 1;
  while (end < asks.length && asks[end].module === asks[start].module) end++;
  return end;
}

/** Whether a response has a module for every run of questions, and the right one. */
function answers({ modules }: GetHostsResponse, asks: readonly Ask[]): boolean {
  let run = 0;
  for (let i = 0; i < asks.length; i = runEnd(asks, i), run++) {
    if (run === modules.length) return false;
    const { modid, cmdid } = modules.at(run);
    const { module } = asks[i];
    if (module.modid !== modid || module.cmdid !== cmdid) return false;
  }
  return run === modules.length;
}
