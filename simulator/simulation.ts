/**
 * The simulation: callers ask the policies of several agents for hosts, the hosts serve the calls or fail them, and the
 * policies learn how it went; on a virtual clock, from one event to the next. Same scenario, policy and seed, same
 * result.
 *
 * What it leaves out: the network, the time that a pick itself takes, retries, and calls that are under way while their
 * host falls sick, which end as they would have. A call's fate is decided when it reaches its host.
 *
 * Every policy meets the same calls at the same moments, with the same luck: what a policy draws is a stream of its own.
 *
 * @module
 */

import { seededRandom } from "./seeded_random.ts";
import { Aftermath } from "./measures/aftermath.ts";
import { type CallFate, CallsInFlight } from "./hosts/calls_in_flight.ts";
import { type Edge, edgesOf, isSeenBy, isSickness } from "./hosts/fault_schedule.ts";
import { Incidents, NO_INCIDENT } from "./measures/incidents.ts";
import { LatencyHistogram } from "./measures/latency_histogram.ts";
import { NO_HOST, type Policy, type PolicyKind } from "./policies/policy.ts";
import { Pool } from "./hosts/pool.ts";
import { callRate, type Scenario } from "./scenarios/scenario.ts";
import { ShareMeter } from "./measures/share_meter.ts";
import { Timeline } from "./measures/timeline.ts";

/** What is told of calls as a whole. */
export interface CallCounts {
  /** Calls that were made. */
  calls: number;
  /** Those that went well and in time. */
  inTime: number;
  /** Those that went well, but late. */
  late: number;
  /** Those that failed. */
  failed: number;
  /** Those that got no host. */
  refused: number;
}

/** One run of one scenario under one policy. */
export class Simulation {
  /** How the calls went. */
  readonly counts: CallCounts = { calls: 0, inTime: 0, late: 0, failed: 0, refused: 0 };
  /** What the calls that got a host took, as their callers saw it. */
  readonly latencies: LatencyHistogram = new LatencyHistogram();
  /** How faults were met. */
  readonly incidents: Incidents;
  /** How picks were spread. */
  readonly timeline: Timeline;

  /** How long trouble outlasts its cause. */
  readonly aftermath: Aftermath;

  readonly #scenario: Scenario;
  readonly #pool: Pool;
  readonly #shares: ShareMeter;
  readonly #agents: readonly Policy[];
  readonly #seenTransitions: number[];
  /** The picks that each agent's callers have taken ahead. */
  readonly #taken: readonly number[][];
  readonly #endMs: number;

