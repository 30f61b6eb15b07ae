/**
 * What a balancer can say of itself: every host with the numbers it is judged by, and the last decisions.
 *
 * @module
 */

import type { Host } from "../../../proto/mod.ts";
import type { HostCounts } from "../host/host_state.ts";
import type { BalancerSettings } from "../settings.ts";
import type { Decision } from "./decision_log.ts";

/** What is usual in a module, where the policy heeds it. */
export interface UsualView {
  /** What a call to the host in the middle takes, ms; undefined where none was measured. */
  readonly latencyMs?: number;
  /** The share of calls that fail, 0 … 1. */
  readonly failureShare: number;
  /** Calls that no outcome has come of, of all hosts together. */
  readonly underWay: number;
  /** The share of picks that are reported on, 0 … 1: below 0.9 nobody is judged by what is under way. */
  readonly reportedShare: number;
  /** Whether calls are refused, as the hosts are saturated. */
  readonly refuses: boolean;
}

/** What a policy says of a module. */
export interface PoolView {
  /** Picks since the last probe, counted while there is a host to probe, where probes go by picks. */
  readonly access?: number;
  /** See {@link UsualView}. */
  readonly usual?: UsualView;
}

/** How loaded a host seems. */
export interface HostLoad {
  /** What its calls take, ms: a moving average; 0 where none was measured. */
  readonly latencyMs: number;
  /** Picks of it that no outcome has come of. */
  readonly outstanding: number;
}

/** What a policy says of a host. */
export interface HostView {
  /** What it has of its fair share, 0 … 1: 0 is ejected. */
  readonly fitness?: number;
  /** Why that is less than 1, or why it was ejected. */
  readonly flaw?: "failures" | "silence" | "latency" | "load" | "starting";
  /** How loaded it seems. */
  readonly load?: HostLoad;
  /** Good calls that it owes before it has a share. */
  readonly proofsOwed?: number;
  /** Of an ejected host: picks before its next probe, 0 when it is due, where probes go by picks. */
  readonly picksToProbe?: number;
  /** The same as time, ms. */
  readonly msToProbe?: number;
}

/** One host as its balancer sees it. */
export interface HostExplanation extends Host, HostCounts, HostView {
  /** Whether it is picked, or kept out of the picks. */
  readonly state: "idle" | "overloaded";
  /** For how long it has been in this state or window, ms. */
  readonly sinceMs: number;
  /** `verr / (vsucc + verr)`; 0 where nothing was counted. */
  readonly failureRate: number;
  /** Its share of the last picks, 0 … 1. */
  readonly share: number;
  /** What its share would be by the weights alone, 0 … 1. */
  readonly fairShare: number;
  /** Whether it would be overloaded if not too many were. */
  readonly spared: boolean;
}

/** One module's balancer. */
export interface Explanation extends PoolView {
  /** The settings in force. */
  readonly settings: BalancerSettings;
  /** How many of the last picks the shares are of. */
  readonly picks: number;
  /** The idle hosts in the order of their turns, then the overloaded ones. */
  readonly hosts: HostExplanation[];
  /** The last decisions, the oldest first. */
  readonly decisions: Decision[];
}
