/**
 * What stands before the handlers of a UDP server that is reached from beyond its host: drops what comes from those who may
 * not ask. Programs of the host itself, by loopback, always may.
 *
 * @module
 */

import { Credential, isLoopback, reusing } from "../../proto/mod.ts";
import type { BodySpan, Dispatched, Dispatcher, UdpPeer } from "../../reactor/mod.ts";
import { getLogger } from "../observe/logger.ts";
import { type Admission, admitsAddress, isValidToken } from "./admission.ts";
import { OncePerPeer } from "./once_per_peer.ts";

/** Senders of which is known whether their address will do; then all are forgotten, and looked at anew. */
const MAX_SENDERS = 10_000;

const log = getLogger("lars", "gate");

/** Whether an address will do, and whether a token is wanted besides. */
type Verdict = "denied" | "token" | "admitted";

/** Hands on to a router what comes from those who may ask. */
export class DatagramGate implements Dispatcher<UdpPeer> {
  readonly #router: Dispatcher<UdpPeer>;
  readonly #verdicts = new Map<string, Verdict>();
  readonly #logged = new OncePerPeer();
  readonly #readCredential = reusing(new Credential());
  #admission: Admission;

  /** Lets through to `router` whom `admission` lets in. */
  constructor(router: Dispatcher<UdpPeer>, admission: Admission) {
    this.#router = router;
    this.#admission = admission;
  }

  /** Lets in others from now on. */
  reload(admission: Admission): void {
    this.#admission = admission;
    this.#verdicts.clear();
  }

  /** Hands it on, or drops it. */
  dispatch(msgid: number, body: BodySpan, peer: UdpPeer): Dispatched {
    const { hostname } = peer.address;
    const verdict = this.#verdictOn(hostname);
    if (verdict === "denied") {
      return this.#deny(hostname, "its address is in none of [agent] networks");
    }
    if (verdict === "token" && !this.#hasToken(body)) {
      return this.#deny(hostname, "its messages show no token that is valid here");
    }
    return this.#router.dispatch(msgid, body, peer);
  }

  #verdictOn(address: string): Verdict {
    let verdict = this.#verdicts.get(address);
    if (verdict === undefined) {
      if (this.#verdicts.size >= MAX_SENDERS) this.#verdicts.clear();
      const { tokens } = this.#admission;
      if (!admitsAddress(this.#admission, address)) verdict = "denied";
      else verdict = tokens.length === 0 || isLoopback(address) ? "admitted" : "token";
      this.#verdicts.set(address, verdict);
    }
    return verdict;
  }

  #hasToken({ bytes, start, end }: BodySpan): boolean {
    try {
      const { token } = this.#readCredential(bytes, start, end);
      return isValidToken(token, this.#admission.tokens);
    } catch {
      return false; // no message at all
    }
  }

  #deny(address: string, reason: string): Dispatched {
    if (this.#logged.take(address, performance.now())) {
      log.warn("Peer {peer} is turned away: {reason}", { peer: address, reason });
    }
    return "denied";
  }
}
