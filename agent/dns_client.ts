/**
 * The agent's link to dns: carries the shards' questions there, and hands what comes back, asked for or pushed, to the
 * shard it belongs to. Keeps the last route of every module, so that a shard that was replaced has its routes at once.
 *
 * What to ask, and when again, is the shards' to decide: on every connect they are told, and ask for all they use.
 *
 * @module
 */

import {
  decodeGetRouteResponse,
  encodeGetRouteRequest,
  isModuleName,
  MessageId,
  ModuleMap,
  type ModuleName,
  type Route,
  SHARD_COUNT,
  shardOf,
} from "../proto/mod.ts";
import {
  type Connection,
  type Counters,
  type Endpoint,
  Router,
  TcpClient,
  type TcpCounter,
} from "../reactor/mod.ts";
import type { DnsToShard, ShardToDns } from "./messages.ts";

/** What a {@link DnsClient} is made of. */
export interface DnsClientOptions {
  /** The dns instances, tried in turn. */
  endpoints: readonly Endpoint[];
  /** What its connection counts. */
  counters: Counters<TcpCounter>;
  /** Hears of every connect. */
  onOpen?: (endpoint: string) => void;
  /** Hears of every loss. */
  onClose?: () => void;
  /** Hears why a connect failed. */
  onError?: (error: unknown, endpoint: Endpoint) => void;
}

/** Asks dns on behalf of the shards. */
export class DnsClient {
  readonly #client: TcpClient;
  readonly #routes = new ModuleMap<Route>();
  readonly #shards: (MessagePort | undefined)[] = Array(SHARD_COUNT).fill(undefined);

  /** Connects when the first question comes: dns hangs up on those who say nothing. */
  constructor({ endpoints, counters, onOpen, onClose, onError }: DnsClientOptions) {
    this.#client = new TcpClient({
      endpoints,
      counters,
      router: new Router<Connection<void>>()
        .on(MessageId.GetRouteResponse, (route) => this.#take(route), {
          decode: decodeGetRouteResponse,
        }),
      onOpen: ({ remote }) => {
        onOpen?.(`${remote.hostname}:${remote.port}`);
        for (const shard of this.#shards) send(shard, { kind: "connected" });
      },
      onClose,
      onError,
    });
  }

  /** Takes the port to a shard, in place of an earlier one, and gives the shard its routes. */
  linkShard(index: number, port: MessagePort): void {
    this.#shards[index]?.close();
    this.#shards[index] = port;
    port.onmessage = ({ data }: MessageEvent<ShardToDns>) => this.#fromShard(data);
    const routes = [...this.#routes.values()].filter((route) => shardOf(route) === index);
    send(port, { kind: "joined", routes });
  }

  /** Closes the connection and the ports. */
  async stop(): Promise<void> {
    for (const shard of this.#shards) shard?.close();
    await this.#client.stop();
  }

  #fromShard(message: ShardToDns): void {
    switch (message.kind) {
      case "pull":
        this.#ask(message.modules);
        break;
      case "drop":
        for (const { modid, cmdid } of message.modules) this.#routes.delete(modid, cmdid);
    }
  }

  /** A question that cannot be sent is not kept: the shards ask anew when the connection is there. */
  #ask(modules: readonly ModuleName[]): void {
    this.#client.start();
    for (const module of modules) {
      this.#client.send(MessageId.GetRouteRequest, encodeGetRouteRequest(module));
    }
  }

  #take(route: Route): void {
    if (!isModuleName(route)) return;
    if (route.hosts.length > 0) this.#routes.set(route.modid, route.cmdid, route);
    else this.#routes.delete(route.modid, route.cmdid);
    send(this.#shards[shardOf(route)], { kind: "routes", routes: [route] });
  }
}

function send(shard: MessagePort | undefined, message: DnsToShard): void {
  shard?.postMessage(message);
}
