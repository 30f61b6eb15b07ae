/**
 * The agent's link to dns: sends the shards' requests there, and hands what comes back, asked for or pushed, to the
 * shard it belongs to. Keeps the last route of every module, so that a shard that was replaced has its routes at once.
 *
 * While dns does not answer, route_fallback.ts does, with the routes of the agent's run before.
 *
 * What to ask, and when again on one connection, is the shards' to decide. On every new connection it asks again by itself,
 * first what dns has not answered, then whatever it has: so what changed while there was no connection is known in the
 * moment in which there is one, also of modules that nobody uses just now. And while dns says nothing it asks for one of
 * them now and then: who does not answer is left for another.
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
  realClock,
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

/** Questions that are asked again and not answered yet: more wait, and neither side has to hold them all. */
const MAX_IN_FLIGHT = 1000;

/** Names that dns has not answered, and that will be asked for again; shards repeat others in time. */
const MAX_ASKED = 200_000;

/** Asks dns on behalf of the shards. */
export class DnsClient {
  readonly #client: TcpClient;
  readonly #beat?: () => void;
  readonly #clock: Clock;
  readonly #onRoutes: (event: "changed" | "confirmed") => void;
  readonly #fallback: RouteFallback;
  readonly #routes = new ModuleMap<Route>();
  /** What dns has not answered, and on which connection it was asked last: 0 is none. */
  readonly #asked = new ModuleMap<number>();
  /** Counts connections. */
  #connection = 0;
  /** How many questions on this connection are not answered. */
  #inFlight = 0;
  #awaitingSinceMs?: number;
  /** What is still to be asked again on this connection. */
  #again?: Iterator<ModuleName>;
  /** Goes through the routes, to ask for one now and then. */
  #round?: Iterator<ModuleName>;
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
    this.#clock = options.clock ?? realClock;
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
      onOpen: ({ local }, endpoint) => {
        onOpen?.(endpoint, local.hostname);
        this.#fallback.opened();
        this.#connection++;
        this.#inFlight = 0;
        this.#awaitingSinceMs = undefined;
        this.#again = this.#known();
        this.#askAgain();
      },
      onError: (error, endpoint) => {
        onError?.(error, endpoint);
        this.#fallback.failed();
      },
      hasToSay: () => this.#routes.size + this.#asked.size > 0,
      awaitingSinceMs: () => this.#awaitingSinceMs,
      onQuiet: () => this.#askForOne(),
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
        for (const module of message.modules) {
          this.#routes.delete(module.modid, module.cmdid);
          this.#noteAnswer(module);
        }
        this.#fallback.forget(message.modules);
        this.#onRoutes("changed");
    }
  }

  /** What cannot be asked now is asked on the next connection. */
  #ask(modules: readonly ModuleName[]): void {
    this.#beat?.();
    this.#client.start();
    for (const module of modules) this.#askFor(module);
    this.#fallback.asked(modules.filter(({ modid, cmdid }) => !this.#routes.has(modid, cmdid)));
  }

  /** Asks, unless that is under way. */
  #askFor(module: ModuleName): void {
    const { modid, cmdid } = module;
    const askedOn = this.#asked.get(modid, cmdid);
    if (askedOn === undefined && this.#asked.size >= MAX_ASKED) return;
    let connection = 0;
    if (this.#client.connection !== undefined) {
      if (askedOn === this.#connection) return;
      if (this.#client.send(MessageId.GetRouteRequest, encodeRouteRequest(module))) {
        connection = this.#connection;
        this.#inFlight++;
        this.#awaitingSinceMs ??= this.#clock.nowMs();
      }
    }
    this.#asked.set(modid, cmdid, connection);
  }

  #noteAnswer({ modid, cmdid }: ModuleName): void {
    if (this.#asked.get(modid, cmdid) === this.#connection) {
      this.#inFlight--;
      if (this.#inFlight === 0) this.#awaitingSinceMs = undefined;
    }
    this.#asked.delete(modid, cmdid);
  }

  /** Asks for as much of what is to be asked again as may be under way. */
  #askAgain(): void {
    while (this.#again !== undefined && this.#inFlight < MAX_IN_FLIGHT) {
      const { value, done } = this.#again.next();
      if (done) this.#again = undefined;
      else this.#askFor(value);
    }
  }

  *#known(): Generator<ModuleName> {
    for (const [module] of this.#asked.entries()) yield module;
    yield* this.#routes.values();
  }

  /** Asks for the next of the routes, to hear whether dns is there. */
  #askForOne(): void {
    let next = this.#round?.next();
    if (next === undefined || next.done) next = (this.#round = this.#routes.values()).next();
    if (!next.done) this.#askFor(next.value);
  }

  #take(route: Route): void {
    this.#beat?.();
    if (!isModuleName(route)) return;
    this.#noteAnswer(route);
    this.#askAgain();
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
