/**
 * The decision the whole system exists for: which host of a module a call goes to, and which it is kept from.
 *
 * A host is **idle** (picked in turn) or **overloaded** (kept out of the picks, but for a **probe** now and then). Reports
 * of how calls went move it between the two: each host has virtual counts, from which its failure rate is judged, runs
 * of equal outcomes, and a window of time after which its real counts are judged and everything is counted anew.
 *
 * Guarantees: a host is in exactly one of the two queues. Picks within a queue go round. A pick or a report costs O(1)
 * whatever the number of hosts, and makes no object; only when overloaded hosts come back together does a pick cost
 * O(log hosts) for each of them. Same calls, same answers: there is no clock, I/O, or randomness in here.
 *
 * Limits: it learns only from reports. What no caller reports on, it cannot see. All hosts overloaded means that most
 * picks are refused.
 *
 * @module
 */

import type { Host, HostAddress, RetCode } from "../../proto/mod.ts";
import { HostQueue } from "./host_queue.ts";
import { HostState } from "./host_state.ts";
import type { BalancerSettings } from "./settings.ts";

/** How one call to a host went. */
export interface CallOutcome extends HostAddress {
  /** 0 for success, anything else for failure. */
  readonly retcode: number;
  /**
   * How long the call took.
   *
   * @default 0 not measured
   */
  readonly timecostMs?: number;
}

/** No host, since all are overloaded and it is not a probe's turn. The code is the wire's. */
export const OVERLOAD: typeof RetCode.Overload = 1;

/** No host, since the module has none. The code is the wire's. */
export const NOEXIST: typeof RetCode.NoExist = 3;

/** The host to call, whose state stays the balancer's own and moves on, or why there is none. */
export type Choice = Readonly<HostState> | typeof OVERLOAD | typeof NOEXIST;

/** Hosts in the order of their queue, head first. */
export interface Hosts extends Iterable<Readonly<HostState>> {
  /** How many there are. */
  readonly size: number;
}

/**
 * The balancer of one module.
 *
 * Times are milliseconds of any one monotonic clock. One that goes back is taken to stand still.
 *
 * @example
 * ```ts
 * import { Balancer, DEFAULT_SETTINGS } from "./mod.ts";
 *
 * const balancer = new Balancer(DEFAULT_SETTINGS);
 * balancer.update([{ ip: 0x7f000001, port: 8080, weight: 100 }], performance.now());
 * const choice = balancer.choose(performance.now());
 * if (typeof choice === "object") {
 *   const { ip, port } = choice; // call it, and tell how that went
 *   balancer.report({ ip, port, retcode: 0 }, performance.now());
 * }
 * ```
 */
export class Balancer {
  readonly #settings: BalancerSettings;
  readonly #hosts = new Map<number, HostState>();
  readonly #idle = new HostQueue();
  readonly #overloaded = new HostQueue();
  /** The overloaded hosts again, in the order in which they turned so: oldest `sinceMs` first. */
  readonly #byAge = new HostQueue();
  /** Picks since the last probe, counted while there is a host to probe. */
  #access = 0;
  #transitions = 0;
  #updates = 0;
  #nowMs = -Infinity;

  /** A module without hosts. What changes in `settings` later counts for the next decision. */
  constructor(settings: BalancerSettings) {
    this.#settings = settings;
  }

  /** The hosts that are picked in turn. */
  get idle(): Hosts {
    return this.#idle;
  }

  /** The hosts that only probes go to. */
  get overloaded(): Hosts {
    return this.#overloaded;
  }

  /**
   * How often a host of the module has turned overloaded or idle, by a report or by a pick. Whoever tells others of the
   * hosts' states remembers the count it told of, and has news when the two differ.
   */
  get transitions(): number {
    return this.#transitions;
  }

