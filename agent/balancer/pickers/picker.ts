/**
 * What picks a host among those that are not ejected.
 *
 * @module
 */

import type { HostState } from "../host/host_state.ts";

/** Picks among the hosts that it was given. */
export interface Picker {
  /** Takes a host in, or heeds the other weight of one that is here. */
  add(host: HostState, nowMs: number): void;
  /** Lets go of a host; one that is not here is left alone. */
  remove(host: HostState): void;
  /** The host for the next call. There must be one. */
  pick(nowMs: number): HostState;
  /** Called when a host of the module is called: the one that was picked here, or an ejected one that is probed. */
  onPick(host: HostState, nowMs: number): void;
  /** Learns how calls to a host of the module went, ejected or not. */
  onResult(host: HostState, result: CallResult, nowMs: number): void;
  /** What it knows of a host, for people; undefined where there is nothing to tell. */
  describe(host: HostState, nowMs: number): HostLoad | undefined;
}

/** How calls to a host went. */
export interface CallResult {
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
