/**
 * The decision the whole system exists for: which host of a module a call goes to, and which it is kept from.
 *
 * The balancer knows the hosts of the route and the time; a policy decides among them by reports of how calls went:
 * fitness/ is the default, original/ the rules of the C++ Lars. What people are told of it is in diagnostics/.
 *
 * Guarantees: a pick or a report costs O(1) whatever the number of hosts, and makes no object. Same calls, same answers:
 * there is no clock, I/O, or randomness in here.
 *
 * Limits: it learns only from reports. What no caller reports on, it cannot see.
 *
 * @module
 */

import type { Host, HostAddress, RetCode } from "../../proto/mod.ts";
import { DecisionLog } from "./diagnostics/decision_log.ts";
import type { Explanation, HostExplanation } from "./diagnostics/explanation.ts";
import { PickShares } from "./diagnostics/pick_shares.ts";
import { FitnessPolicy } from "./fitness/fitness_policy.ts";
import type { HostPolicy, Hosts } from "./host_policy.ts";
import type { HostState } from "./host/host_state.ts";
import { HostTable, isPort } from "./host/host_table.ts";
import type { Verdict, VerdictKeeper } from "./host/verdict.ts";
import { OriginalPolicy } from "./original/original_policy.ts";
import type { BalancerSettings } from "./settings.ts";

/** How one call to a host went, or several in a row that went alike. */
export interface CallOutcome extends HostAddress {
  /** 0 for success, anything else for failure. */
  readonly retcode: number;
  /**
   * How long each call took, ms.
   *
   * @default 0 not measured
   */
  readonly costMs?: number;
  /**
   * How many calls: it means the same as so many reports of one call.
   *
   * @default 1
   */
  readonly count?: number;
}

/** What a balancer may be given beside its settings. */
export interface BalancerOptions {
  /**
   * Keeps the verdicts for a balancer that takes the place of this one, which is given them by {@link Balancer.restore}.
   *
   * @default nobody
   */
  keeper?: VerdictKeeper;
}

/**
 * Outcomes that are alike count one by one while any of them may turn its host, which the limits of all sensible settings
 * end soon. So many at most, then the rest at once: no report may hold its thread up.
 */
const MAX_SINGLY = 1000;

/** No host, since all are overloaded and it is not a probe's turn. The code is the wire's. */
export const OVERLOAD: typeof RetCode.Overload = 1;

/** No host, since the module has none. The code is the wire's. */
export const NOEXIST: typeof RetCode.NoExist = 3;