  /**
   * Takes a new route. New hosts join the tail of the idle queue, in order. Hosts that the route no longer holds are
   * forgotten wholly: one that comes back is new. Hosts in both keep their state and place, and take the new weight.
   *
   * Of several equal addresses the first counts. One whose port is not in 0 … 65535 is left out.
   */
  update(hosts: readonly Host[], nowMs: number): void {
    this.#advance(nowMs);
    this.#updates++;
    for (const host of hosts) {
      const key = keyOf(host);
      if (key === undefined) continue;
      const known = this.#hosts.get(key) ?? this.#add(key, host);
      if (known.seenInUpdate === this.#updates) continue;
      known.seenInUpdate = this.#updates;
      known.weight = host.weight;
    }
    for (const [key, host] of this.#hosts) {
      if (host.seenInUpdate !== this.#updates) this.#forget(key, host);
    }
    // A route without hosts is no module: one that comes later begins like any other.
    if (this.#hosts.size === 0) this.#access = 0;
  }

  /** Picks the host for the next call. */
  choose(nowMs: number): Choice {
    this.#advance(nowMs);
    if (this.#hosts.size === 0) return NOEXIST;
    if (this.#settings.recoverUnreported) this.#recoverUnreported();
    return this.#nextQueue().take() ?? OVERLOAD;
  }

  /**
   * Learns how a call went.
   *
   * @returns Whether the route holds the host: where it does not, the outcome is ignored.
   */
  report(outcome: CallOutcome, nowMs: number): boolean {
    this.#advance(nowMs);
    const key = keyOf(outcome);
    const host = key === undefined ? undefined : this.#hosts.get(key);
    if (host === undefined) return false;
    const { idleTimeoutMs, overloadTimeoutMs, timecostUnitMs } = this.#settings;
    const succeeded = outcome.retcode === 0;
    if (succeeded) host.countSuccess();
    else host.countFailure(outcome.timecostMs ?? 0, timecostUnitMs);

    const elapsedMs = this.#nowMs - host.sinceMs;
    if (host.overloaded) {
      const proven = succeeded && this.#isProven(host);
      if (proven || elapsedMs >= overloadTimeoutMs) this.#turnIdle(host);
    } else if (!succeeded && this.#isFailing(host)) {
      this.#turnOverloaded(host);
    } else if (elapsedMs >= idleTimeoutMs) {
      this.#endWindow(host);
    }
    return true;
  }

  /** Never back: the ages of the overloaded hosts are in order because time is. */
  #advance(nowMs: number): void {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
  }

  /** The queue that the next pick is taken from; it may be empty. */
  #nextQueue(): HostQueue {
    if (this.#overloaded.size === 0) return this.#idle;
    if (this.#access >= this.#settings.probeNum) {
      this.#access = 0;
      return this.#overloaded;
    }
    this.#access++;
    return this.#idle;
  }

  /** Judges an idle host after a failure: the count that it adds to is never 0. */
  #isFailing({ vsucc, verr, runErr }: HostState): boolean {
    const { errRate, continErrLimit } = this.#settings;
    return verr / (vsucc + verr) > errRate || runErr >= continErrLimit;
  }

  /** Judges an overloaded host after a success: the count that it adds to is never 0. */
  #isProven({ vsucc, verr, runSucc }: HostState): boolean {
    const { succRate, continSuccLimit } = this.#settings;
    return vsucc / (vsucc + verr) > succRate || runSucc >= continSuccLimit;
  }

  /** Judges an idle host's window. The report that ends it counts in it, so it has a call at least. */
  #endWindow(host: HostState): void {
    const { windowErrRate, badWindows, initSuccCnt } = this.#settings;
    const bad = host.rerr / (host.rsucc + host.rerr) >= windowErrRate;
    host.badWindows = bad ? host.badWindows + 1 : 0;
    if (bad && host.badWindows >= badWindows) this.#turnOverloaded(host);
    else host.beginIdle(initSuccCnt, this.#nowMs);
  }

  #turnOverloaded(host: HostState): void {
    this.#idle.remove(host.place);
    this.#overloaded.push(host.place);
    this.#byAge.push(host.agePlace);
    host.beginOverloaded(this.#settings.initErrCnt, this.#nowMs);
    this.#transitions++;
  }

  #turnIdle(host: HostState): void {
    this.#overloaded.remove(host.place);
    this.#byAge.remove(host.agePlace);
    this.#joinIdle(host);
    this.#transitions++;
  }

  #joinIdle(host: HostState): void {
    this.#idle.push(host.place);
    host.beginIdle(this.#settings.initSuccCnt, this.#nowMs);
  }

  /** Turns every host past the time-out idle: the longest overloaded first, and of equals in the order of their queue. */
  #recoverUnreported(): void {
    if (!this.#isDue(this.#byAge.head)) return;
    const due: HostState[] = [];
    for (const host of this.#byAge) {
      if (!this.#isDue(host)) break;
      due.push(host);
    }
    due.sort((a, b) => a.sinceMs - b.sinceMs || a.place.order - b.place.order);
    for (const host of due) this.#turnIdle(host);
  }

  #isDue(host: HostState | undefined): boolean {
    return host !== undefined && this.#nowMs - host.sinceMs >= this.#settings.overloadTimeoutMs;
  }

  #add(key: number, host: Host): HostState {
    const added = new HostState(host);
    this.#hosts.set(key, added);
    this.#joinIdle(added);
    return added;
  }

  #forget(key: number, host: HostState): void {
    this.#hosts.delete(key);
    if (!host.overloaded) return this.#idle.remove(host.place);
    this.#overloaded.remove(host.place);
    this.#byAge.remove(host.agePlace);
  }
}

/** 48 bits, which a double holds exactly; undefined for what is not a port, since its key would be another host's. */
function keyOf({ ip, port }: HostAddress): number | undefined {
  return port >= 0 && port <= 0xffff ? ip * 0x10000 + port : undefined;
}
