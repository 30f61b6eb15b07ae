/**
 * What the simulator asks of a policy: which host the next call goes to, and which hosts it keeps calls off.
 *
 * @module
 */

/** No host: the call is refused. */
export const NO_HOST = -1;

/** A host of the route. */
export interface RouteHost {
  /** Its number in the scenario. */
  readonly host: number;
  /** Its relative share of the picks, 1 or more. */
  readonly weight: number;
}

/** How a call went, as its caller saw it. */
export interface FinishedCall {
  /** The number of the host that was called. */
  readonly host: number;
  /** Whether it failed, a time-out included. */
  readonly failed: boolean;
  /** How long it took, ms: the time-out where it was one. */
  readonly latencyMs: number;
}

/** Decides for one agent and one module. Times are ms, and never go back. Every pick is reported on once. */
export interface Policy {
  /** Rises whenever {@link isOut} changes for a host. */
  readonly transitions: number;
  /** Whether calls are kept off a host, but for probes. */
  isOut(host: number): boolean;
  /** Takes a new route. */
  update(route: readonly RouteHost[], nowMs: number): void;
  /** The host for the next call, or {@link NO_HOST}. */
  choose(nowMs: number): number;
  /** Learns how a call went. `call` is another one's afterwards. */
  report(call: FinishedCall, nowMs: number): void;
}

/** A policy that can be named. */
export interface PolicyKind {
  /** What it is called. */
  readonly name: string;
  /** What it does, in one line. */
  readonly about: string;
  /** Makes one; `random` gives numbers 0 ≤ x < 1. */
  create(random: () => number): Policy;
}
