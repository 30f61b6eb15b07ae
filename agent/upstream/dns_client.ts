/**
 * The agent's link to dns: sends the shards' requests there, and hands what comes back, asked for or pushed, to the
 * shard it belongs to. Keeps the last route of every module, so that a shard that was replaced has its routes at once.
 *
 * While dns does not answer, route_fallback.ts does, with the routes of the agent's run before.
 *
 * What to request, and when again, is the shards' to decide: they are told of every connect, and request all they use.
 *
 * @module
 */

import {
  encodeRouteRequest,
  GetRouteResponse,
  isModuleName,
  MessageId,
  ModuleMap,
  type ModuleName,
  reusing,
  type Route,
  routeOf,
  SHARD_COUNT,
  shardOf,
} from "../../proto/mod.ts";
import {
  type Access,
  Channel,
  type ChannelPort,
  type Clock,
  type Connection,
  type Counters,
  Router,
  runCooperatively,
  TcpClient,
} from "../../reactor/mod.ts";
import { handlerErrorLog } from "../../service/observe/logger.ts";
import { chunksOf, Coalescer, routeWeight } from "./chunks.ts";
import type { LinkOptions } from "./link.ts";
import { type FallbackCounter, RouteFallback } from "./route_fallback.ts";
import { encodeRouteRecord, type RouteSnapshot } from "./route_snapshot.ts";
import type { DnsToShard, ShardToDns } from "../messages.ts";

/** What a {@link DnsClient} is made of. */
export interface DnsClientOptions extends LinkOptions {
  /** The routes of the agent's run before, and when they were right, Unix seconds. */
  last?: { content: RouteSnapshot; asOfSec: number };
  /** What is counted of these. */
  fallbackCounters: Counters<FallbackCounter>;
  /** Called when {@link DnsClient.records} has changed, or dns has confirmed some of them. */
  onRoutes?: (event: "changed" | "confirmed") => void;
}

type ShardChannel = Channel<DnsToShard, ShardToDns>;

/** Asks dns on behalf of the shards. */
export class DnsClient {
  readonly #client: TcpClient;
  readonly #beat?: () => void;
  readonly #clock?: Clock;
  readonly #onRoutes: (event: "changed" | "confirmed") => void;
  readonly #fallback: RouteFallback;
  readonly #routes = new ModuleMap<Route>();
  readonly #shards: (ShardChannel | undefined)[] = Array(SHARD_COUNT).fill(undefined);
  readonly #updates = Array.from(
    { length: SHARD_COUNT },
    (_, index) =>
      new Coalescer<Route>(
        (routes) => this.#shards[index]?.post({ kind: "routes", routes }),
        routeWeight,
      ),
  );

  /** Connects when the first request comes: dns has a place for it then, however many say nothing. */
  constructor(
    { beat, onOpen, onError, tcpCounters, last, fallbackCounters, onRoutes, ...options }:
      DnsClientOptions,
  ) {
    this.#beat = beat;
    this.#clock = options.clock;
    this.#onRoutes = onRoutes ?? (() => {});
    this.#fallback = new RouteFallback({
      snapshot: last?.content,
      asOfSec: last?.asOfSec,
      endpoints: options.endpoints.length,
      answer: (route) => this.#shards[shardOf(route)]?.post({ kind: "stale", route }),
      counters: fallbackCounters,
      clock: options.clock,
    });
    this.#client = new TcpClient({
      ...options,
      counters: tcpCounters,
      router: new Router<Connection<void>>(handlerErrorLog(["agent", "dns"]))
        .on<GetRouteResponse>(
          MessageId.GetRouteResponse,
          (message) => this.#take(routeOf(message)),
          { decode: reusing(new GetRouteResponse()) },
        ),
      onOpen: ({ remote, local }) => {
        onOpen?.(`${remote.hostname}:${remote.port}`, local.hostname);
        this.#fallback.opened();
        for (const shard of this.#shards) shard?.post({ kind: "connected" });
      },
      onError: (error, endpoint) => {
        onError?.(error, endpoint);
        this.#fallback.failed();
      },
      hasToSay: () => this.#routes.size > 0,
    });
  }

  /** Is let in otherwise from now on. */
  reload(access: Access): void {
    this.#client.reload(access);
  }

  /** Takes the port to a shard, in place of an earlier one, and gives the shard its routes. */
  linkShard(index: number, port: ChannelPort): void {
    this.#shards[index]?.close();
    const shard = new Channel<DnsToShard, ShardToDns>(port, {
      onPost: (message) => this.#fromShard(message),
    });
    this.#shards[index] = shard;
    runCooperatively(this.#tellAll(index, shard), { clock: this.#clock });
  }

  /** Closes the connection and the ports. */
  async stop(): Promise<void> {
    this.#fallback.stop();
    for (const shard of this.#shards) shard?.close();
    await this.#client.stop();
  }

  /** What it knows, as content of a snapshot, made in steps. */
  *records(): Generator<void, Uint8Array[]> {
    const records = [...this.#fallback.records()];
    for (const route of this.#routes.values()) yield void records.push(encodeRouteRecord(route));
    return records;
  }

  *#tellAll(index: number, shard: ShardChannel): Generator<void> {
    for (const routes of chunksOf(this.#routesOf(index), routeWeight)) {
      if (this.#shards[index] !== shard) return; // replaced meanwhile
      yield shard.post({ kind: "routes", routes });
    }
    shard.post({ kind: "joined" });
  }

  *#routesOf(index: number): Generator<Route> {
    for (const route of this.#routes.values()) {
      if (shardOf(route) === index) yield route;
    }
  }

  #fromShard(message: ShardToDns["posts"]): void {
    switch (message.kind) {
      case "pull":
        this.#ask(message.modules);
        break;
      case "drop":
        for (const { modid, cmdid } of message.modules) this.#routes.delete(modid, cmdid);
        this.#fallback.forget(message.modules);
        this.#onRoutes("changed");
    }
  }

  /** A request that cannot be sent is dropped: the shards repeat it when the connection is there. */
  #ask(modules: readonly ModuleName[]): void {
    this.#beat?.();
    this.#client.start();
    for (const module of modules) {
      this.#client.send(MessageId.GetRouteRequest, encodeRouteRequest(module));
    }
    this.#fallback.asked(modules.filter(({ modid, cmdid }) => !this.#routes.has(modid, cmdid)));
  }

  #take(route: Route): void {
    this.#beat?.();
    if (!isModuleName(route)) return;
    const known = this.#routes.get(route.modid, route.cmdid);
    const wasLast = this.#fallback.told(route);
    const isChanged = wasLast || !isSameRoute(known, route);
    if (route.hosts.length > 0) this.#routes.set(route.modid, route.cmdid, route);
    else this.#routes.delete(route.modid, route.cmdid);
    this.#onRoutes(isChanged ? "changed" : "confirmed");
    this.#updates[shardOf(route)].add([route]);
  }
}

function isSameRoute(known: Route | undefined, { hosts }: Route): boolean {
  const before = known?.hosts ?? [];
  return before.length === hosts.length &&
    before.every(({ ip, port, weight }, i) =>
      ip === hosts[i].ip && port === hosts[i].port && weight === hosts[i].weight
    );
}