/** The host to call, whose state stays the balancer's own and moves on, or why there is none. */
export type Choice = Readonly<HostState> | typeof OVERLOAD | typeof NOEXIST;

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
  #settings: BalancerSettings;
  readonly #keeper?: VerdictKeeper;
  #hosts = new HostTable();
  #policy: HostPolicy;
  #updates = 0;
  #nowMs = -Infinity;
  /** Those of policies before the present one. */
  #transitions = 0;
  /** What is reported, made once for all reports. */
  readonly #result = { succeeded: true, costMs: 0, count: 1, nowMs: 0, isAtOnce: false };
  readonly #shares = new PickShares();
  readonly #log = new DecisionLog();

  /** A module without hosts. */
  constructor(settings: BalancerSettings, { keeper }: BalancerOptions = {}) {
    this.#settings = settings;
    this.#keeper = keeper;
    this.#policy = this.#newPolicy();
  }

  /** Goes on with other settings: they count for the next decision. Another policy begins anew with the hosts of the route. */
  reload(settings: BalancerSettings): void {
    const isOther = isOriginal(settings) !== isOriginal(this.#settings);
    this.#settings = settings;
    if (!isOther) return this.#policy.reload(settings, this.#nowMs);
    const hosts = [...this.#hosts];
    for (const host of hosts) if (host.overloaded) this.#keeper?.drop(host);
    this.#transitions += this.#policy.transitions;
    this.#policy = this.#newPolicy();
    this.#hosts = new HostTable();
    this.update(hosts, this.#nowMs);
  }

  /** The hosts that are picked in turn. */
  get idle(): Hosts {
    return this.#policy.idle;
  }

  /** The hosts that only probes go to. */
  get overloaded(): Hosts {
    return this.#policy.overloaded;
  }

  /**
   * How often a host of the module has turned overloaded or idle, by a report or by a pick. Whoever tells others of the
   * hosts' states remembers the count it told of, and has news when the two differ.
   */
  get transitions(): number {
    return this.#transitions + this.#policy.transitions;
  }

  /** See {@link HostPolicy.suppressed}. */
  get suppressed(): number {
    return this.#policy.suppressed;
  }

  /**
   * Takes a new route. New hosts come after the others, in order. Hosts that the route no longer holds are forgotten wholly:
   * one that comes back is new. Hosts in both keep their state and place, and take the new weight.
   *
   * Of several equal addresses the first counts. One whose port is not in 0 … 65535 is left out.
   */
  update(hosts: readonly Host[], nowMs: number): void {
    this.#advance(nowMs);
    this.#updates++;
    const reweighed: HostState[] = [];
    for (const host of hosts) {
      if (!isPort(host.port)) continue;
      const known = this.#hosts.get(host) ?? this.#add(host);
      if (known.seenInUpdate === this.#updates) continue;
      known.seenInUpdate = this.#updates;
      if (known.weight === host.weight) continue;
      known.weight = host.weight;
      reweighed.push(known);
    }
    this.#hosts.keep((host) => {
      const stays = host.seenInUpdate === this.#updates;
      if (!stays) this.#policy.remove(host, this.#nowMs);
      return stays;
    });
    this.#policy.updated(reweighed, this.#nowMs);
    this.#shares.fit(this.#hosts.size);
  }

  /**
   * Has hosts of the route be overloaded as they were in a balancer whose place this one takes: since when, with the
   * counts they had, and waiting for their next probe. Those of other hosts, and of hosts that are overloaded here, are
   * left.
   *
   * @returns How many it took.
   */
  restore(verdicts: readonly Verdict[], nowMs: number): number {
    this.#advance(nowMs);
    let restored = 0;
    const leastRecentlyTriedFirst = verdicts.toSorted((a, b) => a.triedMs - b.triedMs);
    for (const verdict of leastRecentlyTriedFirst) {
      const host = this.#hosts.get(verdict);
      if (host === undefined) continue;
      // A clock that was set back between two threads must not make it wait for longer.
      const sinceMs = Math.min(verdict.sinceMs, this.#nowMs);
      const triedMs = Math.min(verdict.triedMs, this.#nowMs);
      if (this.#policy.restore(host, { ...verdict, sinceMs, triedMs }, this.#nowMs)) restored++;
    }
    return restored;
  }

  /** Picks the host for the next call. */
  choose(nowMs: number): Choice {
    this.#advance(nowMs);
    if (this.#hosts.size === 0) return NOEXIST;
    const host = this.#policy.pick(this.#nowMs);
    if (host === undefined) return OVERLOAD;
    this.#shares.count(host);
    return host;
  }

  /**
   * Learns how a call went. A cost that is no number or negative is taken as not measured.
   *
   * @returns Whether the route holds the host: where it does not, the outcome is ignored.
   */
  report(outcome: CallOutcome, nowMs: number): boolean {
    this.#advance(nowMs);
    const host = this.#hosts.get(outcome);
    if (host === undefined) return false;
    const result = this.#result;
    result.succeeded = outcome.retcode === 0;
    result.costMs = outcome.costMs! > 0 ? outcome.costMs! : 0;
    result.nowMs = this.#nowMs;
    result.count = outcome.count ?? 1;
    for (let steps = 0; result.count > 0; steps++) {
      result.isAtOnce = steps === MAX_SINGLY;
      result.count -= this.#policy.onResult(host, result);
    }
    return true;
  }

  /** Every host with the numbers it is judged by, and the last decisions. */
  explain(nowMs: number): Explanation {
    this.#advance(nowMs);
    const { idle, overloaded } = this.#policy;
    let weights = 0;
    for (const { weight } of this.#hosts) weights += weight;
    return {
      settings: { ...this.#settings },
      picks: this.#shares.picks,
      ...this.#policy.describe(),
      hosts: [
        ...Array.from(idle, (host) => this.#explainHost(host, { weights, place: 0 })),
        ...Array.from(overloaded, (host, place) => this.#explainHost(host, { weights, place })),
      ],
      decisions: this.#log.list(),
    };
  }

  /** Never back: what is in order of time stays so. */
  #advance(nowMs: number): void {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
  }

  #add(host: Host): HostState {
    const added = this.#policy.add(host, this.#nowMs);
    this.#hosts.add(added);
    return added;
  }

  #newPolicy(): HostPolicy {
    const options = { settings: this.#settings, log: this.#log, keeper: this.#keeper };
    return isOriginal(this.#settings) ? new OriginalPolicy(options) : new FitnessPolicy(options);
  }

  #explainHost(
    host: Readonly<HostState>,
    { weights, place }: { weights: number; place: number },
  ): HostExplanation {
    const { ip, port, weight, overloaded, suppressed, failureRate } = host;
    const { vsucc, verr, rsucc, rerr, runSucc, runErr } = host;
    const { picks } = this.#shares;
    return {
      ...{ ip, port, weight, state: overloaded ? "overloaded" : "idle" },
      sinceMs: this.#nowMs - host.sinceMs,
      ...{ vsucc, verr, rsucc, rerr, runSucc, runErr, failureRate, spared: suppressed },
      share: picks === 0 ? 0 : this.#shares.picksOf(host) / picks,
      fairShare: weight / weights,
      ...this.#policy.describeHost(host as HostState, { nowMs: this.#nowMs, place }),
    };
  }
}

function isOriginal({ policy }: BalancerSettings): boolean {
  return policy === "original";
}
