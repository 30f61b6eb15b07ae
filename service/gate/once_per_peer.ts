/**
 * Says of a peer at most once in a while that something is to be told, however often it does it.
 *
 * @module
 */

/** As long is nothing said of a peer of which something was, ms. */
const QUIET_MS = 600_000;

/** Peers of which is known when something was said; while there are as many, nothing is said of others. */
const MAX_QUIET_PEERS = 1_000;

/** Remembers of whom something was said. */
export class OncePerPeer {
  /** When, by address, the oldest first. */
  readonly #saidAtMs = new Map<string, number>();

  /** Whether something may be said of this peer now, which then counts as said. */
  take(address: string, nowMs: number): boolean {
    for (const [other, saidAtMs] of this.#saidAtMs) {
      if (nowMs - saidAtMs < QUIET_MS) break;
      this.#saidAtMs.delete(other);
    }
    if (this.#saidAtMs.has(address) || this.#saidAtMs.size >= MAX_QUIET_PEERS) return false;
    this.#saidAtMs.set(address, nowMs);
    return true;
  }
}
