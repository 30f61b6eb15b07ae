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

/**
 * Decides for one agent and one module. Times are ms, and never go back. A pick is reported on once at most: callers may
 * be silent, reports are lost, and a pick that is taken ahead may never be used.
 */
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

/** What a host answers to a probe. */
export interface LoadReport {
  /** Calls that it has begun and not ended. */
  readonly inFlight: number;
  /** What calls took of late that met about as many others there, ms; 0 when there were none. */
  readonly latencyMs: number;
}

/** The hosts as they truly are for one agent, which no balancer sees: for policies that are limits, or ask the hosts. */
export interface PoolView {
  /** The share of the calls to a host that are lost however idle it is, 0 … 1. */
  faultShare(host: number): number;
  /** The share of the calls that are lost of those that go to a host now, 0 … 1: its line counts, too. */
  lossShare(host: number, nowMs: number): number;
  /** What a call that goes to a host now takes on an average, ms. */
  expectedMs(host: number, nowMs: number): number;
  /** What a host answers to a probe now; undefined when it answers nothing. */
  probe(host: number, nowMs: number): LoadReport | undefined;
}

/** What every policy that can be named has. */
interface Named {
  /** What it is called. */
  readonly name: string;
  /** What it does, in one line. */
  readonly about: string;
}

/** A policy that knows what an agent knows: the route, its own picks, and what callers report. */
export interface HonestKind extends Named {
  /** Makes one; `random` gives numbers 0 ≤ x < 1. */
  create(random: () => number): Policy;
}

/** A policy that sees the hosts besides. */
export interface ObserverKind extends Named {
  /** Makes one. */
  observe(pool: PoolView, random: () => number): Policy;
}

/** A policy that can be named. */
export type PolicyKind = HonestKind | ObserverKind;
