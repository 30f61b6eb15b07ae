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

import { seededRandom } from "../agent/balancer/mod.ts";
import { type CallFate, CallsInFlight } from "./calls_in_flight.ts";
import {
  type Condition,
  Conditions,
  type Edge,
  edgesOf,
  isSeenBy,
  isSickness,
} from "./fault_schedule.ts";
import { Incidents, NO_INCIDENT } from "./incidents.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import { NO_HOST, type Policy, type PolicyKind } from "./policy.ts";
import { callRate, expandHosts, type HostGroup, type Scenario } from "./scenario.ts";
import { Station, TURNED_AWAY } from "./station.ts";
import { Timeline } from "./timeline.ts";

/** What a call costs that is refused at once, ms. */
const REFUSAL_MS = 1;

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

  readonly #scenario: Scenario;
  readonly #hosts: readonly HostGroup[];
  readonly #agents: readonly Policy[];
  readonly #seenTransitions: number[];
  readonly #stations: readonly (Station | undefined)[];
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
  readonly #table = new Conditions();
  /** The faults that hold at each host. */
  readonly #faults: readonly Set<number>[];
  /** By agent × hosts + host. */
  readonly #conditions: Condition[];
  /** What all weights of the route are together. */
  #totalWeight = 0;

  readonly #arrivals: () => number;
  readonly #draws: () => number;
  #nextArrivalMs: number;

  /** At the beginning. */
  constructor(scenario: Scenario, { policy, seed }: { policy: PolicyKind; seed: number }) {
    const { agents, callers, seconds } = scenario;
    this.#scenario = scenario;
    this.#hosts = expandHosts(scenario);
    this.#endMs = seconds * 1000;
    // Streams apart: what one draws does not move another.
    const seeds = seededRandom(seed);
    const stream = () => seededRandom(Math.floor(seeds() * 2 ** 32));
    this.#arrivals = stream();
    this.#draws = stream();
    this.#agents = Array.from({ length: agents }, () => policy.create(stream()));
    this.#seenTransitions = this.#agents.map(({ transitions }) => transitions);
    this.#stations = this.#hosts.map((group) => group.workers > 0 ? new Station(group) : undefined);
    const size = { agents, hosts: this.#hosts.length };
    this.incidents = new Incidents({ ...size, reportDelayMs: callers.timeoutMs });
    this.timeline = new Timeline({ ...size, lengthMs: this.#endMs });
    this.#edges = edgesOf(scenario, this.#hosts).filter(({ atMs }) => atMs <= this.#endMs);
    this.#faults = this.#hosts.map(() => new Set());
    this.#conditions = this.#agents.flatMap(() =>
      this.#hosts.map((group) => this.#table.combine(group, []))
    );
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
    const meanMs = 1000 / callRate(callers, nowMs);
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
    const host = this.#agents[agent].choose(nowMs);
    this.#noteTransitions(agent, nowMs);
    if (host === NO_HOST) {
      this.counts.refused++;
      return;
    }
    const call = this.#call;
    call.agent = agent;
    call.host = host;
    call.beganMs = nowMs;
    call.incident = this.incidents.current(agent, host);
    call.isDetected = this.incidents.isDetected(call.incident);
    this.#decideFate(call, { latencyDraw, errorDraw });
    this.#calls.begin(call);
    this.timeline.picked(host, nowMs);
    const span = this.#totalWeight / this.#hosts[host].weight;
    this.incidents.picked({ agent, host, span }, nowMs);
  }

  /** Sets how long the call takes and whether it fails. */
  #decideFate(
    call: CallFate,
    { latencyDraw, errorDraw }: { latencyDraw: number; errorDraw: number },
  ): void {
    const { callers: { timeoutMs }, background } = this.#scenario;
    const condition = this.#conditions[call.agent * this.#hosts.length + call.host];
    if (condition.dead) return setFate(call, { failed: true, latencyMs: timeoutMs });
    if (condition.refuses) return setFate(call, { failed: true, latencyMs: REFUSAL_MS });
    const serviceMs = condition.latency.at(latencyDraw);
    const waitMs = this.#stations[call.host]?.accept(serviceMs, call.beganMs) ?? 0;
    if (waitMs === TURNED_AWAY) return setFate(call, { failed: true, latencyMs: REFUSAL_MS });
    let latencyMs = waitMs + serviceMs;
    let failed = false;
    if (errorDraw < condition.errorShare) {
      failed = true;
      latencyMs = condition.errorCostMs ?? latencyMs;
    } else if (background !== undefined && errorDraw >= 1 - background.share) {
      failed = true;
      latencyMs = background.costMs ?? latencyMs;
    }
    if (latencyMs >= timeoutMs) setFate(call, { failed: true, latencyMs: timeoutMs });
    else setFate(call, { failed, latencyMs });
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
    this.#agents[agent].report(call, nowMs);
    this.#noteTransitions(agent, nowMs);
  }

  #passEdge({ atMs, fault: index, host, begins }: Edge): void {
    const fault = this.#scenario.faults[index];
    const faults = this.#faults[host];
    if (begins) faults.add(index);
    else faults.delete(index);
    for (let agent = 0; agent < this.#agents.length; agent++) {
      if (!isSeenBy(fault, agent)) continue;
      const seen = [...faults].map((index) => this.#scenario.faults[index]).filter((fault) =>
        isSeenBy(fault, agent)
      );
      this.#conditions[agent * this.#hosts.length + host] = this.#table.combine(
        this.#hosts[host],
        seen,
      );
      if (!isSickness(fault)) continue;
      if (begins) this.incidents.faultBegan({ agent, host }, atMs);
      else this.incidents.faultEnded({ agent, host }, atMs);
    }
    if (!isSickness(fault)) this.#setRoute(atMs);
  }

  #setRoute(nowMs: number): void {
    const route = this.#hosts
      .map(({ weight }, host) => ({ host, weight }))
      .filter(({ host }) => this.#isInRoute(host));
    this.#totalWeight = route.reduce((sum, { weight }) => sum + weight, 0);
    for (const [agent, policy] of this.#agents.entries()) {
      policy.update(route, nowMs);
      this.#noteOut(agent, nowMs);
    }
  }

  #isInRoute(host: number): boolean {
    for (const fault of this.#faults[host]) {
      if (!isSickness(this.#scenario.faults[fault])) return false;
    }
    return true;
  }

  #noteTransitions(agent: number, nowMs: number): void {
    if (this.#agents[agent].transitions !== this.#seenTransitions[agent]) {
      this.#noteOut(agent, nowMs);
    }
  }

  #noteOut(agent: number, nowMs: number): void {
    const policy = this.#agents[agent];
    this.#seenTransitions[agent] = policy.transitions;
    for (let host = 0; host < this.#hosts.length; host++) {
      const isAway = !this.#isInRoute(host);
      const isOut = isAway || policy.isOut(host);
      this.incidents.setOut({ agent, host, isOut, byPolicy: !isAway }, nowMs);
    }
  }
}

function setFate(
  call: CallFate,
  { failed, latencyMs }: { failed: boolean; latencyMs: number },
): void {
  call.failed = failed;
  call.latencyMs = latencyMs;
}
