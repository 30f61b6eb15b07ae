/**
 * What programs ask a shard, and how they are answered: one pick or many, one outcome or many, a whole route. A request
 * for a module whose route is not there yet waits for it.
 *
 * Messages are read into objects that are used again and written straight into the datagram that leaves: in the steady
 * state a request makes no object.
 *
 * @module
 */

import {
  encodeGetRouteResponse,
  type GetHostRequest,
  GetHostsRequest,
  GetHostsResponse,
  isModuleName,
  MAX_BATCH_FRAME_BYTES,
  MAX_MODULE_HOSTS_BYTES,
  MAX_PICKED_HOST_BYTES,
  MessageId,
  type ModuleName,
  type ModulePick,
  readGetHostRequest,
  readGetHostsRequest,
  readGetRouteRequest,
  readReportBatchRequest,
  readReportRequest,
  ReportBatchRequest,
  type ReportRequest,
  RetCode,
  reusing,
  shardOf,
  WireWriter,
  writeGetHostResponse,
  writeGetHostsResponse,
} from "../proto/mod.ts";
import {
  type Counters,
  HEADER_BYTES,
  MAX_DATAGRAM_BODY_BYTES,
  type Router,
  type UdpPeer,
} from "../reactor/mod.ts";
import type { Module, ModuleTable } from "./module_table.ts";
import type { ShardCounter } from "./shard_counter.ts";

/** What answers requests. */
export interface RequestsOptions {
  /** Which of the three shards it is. */
  shard: number;
  /** Its modules. */
  table: ModuleTable;
  /** What is counted. */
  counters: Counters<ShardCounter>;
  /** Hears that somebody waits for a route now. */
  onWait: (nowMs: number) => void;
}

/** Whoever asks for the module waits for its route. */
const WAITS = Symbol("waits");

/**
 * Modules that one question for many picks may name, as many as our client ever does: each may be an unknown one, which
 * somebody then waits for. The others are not answered.
 */
const MAX_PICKED_MODULES = 256;

/** What an answer to many picks may take, its seq not counted. */
const MAX_HOSTS_BYTES = MAX_BATCH_FRAME_BYTES - HEADER_BYTES - 6;

/** The most that a host takes of a route, tag and length included. */
const MAX_ROUTE_HOST_BYTES = 30;

