/**
 * The hosts of a module by their address: a hash table with open addressing and linear probing in one typed array, so that
 * a look-up among 10,000 hosts touches one cache line of it. A Map under numbers that hold address and port takes twice as
 * long there.
 *
 * @module
 */

import type { HostAddress } from "../../../proto/mod.ts";
import type { HostState } from "./host_state.ts";

/** Of each slot: address and port of the host, and its place in the list plus one; 0 is an empty slot. */
const IP = 0;
const PORT = 1;
const PLACE = 2;
const SLOT_INTS = 4;

const LEAST_SLOTS = 16;

/** Finds hosts by address and port. */
export class HostTable implements Iterable<HostState> {
  #hosts: HostState[] = [];
  #slots = new Int32Array(LEAST_SLOTS * SLOT_INTS);
  /** The slots less one; they are a power of two. */
  #mask = LEAST_SLOTS - 1;

  /** How many there are. */
  get size(): number {
    return this.#hosts.length;
  }

  /** The host at an address, if it is here. */
  get({ ip, port }: HostAddress): HostState | undefined {
    const slots = this.#slots;
    const signedIp = ip | 0;
    for (let slot = hash(signedIp, port) & this.#mask;; slot = (slot + 1) & this.#mask) {
      const at = slot * SLOT_INTS;
      const place = slots[at + PLACE];
      if (place === 0) return undefined;
      if (slots[at + IP] === signedIp && slots[at + PORT] === port) return this.#hosts[place - 1];
    }
  }

  /** Takes in a host whose address is not here yet. */
  add(host: HostState): void {
    this.#hosts.push(host);
    // Half of the slots stay empty: then a look-up seldom goes on to a next one.
    if (2 * this.#hosts.length > this.#mask) this.#index(2 * (this.#mask + 1));
    else this.#enter(host, this.#hosts.length);
  }

  /** Lets go of the hosts that are not to stay. O(hosts). */
  keep(stays: (host: HostState) => boolean): void {
    const kept = this.#hosts.filter(stays);
    if (kept.length === this.#hosts.length) return;
    this.#hosts = kept;
    let slots = LEAST_SLOTS;
    while (2 * kept.length >= slots) slots *= 2;
    this.#index(slots);
  }

  /** The hosts in the order in which they came. */
  [Symbol.iterator](): Iterator<HostState> {
    return this.#hosts[Symbol.iterator]();
  }

  #index(slots: number): void {
    this.#slots = new Int32Array(slots * SLOT_INTS);
    this.#mask = slots - 1;
    for (const [index, host] of this.#hosts.entries()) this.#enter(host, index + 1);
  }

  #enter({ ip, port }: HostAddress, place: number): void {
    let slot = hash(ip | 0, port) & this.#mask;
    while (this.#slots[slot * SLOT_INTS + PLACE] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot * SLOT_INTS + IP] = ip | 0;
    this.#slots[slot * SLOT_INTS + PORT] = port;
    this.#slots[slot * SLOT_INTS + PLACE] = place;
  }
}

/** What is no port is nobody's. */
export function isPort(port: number): boolean {
  return port >= 0 && port <= 0xffff;
}

/** Mixes both into the low bits, which alone are used: the constants are those of MurmurHash3's finalizer. */
function hash(ip: number, port: number): number {
  const mixed = Math.imul(ip ^ Math.imul(port, 0x85eb_ca6b), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 15);
}
