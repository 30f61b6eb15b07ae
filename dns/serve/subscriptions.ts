/**
 * The subscribers of modules, both ways round: a module's peers, and a peer's modules. Sends nothing. Peers are whatever
 * the caller uses for them; requesting twice is one subscription.
 *
 * What a peer may hold is bounded, as it decides itself what it asks for. Names that have no hosts are what rubbish is
 * made of, so past the bound the subscription goes that has been without hosts for longest. Where all have hosts, the
 * oldest goes: agents repeat their requests for what they use every few seconds, so its changes still arrive, only later.
 *
 * What all peers together hold is bounded as well, or many of them could take all memory. Past that bound one goes in the
 * same way, of the peer that holds most: who holds little is not touched.
 *
 * @module
 */

import { ModuleMap, type ModuleName } from "../../proto/mod.ts";
import { type Aged, AgeList } from "./age_list.ts";

/** A module that someone subscribed to. */
interface Topic<Peer> extends ModuleName {
  hasHosts: boolean;
  /** Never empty. */
  subscriptions: Map<Peer, Subscription<Peer>>;
}

/** That one peer gets the changes of one module. */
interface Subscription<Peer> extends Aged<Subscription<Peer>> {
  topic: Topic<Peer>;
  peer: Peer;
}

/** A peer's subscriptions; each is in exactly one of the two lists, in the order in which it came there. */
interface Holding<Peer> {
  withHosts: AgeList<Subscription<Peer>>;
  withoutHosts: AgeList<Subscription<Peer>>;
}

/** How many subscriptions there may be. */
export interface SubscriptionBounds {
  /**
   * Those of one peer.
   *
   * @default 100000
   */
  maxPerPeer?: number;
  /**
   * Those of all peers. One takes up to a kilobyte.
   *
   * @default 1000000
   */
  maxInAll?: number;
}

/** Subscriptions of either kind that {@link Subscriptions.removeSome} ends: less than a millisecond of work. */
const REMOVED_AT_ONCE = 500;

/** Subscriptions of one thread's peers. */
export class Subscriptions<Peer> {
  readonly #maxPerPeer: number;
  readonly #maxInAll: number;
  readonly #topics = new ModuleMap<Topic<Peer>>();
  readonly #holdings = new Map<Peer, Holding<Peer>>();
  #size = 0;
  #dropped = 0;

  /** Begins with none. */
  constructor({ maxPerPeer = 100_000, maxInAll = 1_000_000 }: SubscriptionBounds = {}) {
    this.#maxPerPeer = maxPerPeer;
    this.#maxInAll = maxInAll;
  }

  /** How many there are, of all peers together. */
  get size(): number {
    return this.#size;
  }

  /** How many modules anybody is subscribed to. */
  get modules(): number {
    return this.#topics.size;
  }

  /** How many were dropped so far because there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The peers of a module. */
  peersOf({ modid, cmdid }: ModuleName): Iterable<Peer> {
    return this.#topics.get(modid, cmdid)?.subscriptions.keys() ?? [];
  }

  /** Subscribes a peer to a module that, as far as is known now, has hosts or has none. */
  add(peer: Peer, { modid, cmdid, hasHosts }: ModuleName & { hasHosts: boolean }): void {
    let topic = this.#topics.get(modid, cmdid);
    if (topic === undefined) {
      topic = { modid, cmdid, hasHosts, subscriptions: new Map() };
      this.#topics.set(modid, cmdid, topic);
    }
    if (topic.subscriptions.has(peer)) return;
    let holding = this.#holdings.get(peer);
    if (holding === undefined) {
      holding = { withHosts: new AgeList(), withoutHosts: new AgeList() };
      this.#holdings.set(peer, holding);
    }
    const subscription = { topic, peer };
    topic.subscriptions.set(peer, subscription);
    listOf(holding, topic).push(subscription);
    this.#size++;
    if (sizeOf(holding) > this.#maxPerPeer) this.#dropOneOf(holding);
    else if (this.#size > this.#maxInAll) this.#dropOneOf(this.#largestHolding());
  }

  /** Takes note that a module has got hosts, or has none any more. */
  setHasHosts({ modid, cmdid }: ModuleName, hasHosts: boolean): void {
    const topic = this.#topics.get(modid, cmdid);
    if (topic === undefined || topic.hasHosts === hasHosts) return;
    const subscriptions = [...topic.subscriptions.values()];
    for (const each of subscriptions) this.#listOf(each).delete(each);
    topic.hasHosts = hasHosts;
    for (const each of subscriptions) this.#listOf(each).push(each);
  }

  /**
   * Ends subscriptions of a peer, some hundred at a time: a peer may hold very many, and its thread has others.
   *
   * @returns Whether it has more.
   */
  removeSome(peer: Peer): boolean {
    const holding = this.#holdings.get(peer);
    if (holding === undefined) return false;
    for (const list of [holding.withHosts, holding.withoutHosts]) {
      for (let removed = 0; removed < REMOVED_AT_ONCE && list.oldest !== undefined; removed++) {
        this.#end(list, list.oldest);
      }
    }
    if (sizeOf(holding) > 0) return true;
    this.#holdings.delete(peer);
    return false;
  }

  #dropOneOf({ withHosts, withoutHosts }: Holding<Peer>): void {
    const list = withoutHosts.size > 0 ? withoutHosts : withHosts;
    this.#end(list, list.oldest!);
    this.#dropped++;
  }

  /** Looks at every peer: these are as many as there are connections, and it takes very many subscriptions to get here. */
  #largestHolding(): Holding<Peer> {
    return [...this.#holdings.values()]
      .reduce((largest, each) => sizeOf(each) > sizeOf(largest) ? each : largest);
  }

  #end(list: AgeList<Subscription<Peer>>, subscription: Subscription<Peer>): void {
    const { topic, peer } = subscription;
    list.delete(subscription);
    topic.subscriptions.delete(peer);
    this.#size--;
    if (topic.subscriptions.size === 0) this.#topics.delete(topic.modid, topic.cmdid);
  }

  #listOf({ peer, topic }: Subscription<Peer>): AgeList<Subscription<Peer>> {
    return listOf(this.#holdings.get(peer)!, topic);
  }
}

function listOf<Peer>(
  holding: Holding<Peer>,
  { hasHosts }: Topic<Peer>,
): AgeList<Subscription<Peer>> {
  return hasHosts ? holding.withHosts : holding.withoutHosts;
}

function sizeOf<Peer>({ withHosts, withoutHosts }: Holding<Peer>): number {
  return withHosts.size + withoutHosts.size;
}
