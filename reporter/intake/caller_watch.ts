/**
 * Finds callers that are two agents: each overwrites the other's rows, and nobody would see it.
 *
 * An agent has one connection at a time. So a report on an older connection, after one on a newer, means that both live.
 * What a lost connection had buffered may come late, once; when it happens repeatedly, there are two agents. The state is in
 * memory shared by the receiving threads, which may have one of the connections each, with as many slots as large sites have
 * agents: of two callers with the same slot, the later one takes it.
 *
 * @module
 */

/** Callers that are watched at a time; a power of two. */
const SLOTS = 4096;

/** Of each slot: the caller, its last connection and that one's peer, its newest connection, and how often an older came. */
const CALLER = 0;
const LAST = 1;
const PEER = 2;
const NEWEST = 3;
const RETURNS = 4;
const SLOT_WORDS = 8;

/** How often an older connection must report after a newer one. */
const MAX_RETURNS = 3;

/** A connection as the watch knows it. */
export interface WatchedConnection {
  /** From 1 on, in the order in which connections were made; see {@link CallerWatch.nextConnection}. */
  readonly id: number;
  /** The peer's address, IPv4 in host order, unsigned. */
  readonly peerIp: number;
}

/** Watches the callers of all receiving threads. */
export class CallerWatch {
  readonly #words: Int32Array;

  /** Memory for the threads to share. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer((1 + SLOTS) * SLOT_WORDS * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Watches in memory from {@link allocate}. */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  /** The id of a new connection. */
  nextConnection(): number {
    return Atomics.add(this.#words, 0, 1) + 1;
  }

  /**
   * Notes that a caller has reported on a connection.
   *
   * @returns The peer of the other connection, once, when it is clear that there are two; else undefined.
   */
  note(caller: number, { id, peerIp }: WatchedConnection): number | undefined {
    const words = this.#words;
    const at = (1 + (Math.imul(caller, 0x9e37_79b1) >>> 20) % SLOTS) * SLOT_WORDS;
    if (words[at + CALLER] !== (caller | 0) || words[at + LAST] === 0) {
      words[at + CALLER] = caller;
      words[at + NEWEST] = words[at + RETURNS] = 0;
    } else if (words[at + LAST] === id) {
      return undefined;
    }
    const otherPeer = words[at + PEER] >>> 0;
    words[at + LAST] = id;
    words[at + PEER] = peerIp;
    if (id >= words[at + NEWEST]) {
      words[at + NEWEST] = id;
      return undefined;
    }
    words[at + RETURNS]++;
    return words[at + RETURNS] === MAX_RETURNS ? otherPeer : undefined;
  }
}
