/**
 * The agent's link to dns: sends the shards' requests there, and hands what comes back, asked for or pushed, to the
 * shard it belongs to. Keeps the last route of every module, so that a shard that was replaced has its routes at once.
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
  Channel,
  type ChannelPort,
  type Clock,
  type Connection,
  Router,
  runCooperatively,
  TcpClient,
} from "../../reactor/mod.ts";
import { handlerErrorLog } from "../../service/observe/logger.ts";
import { chunksOf, Coalescer, routeWeight } from "./chunks.ts";
import type { LinkOptions } from "./link.ts";
import type { DnsToShard, ShardToDns } from "../messages.ts";

type ShardChannel = Channel<DnsToShard, ShardToDns>;

/** Asks dns on behalf of the shards. */
export class DnsClient {
  readonly #client: TcpClient;
  readonly #beat?: () => void;
  readonly #clock?: Clock;
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
  constructor({ beat, onOpen, tcpCounters, ...options }: LinkOptions) {
    this.#beat = beat;
    this.#clock = options.clock;
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
        for (const shard of this.#shards) shard?.post({ kind: "connected" });
      },
      hasToSay: () => this.#routes.size > 0,
    });
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
    for (const shard of this.#shards) shard?.close();
    await this.#client.stop();
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
    }
  }

  /** A request that cannot be sent is dropped: the shards repeat it when the connection is there. */
  #ask(modules: readonly ModuleName[]): void {
    this.#beat?.();
    this.#client.start();
    for (const module of modules) {
      this.#client.send(MessageId.GetRouteRequest, encodeRouteRequest(module));
    }
  }

  #take(route: Route): void {
    this.#beat?.();
    if (!isModuleName(route)) return;
    if (route.hosts.length > 0) this.#routes.set(route.modid, route.cmdid, route);
    else this.#routes.delete(route.modid, route.cmdid);
    this.#updates[shardOf(route)].add([route]);
  }
}
