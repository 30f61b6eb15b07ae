/**
 * What the balancer knows of one host: its address, its counts, and its places in the balancer's queues. Owns no rule:
 * which counts mean what is the balancer's.
 *
 * @module
 */

import type { Host, HostAddress } from "../../../proto/mod.ts";
import { Place } from "./queue.ts";

/** What a host is judged by. */
export interface HostCounts {
  /** Virtual successes: what the rates are judged from, beginning with a credit. */
  readonly vsucc: number;
  /** Virtual failures: what the rates are judged from, beginning with a charge. */
  readonly verr: number;
  /** Real successes in this window: what is told to the reporter. */
  readonly rsucc: number;
  /** Real failures in this window: what is told to the reporter. */
  readonly rerr: number;
  /** Successes since the last failure or the window's begin. */
  readonly runSucc: number;
  /** Failures since the last success or the window's begin. */
  readonly runErr: number;
}

/** One host of a module. Only its balancer writes to it. */
export class HostState implements HostAddress, HostCounts {
  /** IPv4 address in host order, unsigned. */
  readonly ip: number;
  /** Port, 0 … 65535. */
  readonly port: number;
  /** Relative share of the picks, as the route has it. */
  weight: number;

  /** Which of its two states the host is in: overloaded, or idle. */
  overloaded = false;
  /** When the present state or window began, on the balancer's clock. */
  sinceMs = 0;

  /** See {@link HostCounts.vsucc}. */
  vsucc = 0;
  /** See {@link HostCounts.verr}. */
  verr = 0;
  /** See {@link HostCounts.rsucc}. */
  rsucc = 0;
  /** See {@link HostCounts.rerr}. */
  rerr = 0;
  /** See {@link HostCounts.runSucc}. */
  runSucc = 0;
  /** See {@link HostCounts.runErr}. */
  runErr = 0;
  /** Whether it would be overloaded in this window if not too many were. */
  suppressed = false;

  /** Place in the queue of its state. */
  readonly place: Place<HostState> = new Place(this);
  /** When it was last probed, or turned overloaded. */
  triedAtMs = 0;
  /** When it last turned idle, or joined. */
  idleFromMs = 0;
  /** Picks counted in the stretch {@link pickStretch}; pick_shares.ts. */
  picks = 0;
  /** Picks counted in the stretch before that. */
  earlierPicks = 0;
  /** The stretch that {@link picks} counts. */
  pickStretch = 0;
  /** The last update whose route held the host. */
  seenInUpdate = 0;

  /** A host as a route names it. */
  constructor({ ip, port, weight }: Host) {
    this.ip = ip;
    this.port = port;
    this.weight = weight;
  }

  /** Turns idle, or begins another window of being so. */
  beginIdle(initSuccCnt: number, nowMs: number): void {
    this.overloaded = false;
    this.vsucc = initSuccCnt;
    this.verr = 0;
    this.#beginWindow(nowMs);
  }

  /** Turns overloaded. */
  beginOverloaded(initErrCnt: number, nowMs: number): void {
    this.overloaded = true;
    this.triedAtMs = nowMs;
    this.vsucc = 0;
    this.verr = initErrCnt;
    this.#beginWindow(nowMs);
  }

  /** Is overloaded again as it was before, in a balancer whose place this one's took. */
  restoreOverloaded(
    { sinceMs, triedMs, vsucc, verr, rsucc, rerr, runSucc, runErr }: HostCounts & {
      readonly sinceMs: number;
      readonly triedMs: number;
    },
  ): void {
    this.beginOverloaded(verr, sinceMs);
    this.triedAtMs = triedMs;
    this.vsucc = vsucc;
    this.rsucc = rsucc;
    this.rerr = rerr;
    this.runSucc = runSucc;
    this.runErr = runErr;
  }

  /** Counts calls that went alike. */
  count(calls: number, succeeded: boolean): void {
    if (succeeded) {
      this.vsucc += calls;
      this.rsucc += calls;
      this.runSucc += calls;
      this.runErr = 0;
    } else {
      this.verr += calls;
      this.rerr += calls;
      this.runErr += calls;
      this.runSucc = 0;
    }
  }

  /** `verr / (vsucc + verr)`; 0 where nothing was counted. */
  get failureRate(): number {
    return this.verr === 0 ? 0 : this.verr / (this.vsucc + this.verr);
  }

  #beginWindow(nowMs: number): void {
    this.rsucc = 0;
    this.rerr = 0;
    this.runSucc = 0;
    this.runErr = 0;
    this.suppressed = false;
    this.sinceMs = nowMs;
  }
}
