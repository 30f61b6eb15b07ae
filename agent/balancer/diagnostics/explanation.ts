/**
 * What a balancer can say of itself: every host with the numbers it is judged by, and the last decisions.
 *
 * @module
 */

import type { Decision } from "./decision_log.ts";
import type { BalancerSettings } from "../settings.ts";
import type { HostLoad } from "../pickers/picker.ts";

/** One host as its balancer sees it. */
export interface HostExplanation {
  /** IPv4 address in host order, unsigned. */
  readonly ip: number;
  /** Port. */
  readonly port: number;
  /** Its weight in the route. */
  readonly weight: number;
  /** Whether it is picked, or kept out of the picks. */
  readonly state: "idle" | "overloaded";
  /** For how long it has been in this state or window, ms. */
  readonly sinceMs: number;
  /** Virtual successes. */
  readonly vsucc: number;
  /** Virtual failures. */
  readonly verr: number;
  /** Real successes in this window. */
  readonly rsucc: number;
  /** Real failures in this window. */
  readonly rerr: number;
  /** Successes in a row. */
  readonly runSucc: number;
  /** Failures in a row. */
  readonly runErr: number;
  /** Bad windows in a row. */
  readonly badWindows: number;
  /** `verr / (vsucc + verr)`, which is held against err_rate and 1 − succ_rate; 0 where nothing was counted. */
  readonly failureRate: number;
  /** Its share of the last picks, 0 … 1. */
  readonly share: number;
  /** Whether it would be overloaded if not too many were. */
  readonly spared: boolean;
  /** Of an overloaded host: picks before its next probe, 0 when it is due. */
  readonly picksToProbe?: number;
  /** Where the policy heeds it: how loaded it seems. */
  readonly load?: HostLoad;
}

/** One module's balancer. */
export interface Explanation {
  /** The settings in force. */
  readonly settings: BalancerSettings;
  /** How many of the last picks the shares are of. */
  readonly picks: number;
  /** Picks since the last probe, counted while there is a host to probe. */
  readonly access: number;
  /** Whether picks go over all hosts since too many are overloaded. */
  readonly panic: boolean;
  /** The idle hosts in the order of their queue, then the overloaded ones. */
  readonly hosts: HostExplanation[];
  /** The last decisions, the oldest first. */
  readonly decisions: Decision[];
}
