/**
 * What a balancer can say of itself: every host with the numbers it is judged by, and the last decisions.
 *
 * @module
 */

import type { Host } from "../../../proto/mod.ts";
import type { HostCounts } from "../host/host_state.ts";
import type { Decision } from "./decision_log.ts";
import type { BalancerSettings } from "../settings.ts";
import type { HostLoad } from "../pickers/picker.ts";

/** One host as its balancer sees it. */
export interface HostExplanation extends Readonly<Host>, HostCounts {
  /** Whether it is picked, or kept out of the picks. */
  readonly state: "idle" | "overloaded";
  /** For how long it has been in this state or window, ms. */
  readonly sinceMs: number;
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
