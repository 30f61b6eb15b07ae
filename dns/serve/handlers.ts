/**
 * What an answering thread does with its connections: answers what is asked from the table, and subscribes who asked;
 * when routes have changed in it, pushes them to those who are subscribed.
 *
 * @module
 */

import {
  GetRouteRequest,
  isModuleName,
  MessageId,
  type ModuleName,
  reusing,
} from "../../proto/mod.ts";
import {
  type Connection,
  Counters,
  fairYielder,
  Router,
  type TcpHandlers,
} from "../../reactor/mod.ts";
import { handlerErrorLog } from "../../service/observe/logger.ts";
import { type ModuleList, unpackModules } from "../routes/module_list.ts";
import { encodeEmptyRouteFrame } from "../routes/route_frame.ts";
import { RouteTable } from "../routes/route_table.ts";
import { Subscriptions } from "./subscriptions.ts";
import { THREAD_COUNTERS, type ThreadCounter } from "./thread_counter.ts";

/** What an answering thread begins with. */
export interface DnsThreadInit {
  /** The table to answer from. */
  table: SharedArrayBuffer;
  /** Which of its readers this thread is. */
  reader: number;
  /** The block of counters to keep. */
  counters: SharedArrayBuffer;
}

/** Tells an answering thread what has changed in the table. */
export interface RoutesChanged {
  kind: "changed";
  /** Modules whose answer is another one than before. */
  modules: ModuleList;
}

/** A connection to an agent; all that is known of it is what it subscribed to. */
type Peer = Connection<undefined>;

/** Makes the handlers of one thread. */
export function createDnsHandlers(init: DnsThreadInit): TcpHandlers<undefined, RoutesChanged> {
  const thread = new DnsThread(init);
  return {
    router: new Router<Peer>(handlerErrorLog(["dns", "handlers"])).on<ModuleName>(
      MessageId.GetRouteRequest,
      (module, peer) => thread.answer(module, peer),
      { decode: reusing(new GetRouteRequest()) },
    ),
    createState: () => undefined,
    onClose: (peer) => thread.forget(peer),
    onTask: ({ modules }) => thread.push(modules),
    onStop: () => thread.stop(),
  };
}

class DnsThread {
  readonly #counters: Counters<ThreadCounter>;
  readonly #subscriptions = new Subscriptions<Peer>();
  readonly #toPush: ModuleList[] = [];
  readonly #toForget: Peer[] = [];
  readonly #table: RouteTable;
  readonly #reader: number;
  #pushing?: Promise<void>;
  #forgetting?: Promise<void>;
  #isStopping = false;

  constructor({ table, reader, counters }: DnsThreadInit) {
    this.#table = new RouteTable(table);
    this.#reader = reader;
    this.#table.release(reader);
    this.#counters = new Counters(THREAD_COUNTERS, counters);
    this.#countSubscriptions(); // those of a thread that this one replaces are gone
  }

  answer(module: ModuleName, peer: Peer): void {
    this.#counters.add("requests");
    const isInRange = isModuleName(module);
    const frame = isInRange ? this.#table.frame(module) : undefined;
    if (isInRange) {
      this.#subscriptions.add(peer, { ...module, hasHosts: frame !== undefined });
      this.#countSubscriptions();
    } else {
      this.#counters.add("outOfRange");
    }
    if (frame === undefined) this.#counters.add("emptyAnswers");
    peer.sendFrame(frame ?? encodeEmptyRouteFrame(module).frame);
  }

  /** What is pushed to it meanwhile is dropped, as its connection is closed. */
  forget(peer: Peer): void {
    this.#toForget.push(peer);
    this.#forgetting ??= this.#forgetAll();
  }

  /** Every answer is of the changed table already. Pushing yields to answering: it may be long. */
  push(changed: ModuleList): void {
    this.#table.release(this.#reader);
    this.#toPush.push(changed);
    this.#pushing ??= this.#pushAll();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([this.#pushing, this.#forgetting]);
  }

  /** Ends in the same step in which nothing is left: what comes afterwards starts it again. */
  async #pushAll(): Promise<void> {
    await undefined; // so it is known as begun when it ends
    for (let changed = this.#toPush.shift(); changed; changed = this.#toPush.shift()) {
      for (const module of unpackModules(changed)) {
        this.#subscriptions.setHasHosts(module, this.#table.frame(module) !== undefined);
        for (const peer of this.#subscriptions.peersOf(module)) {
          this.#pushTo(peer, module);
          if (fairYielder.isDue()) await fairYielder.yield();
          if (this.#isStopping) return;
        }
        if (fairYielder.isDue()) await fairYielder.yield();
      }
    }
    this.#pushing = undefined;
  }

  /** Pushes what the table says now, which may be newer than the change that this is for. */
  #pushTo(peer: Peer, module: ModuleName): void {
    this.#counters.add("pushes");
    peer.sendFrame(this.#table.frame(module) ?? encodeEmptyRouteFrame(module).frame);
  }

  /** Ends as {@link #pushAll} does. */
  async #forgetAll(): Promise<void> {
    await undefined;
    for (let peer = this.#toForget.pop(); peer; peer = this.#toForget.pop()) {
      while (this.#subscriptions.removeSome(peer)) {
        this.#countSubscriptions();
        if (fairYielder.isDue()) await fairYielder.yield();
      }
      this.#countSubscriptions();
      if (fairYielder.isDue()) await fairYielder.yield();
    }
    this.#forgetting = undefined;
  }

  #countSubscriptions(): void {
    this.#counters.set("subscriptions", this.#subscriptions.size);
    this.#counters.set("subscribedModules", this.#subscriptions.modules);
    this.#counters.set("droppedSubscriptions", this.#subscriptions.dropped);
  }
}
