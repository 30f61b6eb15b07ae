/**
 * The requests and reports of a client to one shard of its agent, as a machine without I/O. Events go in with the time:
 * {@link RequestEngine.add}, {@link RequestEngine.report}, {@link RequestEngine.receive}, {@link RequestEngine.tick}.
 * After each of them the owner takes out what came of it: {@link RequestEngine.poll} gives the next message to send,
 * {@link RequestEngine.takeCompleted} the next request that has its result.
 *
 * What was added since the last poll travels together where the agent can take it so, one by one where it cannot; what is
 * lost is sent again.
 *
 * Requests wait in two queues until they are sent. `#singles` holds what travels one by one: route requests, and
 * picks from an agent that is not known to speak of many (batch_negotiation.ts), or of a module that the shard has not
 * answered for yet, which may have to wait for its route and must not hold up others. `#batchable` holds the rest. Of both
 * only so many are in flight at once, so that neither the agent's socket nor ours is sent more than it can hold; while
 * they wait, later picks join them.
 *
 * @module
 */

import {
  GetHostRequest,
  GetHostResponse,
  GetHostsRequest,
  GetHostsResponse,
  GetRouteRequest,
  GetRouteResponse,
  type Message,
  MessageId,
  ModuleMap,
  ReportRequest,
  RetCode,
  WireReader,
} from "../../proto/mod.ts";
import type { Frame } from "../../reactor/frame/frame.ts";
import type { Host } from "../host.ts";
import type { Hostnames } from "../hostnames.ts";
import type { Outgoing } from "../transport/datagram_sender.ts";
import { BatchNegotiation } from "./batch_negotiation.ts";
import { Exchange, runEnd } from "./exchange.ts";
import { Fifo } from "./fifo.ts";
import { type Outcome, OutcomeQueue } from "./outcome_queue.ts";
import type { Module, PendingRequest, Result } from "./pending_request.ts";
import type { RetryPolicy } from "./retry_policy.ts";

/**
 * How many picks travel together at most. Their frame, and that of the answer, stay below 16 KiB whatever they ask for;
 * and while the agent answers one such batch, its callers' next picks and another batch are under way.
 */
const BATCH_PICKS = 256;

/** How many batches are in flight at most. */
const MAX_BATCHES = 8;

/**
 * How many requests that travel alone are in flight at most. With the reports between them, the agent's socket holds them
 * in a buffer of the usual size, and ours the answers of all three shards.
 */
const MAX_SINGLES = 64;

/** How long after the answer that there is no route it is asked for again, where the caller waits for it, ms. */
const ROUTE_PAUSE_MS = 50;

const MAX_UINT32 = 0xffff_ffff;

/** The machine. `Request` is what its owner makes of a request. */
export class RequestEngine<Request extends PendingRequest = PendingRequest> {
  readonly #policy: RetryPolicy;
  readonly #hostnames: Hostnames;
  readonly #negotiation: BatchNegotiation;
  readonly #outcomes = new OutcomeQueue();
  readonly #singles = new Fifo<Exchange<Request>>();
  readonly #batchable = new Fifo<Request>();
  /** What may be answered, by seq: bounded, as what is in flight is. */
  readonly #exchanges = new Map<number, Exchange<Request>>();
  /** The exchange of each module whose route is asked for, sent or not. */
  readonly #routes = new ModuleMap<Exchange<Request>>();
  /** What is to be sent once more. */
  readonly #toRetry = new Fifo<Exchange<Request>>();
  /** Those with a deadline of their own. */
  readonly #timed = new Set<Request>();
  readonly #completed = new Fifo<Request>();
  #pending = 0;
  #singlesInFlight = 0;
  #batchesInFlight = 0;
  /** Random at first: an answer to an earlier program on the same port must not look like ours. */
  #seq: number;
  #offerSeq?: number;
  #serial = 0;
  /** Rises when what is known of the agent is in doubt. */
  #epoch = 1;
  #retries = 0;
  #dueMs = Infinity;
  /** When the shard last answered a request that travelled alone, or a batch. */
  #answeredAtMs = -Infinity;
  /** When a try first timed out since anything came from the shard. */
  #silentSinceMs?: number;
  // Messages are read into these, and written from them, one at a time.
  readonly #reader = new WireReader();
  readonly #hostAnswer = new GetHostResponse();
  readonly #hostsAnswer = new GetHostsResponse();
  readonly #routeAnswer = new GetRouteResponse();
  readonly #pick = new GetHostRequest();
  readonly #batch = new GetHostsRequest();
  readonly #route = new GetRouteRequest();
  readonly #report = new ReportRequest();
  readonly #outgoing: Outgoing = { msgid: 0, message: this.#pick };

