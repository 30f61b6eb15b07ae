/**
 * What programs ask a shard, and how they are answered: one pick or many, one outcome or many, a whole route. A request
 * for a module whose route is not there yet waits for it.
 *
 * Messages are read into objects that are used again and written straight into the datagram that leaves.
 *
 * @module
 */

import {
  encodeRoute,
  GetHostRequest,
  GetHostResponse,
  GetHostsRequest,
  GetHostsResponse,
  GetRouteRequest,
  GetRouteResponse,
  HostOutcome,
  isModuleName,
  MAX_BATCH_FRAME_BYTES,
  MessageId,
  ModuleHosts,
  type ModuleName,
  type ModulePick,
  ReportBatchRequest,
  ReportRequest,
  RetCode,
  reusing,
  shardOf,
  WireWriter,
} from "../../proto/mod.ts";
import {
  type Clock,
  type Counters,
  HEADER_BYTES,
  MAX_DATAGRAM_BODY_BYTES,
  realClock,
  type Router,
  type UdpPeer,
} from "../../reactor/mod.ts";
import type { Module } from "./module.ts";
import type { ModuleTable } from "./module_table.ts";
import type { ShardCounter } from "./shard_counter.ts";

/** What answers requests. */
export interface RequestsOptions {
  /** Which of the three shards it is. */
  shard: number;
  /** Its modules. */
  table: ModuleTable;
  /** What is counted. */
  counters: Counters<ShardCounter>;
  /** Is called when somebody waits for a route. */
  onWait: (nowMs: number) => void;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** Whoever asks for the module waits for its route. */
const WAITS = Symbol("waits");

/**
 * Modules that one request for many picks may name, as many as our client ever does: each may be an unknown one, which
 * somebody then waits for. The others are not answered.
 */
const MAX_PICKED_MODULES = 256;

/** What an answer to many picks may take, its seq not counted. */
const MAX_HOSTS_BYTES = MAX_BATCH_FRAME_BYTES - HEADER_BYTES - GetHostsResponse.MAX_BYTES;

/** The most that a module without hosts takes of it. */
const MAX_MODULE_BYTES = GetHostsResponse.MAX_ITEM_BYTES.modules;

/** The most that each of its hosts takes. */
const MAX_HOST_BYTES = ModuleHosts.MAX_ITEM_BYTES.ips + ModuleHosts.MAX_ITEM_BYTES.ports;

/** Answers the requests of one shard. */
export class Requests {
  readonly #shard: number;
  readonly #table: ModuleTable;
  readonly #counters: Counters<ShardCounter>;
  readonly #onWait: (nowMs: number) => void;
  readonly #clock: Clock;
  /** Who waits for what, as a key: a request that is sent again meanwhile gets one answer. */
  readonly #waiting = new Set<string>();
  // Used again for each message:
  readonly #writer = new WireWriter();
  readonly #hostAnswer = new GetHostResponse();
  readonly #hostsAnswer = new GetHostsResponse();
  readonly #outcome = new HostOutcome();

  /** Answers from `table`. */
  constructor({ shard, table, counters, onWait, clock = realClock }: RequestsOptions) {
    this.#shard = shard;
    this.#table = table;
    this.#counters = counters;
    this.#onWait = onWait;
    this.#clock = clock;
  }

  /** Has a router bring the requests here. */
  register(router: Router<UdpPeer>): Router<UdpPeer> {
    return router
      .on<GetHostRequest>(
        MessageId.GetHostRequest,
        (request, peer) => this.#getHost(request, peer),
        {
          decode: reusing(new GetHostRequest()),
        },
      )
      .on<GetHostsRequest>(
        MessageId.GetHostsRequest,
        (request, peer) => this.#getHosts(request, peer),
        {
          decode: reusing(new GetHostsRequest()),
        },
      )
      .on<ReportRequest>(MessageId.ReportRequest, (report, peer) => this.#report(report, peer), {
        decode: reusing(new ReportRequest()),
      })
      .on<ReportBatchRequest>(
        MessageId.ReportBatchRequest,
        (reports, peer) => this.#reportBatch(reports, peer),
        {
          decode: reusing(new ReportBatchRequest()),
        },
      )
      .on<GetRouteRequest>(
        MessageId.ApiGetRouteRequest,
        (name, peer) => this.#getRoute(name, peer),
        {
          decode: reusing(new GetRouteRequest()),
        },
      );
  }

