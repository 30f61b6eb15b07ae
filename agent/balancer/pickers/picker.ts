/**
 * The order in which idle hosts are picked where that is not the order of their queue.
 *
 * @module
 */

import type { HostState } from "../host/host_state.ts";

/** Whose turn it is among the idle hosts. */
export interface Picker {
  /** Takes a host that has turned idle, or is new. */
  join(host: HostState, nowMs: number): void;
  /** Lets go of a host that is idle no more, or gone. */
  leave(host: HostState): void;
  /** The host to pick now. There must be one. */
  next(nowMs: number): HostState;
  /** Hears that a host of the module was picked, idle or not. */
  picked?(host: HostState, nowMs: number): void;
  /** Hears that a host of the module has another weight than before. */
  reweigh?(host: HostState, nowMs: number): void;
  /** Goes on with other settings. */
  reload?(settings: PickerSettings): void;
  /** Learns the outcome of calls to a host of the module, idle or not. */
  learn?(host: HostState, outcome: PickResult, nowMs: number): void;
  /** What is known of a host's load. */
  loadOf?(host: HostState, nowMs: number): HostLoad;
}

/** What the order hangs on beside the hosts. */
export interface PickerSettings {
  /** How long a host that has turned idle takes to get to its full share, ms; 0 is at once. */
  readonly slowStartMs: number;
}

/** How calls to a host went. */
export interface PickResult {
  /** Whether they went well. */
  readonly succeeded: boolean;
  /** How long each took, ms; 0 where it was not measured. */
  readonly costMs: number;
  /** How many calls. */
  readonly count: number;
}

/** How loaded a host seems. */
export interface HostLoad {
  /** Its latency, ms: a moving average that heeds the worst. */
  readonly latencyMs: number;
  /** Picks of it that no outcome has come of. */
  readonly outstanding: number;
}
