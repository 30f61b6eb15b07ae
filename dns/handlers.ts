/**
 * What an answering thread does with its connections: answers what is asked from the table at hand and subscribes who
 * asked; when another table takes its place, pushes what changed to those who are subscribed.
 *
 * @module
 */

import {
  isModuleName,
  MessageId,
  type ModuleName,
  readGetRouteRequest,
  reusing,
} from "../proto/mod.ts";
import { type Connection, Counters, Router, type TcpHandlers, TimeSlices } from "../reactor/mod.ts";
import { handlerErrorLog } from "../service/handler_log.ts";
import { type ModuleList, unpackModules } from "./module_list.ts";
import { encodeEmptyRouteFrame } from "./route_frame.ts";
import { RouteTable } from "./route_table.ts";
import { Subscriptions } from "./subscriptions.ts";
import { THREAD_COUNTER_NAMES, type ThreadCounter } from "./thread_counter.ts";

/** What an answering thread begins with. */
export interface DnsThreadInit {
  /** The table to answer from. */
  table: SharedArrayBuffer;
  /** The block of counters to keep. */
  counters: SharedArrayBuffer;
}

/** Tells an answering thread to go over to another table. */
export interface TableSwitch {
  /** The table to answer from. */
  table: SharedArrayBuffer;
  /** Modules whose answer is another one than in the table before. */
  changed: ModuleList;
}

/** A connection to an agent; all that is known of it is what it subscribed to. */
type Peer = Connection<undefined>;

/** Makes the handlers of one thread. */
export function createDnsHandlers(init: DnsThreadInit): TcpHandlers<undefined, TableSwitch> {
  const thread = new DnsThread(init);
  return {
    router: new Router<Peer>(handlerErrorLog(["dns", "handlers"])).on<ModuleName>(
      MessageId.GetRouteRequest,
      (module, peer) => thread.answer(module, peer),
      { decode: reusing(readGetRouteRequest, { modid: 0, cmdid: 0 }) },
    ),
    createState: () => undefined,
    onClose: (peer) => thread.forget(peer),
    onTask: (tableSwitch) => thread.switchTable(tableSwitch),
    onStop: () => thread.stop(),
  };
}

class DnsThread {
  readonly #counters: Counters<ThreadCounter>;
  readonly #subscriptions = new Subscriptions<Peer>();
  readonly #toPush: ModuleList[] = [];
  #table: RouteTable;
  #pushing?: Promise<void>;
  #isStopping = false;

  constructor({ table, counters }: DnsThreadInit) {
    this.#table = new RouteTable(table);
    this.#counters = new Counters(THREAD_COUNTER_NAMES, counters);
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

  forget(peer: Peer): void {
    this.#subscriptions.removePeer(peer);
    this.#countSubscriptions();
  }

  /** From here on every answer is of the new table. Pushing goes on in slices: it may be long, and must not delay answers. */
  switchTable({ table, changed }: TableSwitch): void {
    this.#table = new RouteTable(table);
    this.#toPush.push(changed);
    this.#pushing ??= this.#pushAll().finally(() => this.#pushing = undefined);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#pushing;
  }

  async #pushAll(): Promise<void> {
    const slices = new TimeSlices();
    for (let changed = this.#toPush.shift(); changed; changed = this.#toPush.shift()) {
      for (const module of unpackModules(changed)) {
        this.#push(module);
        if (slices.isOver) await slices.next();
        if (this.#isStopping) return;
      }
    }
  }

  /** Pushes what the table at hand says, which may be newer than the change that this is for. */
  #push(module: ModuleName): void {
    const frame = this.#table.frame(module);
    this.#subscriptions.setHasHosts(module, frame !== undefined);
    for (const peer of this.#subscriptions.peersOf(module)) {
      this.#counters.add("pushes");
      peer.sendFrame(frame ?? encodeEmptyRouteFrame(module).frame);
    }
  }

  #countSubscriptions(): void {
    this.#counters.set("subscriptions", this.#subscriptions.size);
    this.#counters.set("subscribedModules", this.#subscriptions.modules);
    this.#counters.set("droppedSubscriptions", this.#subscriptions.dropped);
  }
}