  /** Makes an engine in which nothing is under way. The engines of an agent's shards share its policy. */
  constructor(
    policy: RetryPolicy,
    { hostnames, firstSeq = Math.floor(Math.random() * MAX_UINT32) }: {
      hostnames: Hostnames;
      firstSeq?: number;
    },
  ) {
    this.#policy = policy;
    this.#hostnames = hostnames;
    this.#negotiation = new BatchNegotiation(policy.timeoutMs);
    this.#seq = firstSeq;
  }

  /** How many times a request was sent again. */
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

  /** Whether requests wait to be sent. */
  get hasUnsent(): boolean {
    return this.#singles.length + this.#batchable.length > 0;
  }

  /** Whether any request has no result yet. */
  get isWaiting(): boolean {
    return this.#pending > 0;
  }

  /** When the next {@link tick} is due, or somewhat earlier; Infinity while nothing is in flight. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Takes a request about a module of this shard. Those for one route share one datagram and its answer. */
  add(request: Request): void {
    request.serial = ++this.#serial;
    this.#pending++;
    if (request.deadlineMs !== undefined) {
      this.#timed.add(request);
      this.#dueBy(request.deadlineMs);
    }
    if (request.kind === "route") this.#addRoute(request);
    else if (this.#isBatchable(request)) this.#batchable.push(request);
    else this.#singles.push(new Exchange("pick", [request]));
  }

  /** Takes an outcome of a module of this shard; the object may be used again. */
  report(outcome: Outcome): void {
    this.#outcomes.add(outcome);
  }

  /**
   * The next message to be sent now, or undefined. Reports go before requests, so that the picks heed them.
   *
   * @param hasRoom Whether what can wait may be sent; else there are only offers and retries, which are bounded.
   */
  poll(nowMs: number, hasRoom = true): Outgoing | undefined {
    return this.#pollOffer(nowMs) ?? this.#pollRetry(nowMs) ??
      (hasRoom ? this.#pollReport() ?? this.#pollRequest(nowMs) : undefined);
  }

  /** The next request that has its result, or undefined. */
  takeCompleted(): Request | undefined {
    return this.#completed.shift();
  }

  /** Takes a frame from the shard; what is no answer to a request of ours, or to another's, is dropped. */
  receive({ msgid, body }: Frame, nowMs: number): void {
    this.#policy.heard(nowMs);
    this.#silentSinceMs = undefined;
    switch (msgid) {
      case MessageId.GetHostResponse:
        if (this.#reads(this.#hostAnswer, body)) this.#answerPick(this.#hostAnswer, nowMs);
        break;
      case MessageId.GetHostsResponse:
        if (this.#reads(this.#hostsAnswer, body)) this.#answerBatch(this.#hostsAnswer, nowMs);
        break;
      case MessageId.ApiGetRouteResponse:
        if (this.#reads(this.#routeAnswer, body)) this.#answerRoute(this.#routeAnswer, nowMs);
    }
  }

  /**
   * Has what is due sent again, or gives it up.
   *
   * @returns When a try timed out: for how long nothing has come from the shard though it was asked, ms; else 0.
   */
  tick(nowMs: number): number {
    const lost: Request[] = [];
    let isInDoubt = false;
    let silentMs = 0;
    this.#dueMs = Infinity;
    for (const exchange of this.#exchanges.values()) {
      if (exchange.dueMs > nowMs) this.#dueBy(exchange.dueMs);
      else if (exchange.isInFlight) {
        isInDoubt ||= !this.#isStray(exchange);
        lost.push(...this.#timeOut(exchange, nowMs));
        silentMs = nowMs - this.#silentSinceMs!;
      } else {
        this.#exchanges.delete(exchange.seq);
        if (exchange.kind === "route") this.#singles.push(exchange);
      }
    }
    for (const request of this.#timed) {
      const { deadlineMs = Infinity, module: { modid, cmdid } } = request;
      if (deadlineMs > nowMs) this.#dueBy(deadlineMs);
      else {
        const isEmpty = this.#routes.get(modid, cmdid)?.isEmpty;
        this.#complete(request, isEmpty ? RetCode.NoExist : "unanswered");
      }
    }
    if (isInDoubt) this.#doubt(lost);
    return silentMs;
  }

  /** Gives all requests up. Reports are still sent. */
  close(): void {
    for (const request of this.#batchable.drain()) this.#complete(request, "closed");
    const sent = [...this.#exchanges.values(), ...this.#routes.values()];
    for (const { requests } of [...this.#singles.drain(), ...sent]) {
      for (const request of requests) this.#complete(request, "closed");
    }
    this.#exchanges.clear();
    this.#routes.clear();
    this.#dueMs = Infinity;
  }

  #addRoute(request: Request): void {
    const { modid, cmdid } = request.module;
    const shared = this.#routes.get(modid, cmdid);
    if (shared === undefined) {
      const exchange = new Exchange("route", [request]);
      this.#routes.set(modid, cmdid, exchange);
      this.#singles.push(exchange);
    } else {
      shared.requests.push(request);
      // Whoever comes while the others pause does not.
      if (!shared.isInFlight && this.#exchanges.delete(shared.seq)) this.#singles.push(shared);
    }
  }

  #isBatchable({ module }: Request): boolean {
    return this.#negotiation.isKnown && module.answeredIn === this.#epoch;
  }

  /** Finds out whether things may travel together, when there are any that would. */
  #pollOffer(nowMs: number): Outgoing | undefined {
    const wouldUse = this.#singles.length + this.#batchable.length > 1 || this.#outcomes.hasPage;
    if (!wouldUse || !this.#negotiation.offer(nowMs)) return undefined;
    this.#batch.clear();
    this.#batch.seq = this.#offerSeq = this.#nextSeq();
    return this.#out(MessageId.GetHostsRequest, this.#batch);
  }

  #pollRetry(nowMs: number): Outgoing | undefined {
    for (let next = this.#toRetry.shift(); next !== undefined; next = this.#toRetry.shift()) {
      if (next.isInFlight) return this.#send(next, nowMs);
    }
  }

  #pollReport(): Outgoing | undefined {
    if (this.#outcomes.isEmpty) return undefined;
    if (this.#negotiation.isKnown && this.#outcomes.hasPage) {
      return this.#out(MessageId.ReportBatchRequest, this.#outcomes.takePage());
    }
    this.#outcomes.takeOne(this.#report);
    return this.#out(MessageId.ReportRequest, this.#report);
  }

  #pollRequest(nowMs: number): Outgoing | undefined {
    const next = this.#nextSingle() ?? this.#nextBatch();
    return next && this.#send(next, nowMs);
  }

  /** Picks that may travel together by now go to the other queue. */
  #nextSingle(): Exchange<Request> | undefined {
    for (let next = this.#singles.first; next !== undefined; next = this.#singles.first) {
      const isBatchable = next.kind === "pick" && this.#isBatchable(next.requests[0]);
      if (!isBatchable && this.#singlesInFlight >= MAX_SINGLES) return undefined;
      this.#singles.shift();
      if (next.isSettled) this.#forgetRoute(next);
      else if (isBatchable) this.#batchable.push(next.requests[0]);
      else return next;
    }
  }

  #nextBatch(): Exchange<Request> | undefined {
    if (this.#batchable.length === 0 || this.#batchesInFlight >= MAX_BATCHES) return undefined;
    const picks: Request[] = [];
    while (this.#batchable.length > 0 && picks.length < BATCH_PICKS) {
      const pick = this.#batchable.shift()!;
      if (pick.result === undefined) picks.push(pick);
    }
    if (picks.length === 0) return undefined;
    return new Exchange(picks.length === 1 ? "pick" : "batch", picks);
  }

  /** Sends it, or sends it again as it was. */
  #send(exchange: Exchange<Request>, nowMs: number): Outgoing {
    if (!exchange.isInFlight) {
      exchange.isInFlight = true;
      exchange.seq = this.#nextSeq();
      this.#exchanges.set(exchange.seq, exchange);
      this.#count(exchange, 1);
    }
    exchange.sentAtMs = nowMs;
    let repeated = 0;
    for (const request of exchange.requests) {
      if (request.tries++ > 0) repeated++;
      else {
        request.sentAtSerial = this.#serial;
        request.sentAtMs = nowMs;
      }
    }
    this.#retries += exchange.kind === "route" ? Math.min(repeated, 1) : repeated;
    this.#dueBy(exchange.dueMs = nowMs + this.#policy.timeoutOf(exchange.requests[0].tries));
    return this.#outgoingOf(exchange);
  }

  #outgoingOf({ kind, seq, requests }: Exchange<Request>): Outgoing {
    const { modid, cmdid } = requests[0].module;
    if (kind === "route") {
      this.#route.modid = modid;
      this.#route.cmdid = cmdid;
      return this.#out(MessageId.ApiGetRouteRequest, this.#route);
    }
    if (kind === "pick") {
      this.#pick.seq = seq;
      this.#pick.modid = modid;
      this.#pick.cmdid = cmdid;
      return this.#out(MessageId.GetHostRequest, this.#pick);
    }
    this.#batch.clear();
    this.#batch.seq = seq;
    for (let start = 0; start < requests.length;) {
      const end = runEnd(requests, start);
      const pick = this.#batch.picks.add();
      pick.modid = requests[start].module.modid;
      pick.cmdid = requests[start].module.cmdid;
      pick.count = end - start;
      start = end;
    }
    return this.#out(MessageId.GetHostsRequest, this.#batch);
  }

  #out(msgid: number, message: Message): Outgoing {
    this.#outgoing.msgid = msgid;
    this.#outgoing.message = message;
    return this.#outgoing;
  }

  /** Reads a body; says whether it parses. */
  #reads(message: Message, body: Uint8Array): boolean {
    try {
      message.read(this.#reader.reset(body));
      return true;
    } catch {
      return false;
    }
  }

  #answerPick({ seq, modid, cmdid, retcode, host, hasHost }: GetHostResponse, nowMs: number): void {
    const exchange = this.#exchanges.get(seq);
    if (exchange?.kind !== "pick") return;
    const [request] = exchange.requests;
    const { module } = request;
    if (module.modid !== modid || module.cmdid !== cmdid) return;
    this.#negotiation.heard(nowMs);
    this.#land(exchange, nowMs);
    this.#noteAnswer(module, retcode);
    this.#complete(request, hasHost && retcode === 0 ? this.#hostAt(host.ip, host.port) : retcode);
  }

  #answerBatch(response: GetHostsResponse, nowMs: number): void {
    const { seq, modules } = response;
    if (seq === this.#offerSeq && modules.length === 0) {
      this.#offerSeq = undefined;
      this.#negotiation.confirm(nowMs);
      return;
    }
    const exchange = this.#exchanges.get(seq);
    if (!exchange?.isAnsweredBy(response)) return;
    this.#negotiation.confirm(nowMs);
    this.#land(exchange, nowMs);
    const { requests } = exchange;
    for (let i = 0, run = 0; i < requests.length; run++) {
      const { retcode, ips, ports } = modules.at(run);
      const count = Math.min(ips.length, ports.length); // an address without its port is none
      this.#noteAnswer(requests[i].module, retcode);
      const end = runEnd(requests, i);
      for (let host = 0; i < end; i++, host++) {
        if (requests[i].result !== undefined) continue;
        const isThere = host < count;
        this.#complete(requests[i], isThere ? this.#hostAt(ips.at(host), ports.at(host)) : retcode);
      }
    }
  }

  #answerRoute({ modid, cmdid, hosts }: GetRouteResponse, nowMs: number): void {
    const exchange = this.#routes.get(modid, cmdid);
    if (exchange === undefined) return;
    const isEmpty = exchange.isEmpty = hosts.length === 0;
    this.#noteAnswer(exchange.requests[0].module, isEmpty ? RetCode.NoExist : RetCode.Success);
    for (const request of exchange.requests) {
      if (!isEmpty) this.#complete(request, this.#hostsOf(hosts));
      else if (request.deadlineMs === undefined) this.#complete(request, RetCode.NoExist);
      else request.tries = 0; // It asks anew.
    }
    const pending = exchange.requests.filter(isPending);
    if (pending.length === 0) {
      this.#land(exchange, nowMs);
      this.#forgetRoute(exchange);
    } else if (exchange.isInFlight) {
      this.#land(exchange, nowMs);
      exchange.requests = pending;
      this.#exchanges.set(exchange.seq, exchange);
      this.#dueBy(exchange.dueMs = nowMs + ROUTE_PAUSE_MS);
    }
  }