  readonly #calls = new CallsInFlight();
  /** The call that begins or ends now, made once for all of them. */
  readonly #call: CallFate = {
    agent: 0,
    host: 0,
    beganMs: 0,
    latencyMs: 0,
    failed: false,
    incident: NO_INCIDENT,
    isDetected: false,
  };

  readonly #edges: readonly Edge[];
  #nextEdge = 0;

  readonly #arrivals: () => number;
  readonly #draws: () => number;
  readonly #reports: () => number;
  #nextArrivalMs: number;
  /** Calls that come with the last one. */
  #restOfBurst = 0;

  /** At the beginning. */
  constructor(scenario: Scenario, { policy, seed }: { policy: PolicyKind; seed: number }) {
    const { agents, callers, seconds } = scenario;
    this.#scenario = scenario;
    this.#endMs = seconds * 1000;
    const isObserved = "observe" in policy;
    const pool = this.#pool = new Pool(scenario, { isObserved });
    // Streams apart: what one draws does not move another.
    const seeds = seededRandom(seed);
    const stream = () => seededRandom(Math.floor(seeds() * 2 ** 32));
    this.#arrivals = stream();
    this.#draws = stream();
    this.#agents = Array.from(
      { length: agents },
      (_, agent) =>
        isObserved ? policy.observe(pool.viewOf(agent), stream()) : policy.create(stream()),
    );
    this.#reports = stream();
    this.#seenTransitions = this.#agents.map(({ transitions }) => transitions);
    this.#taken = this.#agents.map(() => []);
    const size = { agents, hosts: pool.hosts.length };
    this.incidents = new Incidents(size);
    this.#shares = new ShareMeter({
      ...size,
      onShare: (share) => this.incidents.tookShare(share),
    });
    this.timeline = new Timeline({ ...size, lengthMs: this.#endMs });
    const surgeEndsMs = callers.surges.map(({ untilSec }) => untilSec * 1000);
    this.aftermath = new Aftermath({ agents, surgeEndsMs });
    this.#edges = edgesOf(scenario, pool.hosts).filter(({ atMs }) => atMs <= this.#endMs);
    this.#setRoute(0);
    this.#nextArrivalMs = this.#gapMs(0);
  }

  /** Runs on to a time, or to the end; what is under way at the end comes to its own end, too. */
  runUntil(untilMs: number): void {
    for (;;) {
      const arrivalMs = this.#nextArrivalMs < this.#endMs ? this.#nextArrivalMs : Infinity;
      const endMs = this.#calls.nextEndMs;
      const edgeMs = this.#edges[this.#nextEdge]?.atMs ?? Infinity;
      const nowMs = Math.min(arrivalMs, endMs, edgeMs);
      if (nowMs > untilMs || nowMs === Infinity) return;
      if (edgeMs === nowMs) this.#passEdge(this.#edges[this.#nextEdge++]);
      else if (endMs === nowMs) this.#endCall(nowMs);
      else this.#beginCall(nowMs);
    }
  }

  /** How long it is until the next call, ms. */
  #gapMs(nowMs: number): number {
    const { callers } = this.#scenario;
    if (this.#restOfBurst > 0) {
      this.#restOfBurst--;
      return 0;
    }
    this.#restOfBurst = callers.burst - 1;
    const meanMs = 1000 * callers.burst / callRate(callers, nowMs);
    return callers.arrivals === "even" ? meanMs : -Math.log(1 - this.#arrivals()) * meanMs;
  }

  #beginCall(nowMs: number): void {
    this.#nextArrivalMs = nowMs + this.#gapMs(nowMs);
    const count = this.#agents.length;
    const agent = count === 1 ? 0 : Math.floor(this.#arrivals() * count);
    // Drawn whether needed or not, so that a call's luck does not hang on the calls before it.
    const latencyDraw = this.#draws();
    const errorDraw = this.#draws();
    this.counts.calls++;
    const host = this.#pick(agent, nowMs);
    if (host === NO_HOST) {
      this.counts.refused++;
      this.aftermath.refused(agent, nowMs);
      return;
    }
    const call = this.#call;
    call.agent = agent;
    call.host = host;
    call.beganMs = nowMs;
    call.incident = this.incidents.current(agent, host);
    call.isDetected = this.incidents.isDetected(call.incident);
    this.#pool.serve(call, { latencyDraw, errorDraw });
    this.#calls.begin(call);
    this.timeline.picked(host, nowMs);
    this.#shares.picked(call, nowMs);
  }

  /** A host for a call of an agent: one that was taken ahead, if callers do that. */
  #pick(agent: number, nowMs: number): number {
    const { picksAhead } = this.#scenario.callers;
    const taken = this.#taken[agent];
    if (taken.length > 0) return taken.shift()!;
    const host = this.#choose(agent, nowMs);
    while (host !== NO_HOST && taken.length < picksAhead) {
      const ahead = this.#choose(agent, nowMs);
      if (ahead === NO_HOST) break;
      taken.push(ahead);
    }
    return host;
  }

  #choose(agent: number, nowMs: number): number {
    const host = this.#agents[agent].choose(nowMs);
    this.#noteTransitions(agent, nowMs);
    return host;
  }

  #endCall(nowMs: number): void {
    const call = this.#call;
    this.#calls.end(call);
    const { host, agent, latencyMs, failed, incident } = call;
    this.latencies.add(latencyMs);
    const isLate = latencyMs > this.#scenario.withinMs;
    if (failed) this.counts.failed++;
    else if (isLate) this.counts.late++;
    else this.counts.inTime++;
    if (failed || isLate) {
      this.incidents.lost(incident, call);
      this.timeline.lost(host, call.beganMs);
    }
    const { reportedShare, timeoutMs } = this.#scenario.callers;
    if (isLate || latencyMs >= timeoutMs) this.aftermath.late(call.beganMs);
    if (reportedShare < 1 && this.#reports() >= reportedShare) return;
    this.#agents[agent].report(call, nowMs);
    this.#noteTransitions(agent, nowMs);
  }

  #passEdge(edge: Edge): void {
    const { atMs, host, begins } = edge;
    const fault = this.#scenario.faults[edge.fault];
    this.#pool.passEdge(edge);
    for (let agent = 0; agent < this.#agents.length; agent++) {
      const isServing = this.#pool.isServing(agent);
      this.aftermath.setServing({ agent, isServing }, atMs);
      if (!isSickness(fault) || !isSeenBy(fault, agent)) continue;
      if (begins) this.incidents.faultBegan({ agent, host }, atMs);
      else this.incidents.faultEnded({ agent, host }, atMs);
    }
    if (!isSickness(fault)) this.#setRoute(atMs);
  }

  #setRoute(nowMs: number): void {
    const route = this.#pool.hosts
      .map(({ weight }, host) => ({ host, weight }))
      .filter(({ host }) => this.#pool.isInRoute(host));
    this.#shares.setWeights(new Map(route.map(({ host, weight }) => [host, weight])));
    for (const [agent, policy] of this.#agents.entries()) {
      policy.update(route, nowMs);
      this.#noteOut(agent, nowMs);
    }
  }

  #noteTransitions(agent: number, nowMs: number): void {
    if (this.#agents[agent].transitions !== this.#seenTransitions[agent]) {
      this.#noteOut(agent, nowMs);
    }
  }

  #noteOut(agent: number, nowMs: number): void {
    const policy = this.#agents[agent];
    this.#seenTransitions[agent] = policy.transitions;
    for (let host = 0; host < this.#pool.hosts.length; host++) {
      const isAway = !this.#pool.isInRoute(host);
      const isOut = isAway || policy.isOut(host);
      this.incidents.setOut({ agent, host, isOut, byPolicy: !isAway }, nowMs);
    }
  }
}