/** Answers the requests of one shard. */
export class Requests {
  readonly #shard: number;
  readonly #table: ModuleTable;
  readonly #counters: Counters<ShardCounter>;
  readonly #onWait: (nowMs: number) => void;
  // Used again for each message:
  readonly #writer = new WireWriter();
  readonly #hostAnswer = {
    seq: 0,
    modid: 0,
    cmdid: 0,
    retcode: 0,
    host: undefined as Readonly<{ ip: number; port: number }> | undefined,
  };
  readonly #hostsAnswer = new GetHostsResponse();
  readonly #outcome = { ip: 0, port: 0, retcode: 0, timecostMs: 0, count: 1 };

  /** Answers from `table`. */
  constructor({ shard, table, counters, onWait }: RequestsOptions) {
    this.#shard = shard;
    this.#table = table;
    this.#counters = counters;
    this.#onWait = onWait;
  }

  /** Has a router bring the requests here. */
  register(router: Router<UdpPeer>): Router<UdpPeer> {
    return router
      .on<GetHostRequest>(
        MessageId.GetHostRequest,
        (request, peer) => this.#getHost(request, peer),
        {
          decode: reusing(readGetHostRequest, { seq: 0, modid: 0, cmdid: 0 }),
        },
      )
      .on<GetHostsRequest>(
        MessageId.GetHostsRequest,
        (request, peer) => this.#getHosts(request, peer),
        {
          decode: reusing(readGetHostsRequest, new GetHostsRequest()),
        },
      )
      .on<ReportRequest>(MessageId.ReportRequest, (report, peer) => this.#report(report, peer), {
        decode: reusing(readReportRequest, {
          modid: 0,
          cmdid: 0,
          host: { ip: 0, port: 0 },
          retcode: 0,
          timecost: 0,
        }),
      })
      .on<ReportBatchRequest>(
        MessageId.ReportBatchRequest,
        (reports, peer) => this.#reportBatch(reports, peer),
        {
          decode: reusing(readReportBatchRequest, new ReportBatchRequest()),
        },
      )
      .on<ModuleName>(MessageId.ApiGetRouteRequest, (name, peer) => this.#getRoute(name, peer), {
        decode: reusing(readGetRouteRequest, { modid: 0, cmdid: 0 }),
      });
  }

  #getHost(request: GetHostRequest, peer: UdpPeer): void {
    const nowMs = peer.receivedMs;
    const module = this.#find(request, nowMs);
    if (module !== WAITS) return this.#answerPick(request, module, { peer, nowMs });
    const { seq, modid, cmdid } = request; // The next request comes as the same object.
    const kept = peer.keep();
    this.#awaitRoute({ modid, cmdid }, nowMs, (module) => {
      this.#answerPick({ seq, modid, cmdid }, module, { peer: kept, nowMs: performance.now() });
    });
  }

  #answerPick(
    { seq, modid, cmdid }: GetHostRequest,
    module: Module | undefined,
    { peer, nowMs }: { peer: UdpPeer; nowMs: number },
  ): void {
    const choice = module === undefined ? RetCode.NoExist : this.#table.pick(module, nowMs);
    const answer = this.#hostAnswer;
    answer.seq = seq;
    answer.modid = modid;
    answer.cmdid = cmdid;
    answer.retcode = typeof choice === "object" ? RetCode.Success : choice;
    answer.host = typeof choice === "object" ? choice : undefined;
    this.#counters.add(PICK_COUNTER[answer.retcode]);
    const writer = this.#writer.reset(peer.room, { start: peer.roomAt });
    writeGetHostResponse(writer, answer);
    peer.answer(MessageId.GetHostResponse, writer.finish());
  }

  /** Many picks are answered together, when there is nothing more to wait for. */
  #getHosts(request: GetHostsRequest, peer: UdpPeer): void {
    const nowMs = peer.receivedMs;
    const unknown: ModuleName[] = [];
    for (let i = 0; i < moduleCount(request); i++) {
      const { modid, cmdid } = request.picks.at(i);
      if (this.#find({ modid, cmdid }, nowMs) === WAITS) unknown.push({ modid, cmdid });
    }
    if (unknown.length === 0) return this.#answerPicks(request, { peer, nowMs });
    const kept = peer.keep();
    this.#counters.add("picksCut", request.picks.length - moduleCount(request));
    const copy = copyOf(request);
    let waiting = unknown.length;
    for (const name of unknown) {
      this.#awaitRoute(name, nowMs, () => {
        if (--waiting > 0) return;
        this.#answerPicks(copy, { peer: kept, nowMs: performance.now() });
      });
    }
  }

  #answerPicks(
    request: GetHostsRequest,
    { peer, nowMs }: { peer: UdpPeer; nowMs: number },
  ): void {
    const { seq, picks } = request;
    const answer = this.#hostsAnswer;
    answer.clear();
    answer.seq = seq;
    let room = MAX_HOSTS_BYTES;
    for (let i = 0; i < moduleCount(request); i++) {
      room -= MAX_MODULE_HOSTS_BYTES;
      if (room < 0) break;
      room -= MAX_PICKED_HOST_BYTES * this.#pickHosts(picks.at(i), { room, nowMs });
    }
    this.#counters.add("picksCut", picks.length - answer.modules.length);
    const writer = this.#writer.reset(peer.room, { start: peer.roomAt });
    writeGetHostsResponse(writer, answer);
    peer.answer(MessageId.GetHostsResponse, writer.finish());
  }

  /** Adds a module with its picks to the answer; returns how many there are. */
  #pickHosts(pick: ModulePick, { room, nowMs }: { room: number; nowMs: number }): number {
    const hosts = this.#hostsAnswer.addModule(pick);
    const module = isModuleName(pick) && shardOf(pick) === this.#shard
      ? this.#table.find(pick, nowMs)
      : undefined;
    if (module === undefined) {
      hosts.retcode = RetCode.NoExist;
      this.#counters.add("noexist");
      return 0;
    }
    const most = Math.min(pick.count, Math.floor(room / MAX_PICKED_HOST_BYTES));
    while (hosts.count < most) {
      const choice = this.#table.pick(module, nowMs);
      if (typeof choice !== "object") {
        hosts.retcode = choice;
        this.#counters.add(PICK_COUNTER[choice]);
        break;
      }
      this.#hostsAnswer.addHost(choice);
    }
    this.#counters.add("picks", hosts.count);
    if (most < pick.count && hosts.count === most) {
      // Its asker makes do with fewer, as it does when hosts are overloaded.
      hosts.retcode = RetCode.Overload;
      this.#counters.add("picksCut", pick.count - most);
    }
    return hosts.count;
  }

  #report(report: ReportRequest, { receivedMs }: UdpPeer): void {
    const outcome = this.#outcome;
    outcome.ip = report.host.ip;
    outcome.port = report.host.port;
    outcome.retcode = report.retcode;
    outcome.timecostMs = report.timecost;
    outcome.count = 1;
    this.#learn(report, receivedMs);
  }

  #reportBatch({ outcomes }: ReportBatchRequest, { receivedMs }: UdpPeer): void {
    const outcome = this.#outcome;
    for (let i = 0; i < outcomes.length; i++) {
      const told = outcomes.at(i);
      outcome.ip = told.ip;
      outcome.port = told.port;
      outcome.retcode = told.retcode;
      outcome.timecostMs = told.timecost;
      outcome.count = told.count;
      this.#learn(told, receivedMs);
    }
  }

  /** Takes {@link #outcome} of a call to a host of a module. */
  #learn(name: ModuleName, nowMs: number): void {
    const outcome = this.#outcome;
    this.#counters.add("reports", outcome.count);
    const module = this.#owns(name) ? this.#table.find(name, nowMs) : undefined;
    const isKnown = module !== undefined && this.#table.report(module, outcome, nowMs);
    if (!isKnown) this.#counters.add("reportsIgnored", outcome.count);
  }

  #getRoute(name: ModuleName, peer: UdpPeer): void {
    const nowMs = peer.receivedMs;
    const module = this.#find(name, nowMs);
    if (module !== WAITS) return this.#answerRoute(name, module, peer);
    const { modid, cmdid } = name; // The next request comes as the same object.
    const kept = peer.keep();
    this.#awaitRoute({ modid, cmdid }, nowMs, (module) => {
      this.#answerRoute({ modid, cmdid }, module, kept);
    });
  }

  #answerRoute(name: ModuleName, module: Module | undefined, peer: UdpPeer): void {
    this.#counters.add(module ? "routes" : "noexist");
    const hosts = module ? [...module.balancer.idle, ...module.balancer.overloaded] : [];
    let body = encodeGetRouteResponse({ ...name, hosts });
    if (body.length > MAX_DATAGRAM_BODY_BYTES) this.#counters.add("routesCut");
    while (body.length > MAX_DATAGRAM_BODY_BYTES) {
      // So many must go at least; one by one they would be encoded again and again.
      const excess = Math.ceil((body.length - MAX_DATAGRAM_BODY_BYTES) / MAX_ROUTE_HOST_BYTES);
      hosts.length -= excess;
      body = encodeGetRouteResponse({ ...name, hosts });
    }
    peer.send(MessageId.ApiGetRouteResponse, body);
  }

  /** The module, undefined where there is none, or {@link WAITS} where that is not known yet. */
  #find(name: ModuleName, nowMs: number): Module | undefined | typeof WAITS {
    return this.#owns(name) ? this.#table.find(name, nowMs) ?? WAITS : undefined;
  }

  #owns(name: ModuleName): boolean {
    const owns = isModuleName(name) && shardOf(name) === this.#shard;
    if (!owns) this.#counters.add("misdirected");
    return owns;
  }

  #awaitRoute(
    name: ModuleName,
    nowMs: number,
    use: (module: Module | undefined) => void,
  ): void {
    this.#table.awaitRoute(name, nowMs, use);
    this.#onWait(nowMs);
  }
}

const PICK_COUNTER: Record<number, ShardCounter> = {
  [RetCode.Success]: "picks",
  [RetCode.Overload]: "overloaded",
  [RetCode.NoExist]: "noexist",
};

function copyOf({ seq, picks }: GetHostsRequest): GetHostsRequest {
  const copy = new GetHostsRequest();
  copy.seq = seq;
  for (let i = 0; i < moduleCount({ picks }); i++) copy.add(picks.at(i), picks.at(i).count);
  return copy;
}

function moduleCount({ picks }: Pick<GetHostsRequest, "picks">): number {
  return Math.min(picks.length, MAX_PICKED_MODULES);
}