  #land(exchange: Exchange<Request>, nowMs: number): void {
    this.#answeredAtMs = nowMs;
    this.#exchanges.delete(exchange.seq);
    this.#leaveFlight(exchange);
  }

  #leaveFlight(exchange: Exchange<Request>): void {
    if (exchange.isInFlight) this.#count(exchange, -1);
    exchange.isInFlight = false;
  }

  #count({ kind }: Exchange<Request>, by: number): void {
    if (kind === "batch") this.#batchesInFlight += by;
    else this.#singlesInFlight += by;
  }

  /** From now on the shard has a module's route at hand, unless it found none and will look for it again. */
  #noteAnswer(module: Module, retcode: number): void {
    module.answeredIn = retcode === RetCode.NoExist ? 0 : this.#epoch;
  }

  #hostAt(ip: number, port: number): Host {
    return { hostname: this.#hostnames.hostnameOf(ip), port };
  }

  #hostsOf(list: GetRouteResponse["hosts"]): Host[] {
    const hosts: Host[] = [];
    for (let i = 0; i < list.length; i++) hosts.push(this.#hostAt(list.at(i).ip, list.at(i).port));
    return hosts;
  }

  /** Whether a time-out says nothing of the agent: it has answered others meanwhile, and waits for this module's route. */
  #isStray({ kind, requests, sentAtMs }: Exchange<Request>): boolean {
    return kind !== "batch" && requests[0].module.answeredIn === 0 && this.#answeredAtMs > sentAtMs;
  }

  /**
   * Has an exchange sent once more, as it was; a batch waits for a late answer once more instead.
   *
   * @returns A batch's picks that are to be asked for anew.
   */
  #timeOut(exchange: Exchange<Request>, nowMs: number): Request[] {
    const silentSinceMs = this.#silentSinceMs ??= nowMs;
    for (const request of exchange.requests) {
      if (request.result !== undefined) continue;
      const { tries, sentAtMs } = request;
      if (this.#policy.allowsAnother({ tries, sentAtMs, silentSinceMs }, nowMs)) continue;
      if (request.deadlineMs === undefined) this.#giveUp(request);
      else {
        request.tries = 0; // It asks anew.
        exchange.isEmpty = false;
      }
    }
    const pending = exchange.requests.filter(isPending);
    if (exchange.kind === "batch") {
      this.#leaveFlight(exchange);
      this.#dueBy(exchange.dueMs = nowMs + this.#policy.timeoutMs);
      return pending;
    }
    if (pending.length > 0) {
      exchange.requests = pending;
      this.#toRetry.push(exchange);
    } else {
      this.#exchanges.delete(exchange.seq);
      this.#leaveFlight(exchange);
      this.#forgetRoute(exchange);
    }
    return [];
  }

  /** Another agent may have taken the place of the one that was known: asks it one by one, first what was lost. */
  #doubt(lost: readonly Request[]): void {
    this.#negotiation.doubt();
    this.#epoch++;
    const picks = [...lost, ...this.#batchable.drain()];
    this.#singles.putFirst(picks.map((pick) => new Exchange("pick", [pick])));
  }

  /**
   * Gives up a request, and with it those that were made before it was sent first: they have waited as long. Those for
   * modules that the agent does answer for go on waiting.
   */
  #giveUp(request: Request): void {
    const { tries, sentAtSerial } = request;
    this.#complete(request, "unanswered");
    const isKept = ({ deadlineMs, module }: Request) =>
      deadlineMs !== undefined || module.answeredIn === this.#epoch;
    const singles = this.#singles.takeWhile(({ requests }) => requests[0].serial <= sentAtSerial);
    const picks = this.#batchable.takeWhile(({ serial }) => serial <= sentAtSerial);
    for (const each of [...singles.flatMap(({ requests }) => requests), ...picks]) {
      if (isKept(each)) continue;
      each.tries = tries;
      this.#complete(each, "unanswered");
    }
    for (const exchange of singles) if (exchange.isSettled) this.#forgetRoute(exchange);
    this.#singles.putFirst(singles.filter(({ isSettled }) => !isSettled));
    this.#batchable.putFirst(picks.filter(isPending));
  }

  #forgetRoute(exchange: Exchange<Request>): void {
    const { modid, cmdid } = exchange.requests[0].module;
    if (this.#routes.get(modid, cmdid) === exchange) this.#routes.delete(modid, cmdid);
  }

  #complete(request: Request, result: Result): void {
    if (request.result !== undefined) return;
    request.result = result;
    this.#pending--;
    if (request.deadlineMs !== undefined) this.#timed.delete(request);
    this.#completed.push(request);
  }

  #dueBy(dueMs: number): void {
    if (dueMs < this.#dueMs) this.#dueMs = dueMs;
  }

  #nextSeq(): number {
    return this.#seq = (this.#seq + 1) >>> 0;
  }
}

function isPending({ result }: PendingRequest): boolean {
  return result === undefined;
}
