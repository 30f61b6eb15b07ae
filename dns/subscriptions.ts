/**
 * Who is to be told when a module's route changes, both ways round: a module's peers, and a peer's modules. Sends
 * nothing. Peers are whatever the caller uses for them; asking twice is one subscription.
 *
 * What a peer may hold is bounded, as it decides itself what it asks for. Names that have no hosts are what rubbish is
 * made of, so past the bound the subscription goes that has been without hosts for longest. Where all have hosts, the
 * oldest goes: agents ask anew for what they use every few seconds, so its changes still arrive, only later.
 *
 * @module
 */

import { ModuleMap, type ModuleName } from "../proto/mod.ts";

/** A module that someone subscribed to. */
interface Topic<Peer> extends ModuleName {
  hasHosts: boolean;
  /** Never empty. */
  peers: Set<Peer>;
}

/** A peer's modules; each is in exactly one of the two sets, which keep the order in which it came there. */
interface Holding<Peer> {
  withHosts: Set<Topic<Peer>>;
  withoutHosts: Set<Topic<Peer>>;
}

/** Subscriptions of one thread's peers. */
export class Subscriptions<Peer> {
  readonly #maxPerPeer: number;
  readonly #topics = new ModuleMap<Topic<Peer>>();
  readonly #holdings = new Map<Peer, Holding<Peer>>();
  #size = 0;
  #dropped = 0;

  /** Bounds what one peer may hold. */
  constructor({ maxPerPeer = 100_000 }: { maxPerPeer?: number } = {}) {
    this.#maxPerPeer = maxPerPeer;
  }

  /** How many there are, of all peers together. */
  get size(): number {
    return this.#size;
  }

  /** How many modules anybody is subscribed to. */
  get modules(): number {
    return this.#topics.size;
  }

  /** How many were dropped so far because their peer held too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The peers of a module. */
  peersOf({ modid, cmdid }: ModuleName): Iterable<Peer> {
    return this.#topics.get(modid, cmdid)?.peers ?? [];
  }

  /** Subscribes a peer to a module that, as far as is known now, has hosts or has none. */
  add(peer: Peer, { modid, cmdid, hasHosts }: ModuleName & { hasHosts: boolean }): void {
    let topic = this.#topics.get(modid, cmdid);
    if (topic === undefined) {
      topic = { modid, cmdid, hasHosts, peers: new Set() };
      this.#topics.set(modid, cmdid, topic);
    }
    if (topic.peers.has(peer)) return;
    let holding = this.#holdings.get(peer);
    if (holding === undefined) {
      holding = { withHosts: new Set(), withoutHosts: new Set() };
      this.#holdings.set(peer, holding);
    }
    topic.peers.add(peer);
    setOf(holding, topic).add(topic);
    this.#size++;
    if (holding.withHosts.size + holding.withoutHosts.size > this.#maxPerPeer) {
      this.#dropOne(peer, holding);
    }
  }

  /** Takes note that a module has got hosts, or has none any more. */
  setHasHosts({ modid, cmdid }: ModuleName, hasHosts: boolean): void {
    const topic = this.#topics.get(modid, cmdid);
    if (topic === undefined || topic.hasHosts === hasHosts) return;
    const holdings = Array.from(topic.peers, (peer) => this.#holdings.get(peer)!);
    for (const holding of holdings) setOf(holding, topic).delete(topic);
    topic.hasHosts = hasHosts;
    for (const holding of holdings) setOf(holding, topic).add(topic);
  }

  /** Ends all subscriptions of a peer. */
  removePeer(peer: Peer): void {
    const holding = this.#holdings.get(peer);
    if (holding === undefined) return;
    for (const topic of [...holding.withHosts, ...holding.withoutHosts]) this.#part(topic, peer);
    this.#holdings.delete(peer);
  }

  #dropOne(peer: Peer, holding: Holding<Peer>): void {
    const from = holding.withoutHosts.size > 0 ? holding.withoutHosts : holding.withHosts;
    const [oldest] = from;
    from.delete(oldest);
    this.#part(oldest, peer);
    this.#dropped++;
  }

  #part(topic: Topic<Peer>, peer: Peer): void {
    topic.peers.delete(peer);
    this.#size--;
    if (topic.peers.size === 0) this.#topics.delete(topic.modid, topic.cmdid);
  }
}

function setOf<Peer>(holding: Holding<Peer>, { hasHosts }: Topic<Peer>): Set<Topic<Peer>> {
  return hasHosts ? holding.withHosts : holding.withoutHosts;
}