  #getHost(request: GetHostRequest, peer: UdpPeer): void {
    const nowMs = peer.receivedMs;
    const module = this.#find(request, nowMs);
    if (module !== WAITS) return this.#answerPick(request, module, { peer, nowMs });
    const { seq, modid, cmdid } = request; // The next request comes as the same object.
    const waiter = this.#wait(peer, `pick ${seq} ${modid} ${cmdid}`);
    if (waiter === undefined) return;
    this.#awaitRoute({ modid, cmdid }, nowMs, (module) => {
      this.#answerPick({ seq, modid, cmdid }, module, waiter.end());
    });
  }

  #answerPick(
    { seq, modid, cmdid }: ModuleName & { seq: number },
    module: Module | undefined,
    { peer, nowMs }: { peer: UdpPeer; nowMs: number },
  ): void {
    const choice = module === undefined ? RetCode.NoExist : this.#table.pick(module, nowMs);
    const answer = this.#hostAnswer;
    answer.seq = seq;
    answer.modid = modid;
    answer.cmdid = cmdid;
    answer.retcode = typeof choice === "object" ? RetCode.Success : choice;
    answer.hasHost = typeof choice === "object";
    if (typeof choice === "object") {
      answer.host.ip = choice.ip;
      answer.host.port = choice.port;
    }
    this.#counters.add(PICK_COUNTER[answer.retcode]);
    const writer = this.#writer.reset(peer.room, { start: peer.roomAt });
    answer.write(writer);
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
    const waiter = this.#wait(peer, `picks ${request.seq}`);
    if (waiter === undefined) return;
    this.#counters.add("picksCut", request.picks.length - moduleCount(request));
    const copy = copyOf(request);
    let waiting = unknown.length;
    for (const name of unknown) {
      this.#awaitRoute(name, nowMs, () => {
        if (--waiting === 0) this.#answerPicks(copy, waiter.end());
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
      room -= MAX_MODULE_BYTES;
      if (room < 0) break;
      room -= MAX_HOST_BYTES * this.#pickHosts(picks.at(i), { room, nowMs });
    }
    this.#counters.add("picksCut", picks.length - answer.modules.length);
    const writer = this.#writer.reset(peer.room, { start: peer.roomAt });
    answer.write(writer);
    peer.answer(MessageId.GetHostsResponse, writer.finish());
  }

  /** Adds a module with its picks to the answer; returns how many there are. */
  #pickHosts(pick: ModulePick, { room, nowMs }: { room: number; nowMs: number }): number {
    const hosts = this.#hostsAnswer.modules.add();
    hosts.clear();
    hosts.modid = pick.modid;
    hosts.cmdid = pick.cmdid;
    const module = isModuleName(pick) && shardOf(pick) === this.#shard
      ? this.#table.find(pick, nowMs)
      : undefined;
    if (module === undefined) {
      hosts.retcode = RetCode.NoExist;
      this.#counters.add("noexist");
      return 0;
    }
    const most = Math.min(pick.count, Math.floor(room / MAX_HOST_BYTES));
    while (hosts.ips.length < most) {
      const choice = this.#table.pick(module, nowMs);
      if (typeof choice !== "object") {
        hosts.retcode = choice;
        this.#counters.add(PICK_COUNTER[choice]);
        break;
      }
      hosts.ips.push(choice.ip);
      hosts.ports.push(choice.port);
    }
    const { length } = hosts.ips;
    this.#counters.add("picks", length);
    if (most < pick.count && length === most) {
      // Its asker makes do with fewer, as it does when hosts are overloaded.
      hosts.retcode = RetCode.Overload;
      this.#counters.add("picksCut", pick.count - most);
    }
    return length;
  }

  #report(report: ReportRequest, { receivedMs }: UdpPeer): void {
    const outcome = this.#outcome;
    outcome.ip = report.host.ip;
    outcome.port = report.host.port;
    outcome.retcode = report.retcode;
    outcome.costMs = report.costMs;
    outcome.count = 1;
    this.#learn(outcome, this.#reported(report, receivedMs), receivedMs);
  }

  #reportBatch({ modules }: ReportBatchRequest, { receivedMs }: UdpPeer): void {
    for (let i = 0; i < modules.length; i++) {
      const { outcomes } = modules.at(i);
      const module = this.#reported(modules.at(i), receivedMs);
      for (let j = 0; j < outcomes.length; j++) this.#learn(outcomes.at(j), module, receivedMs);
    }
  }

  #reported(name: ModuleName, nowMs: number): Module | undefined {
    return this.#owns(name) ? this.#table.find(name, nowMs) : undefined;
  }

  #learn(outcome: HostOutcome, module: Module | undefined, nowMs: number): void {
    this.#counters.add("reports", outcome.count);
    const isKnown = module !== undefined && this.#table.report(module, outcome, nowMs);
    if (!isKnown) this.#counters.add("reportsIgnored", outcome.count);
  }

  #getRoute(name: ModuleName, peer: UdpPeer): void {
    const nowMs = peer.receivedMs;
    const module = this.#find(name, nowMs);
    if (module !== WAITS) return this.#answerRoute(name, module, peer);
    const { modid, cmdid } = name; // The next request comes as the same object.
    const waiter = this.#wait(peer, `route ${modid} ${cmdid}`);
    if (waiter === undefined) return;
    this.#awaitRoute({ modid, cmdid }, nowMs, (module) => {
      this.#answerRoute({ modid, cmdid }, module, waiter.end().peer);
    });
  }

  #answerRoute(name: ModuleName, module: Module | undefined, peer: UdpPeer): void {
    this.#counters.add(module ? "routes" : "noexist");
    const hosts = module ? [...module.balancer.idle, ...module.balancer.overloaded] : [];
    let body = encodeRoute({ ...name, hosts });
    if (body.length > MAX_DATAGRAM_BODY_BYTES) this.#counters.add("routesCut");
    while (body.length > MAX_DATAGRAM_BODY_BYTES) {
      // So many must go at least; one by one they would be encoded again and again.
      const excess = Math.ceil(
        (body.length - MAX_DATAGRAM_BODY_BYTES) / GetRouteResponse.MAX_ITEM_BYTES.hosts,
      );
      hosts.length -= excess;
      body = encodeRoute({ ...name, hosts });
    }
    peer.send(MessageId.ApiGetRouteResponse, body);
  }

  /** The module, undefined where there is none, or {@link WAITS} where that is not known yet. */
  #find(name: ModuleName, nowMs: number): Module | undefined | typeof WAITS {
    if (!this.#owns(name)) return undefined;
    return this.#table.find(name, nowMs) ?? (this.#table.isAbsent(name, nowMs) ? undefined : WAITS);
  }

  #owns(name: ModuleName): boolean {
    const owns = isModuleName(name) && shardOf(name) === this.#shard;
    if (!owns) this.#counters.add("misdirected");
    return owns;
  }

  /** Keeps a peer whose request waits until it ends; undefined when that one waits already. */
  #wait(peer: UdpPeer, request: string): { end(): { peer: UdpPeer; nowMs: number } } | undefined {
    const { hostname, port } = peer.address;
    const key = `${hostname}:${port} ${request}`;
    if (this.#waiting.has(key)) {
      this.#counters.add("repeated");
      return undefined;
    }
    this.#waiting.add(key);
    const kept = peer.keep();
    return {
      end: () => {
        this.#waiting.delete(key);
        return { peer: kept, nowMs: this.#clock.nowMs() };
      },
    };
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
  for (let i = 0; i < moduleCount({ picks }); i++) {
    const { modid, cmdid, count } = picks.at(i);
    const pick = copy.picks.add();
    pick.modid = modid;
    pick.cmdid = cmdid;
    pick.count = count;
  }
  return copy;
}

function moduleCount({ picks }: Pick<GetHostsRequest, "picks">): number {
  return Math.min(picks.length, MAX_PICKED_MODULES);
}
