/**
 * What a balancer asks of the policy that decides among the hosts of its module.
 *
 * @module
 */

import type { Host } from "../../proto/mod.ts";
import type { HostState } from "./host/host_state.ts";
import type { Verdict, VerdictKeeper } from "./host/verdict.ts";
import type { DecisionLog } from "./diagnostics/decision_log.ts";
import type { HostView, PoolView } from "./diagnostics/explanation.ts";
import type { BalancerSettings } from "./settings.ts";

/** Hosts in an order. */
export interface Hosts extends Iterable<Readonly<HostState>> {
  /** How many there are. */
  readonly size: number;
}

/** What a {@link HostPolicy} is made of. */
export interface PolicyOptions {
  /** The rules in force. */
  readonly settings: BalancerSettings;
  /** Hears of each decision. */
  readonly log: DecisionLog;
  /** Keeps what is known of ejected hosts. */
  readonly keeper?: VerdictKeeper;
}

/** How calls to a host went. */
export interface CallResult {
  /** Whether they went well. */
  readonly succeeded: boolean;
  /** How long each took, ms; 0 where it was not measured. */
  readonly costMs: number;
  /** How many calls. */
  readonly count: number;
  /** When they were reported, ms. */
  readonly nowMs: number;
  /** Whether all of them are to be counted before the host is judged. */
  readonly isAtOnce: boolean;
}

/** Decides among the hosts of a module. Times are ms, and never go back. */
export interface HostPolicy {
  /** The hosts that are picked. */
  readonly idle: Hosts;
  /** The hosts that are ejected: only probes go to them. The least recently tried first. */
  readonly overloaded: Hosts;
  /** How often a host was ejected or taken back. */
  readonly transitions: number;
  /** How often an ejection was suppressed since too many hosts were ejected: once in each of a host's windows. */
  readonly suppressed: number;
  /** Takes a host of the route. */
  add(host: Host, nowMs: number): HostState;
  /** Forgets a host that the route does not hold any more. */
  remove(host: HostState, nowMs: number): void;
  /** Heeds what the route says now: the other weights of these hosts, and how many hosts there are. */
  updated(reweighed: readonly HostState[], nowMs: number): void;
  /**
   * Has a host be ejected as it was where this takes another's place; says whether it was not already. No time of the
   * verdict is later than `nowMs`.
   */
  restore(host: HostState, verdict: Verdict, nowMs: number): boolean;
  /** Goes on with other settings. */
  reload(settings: BalancerSettings, nowMs: number): void;
  /** The host for the next call; undefined where it is refused. There must be a host. */
  pick(nowMs: number): HostState | undefined;
  /**
   * Learns how calls to a host went. `result` is another one's afterwards.
   *
   * @returns Of how many it has learnt: of one, where any may change what becomes of the host, else of all.
   */
  onResult(host: HostState, result: CallResult): number;
  /** What it knows of the module, for people. */
  describe(): PoolView;
  /** What it knows of a host; `place` is where it stands among the ejected. */
  describeHost(host: HostState, how: { readonly nowMs: number; readonly place: number }): HostView;
}
