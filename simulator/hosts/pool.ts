/**
 * The hosts of a simulation as they truly are: which faults hold at which of them, how long the lines before their
 * workers are, and what becomes of a call that comes to one. Owns no measures; policies see of it what a
 * {@link PoolView} shows, if anything.
 *
 * @module
 */

import type { CallFate } from "./calls_in_flight.ts";
import { type Condition, Conditions, type Edge, isSeenBy, isSickness } from "./fault_schedule.ts";
import { HostMeter } from "./host_meter.ts";
import type { PoolView } from "../policies/policy.ts";
import { expandHosts, type HostGroup, type Scenario } from "../scenarios/scenario.ts";
import { Station, TURNED_AWAY } from "./station.ts";

/** What a call costs that is refused at once, ms. */
const REFUSAL_MS = 1;

/** All hosts. */
export class Pool {
  /** The group of each. */
  readonly hosts: readonly HostGroup[];

  readonly #scenario: Scenario;
  /** A call that takes longer is lost. */
  readonly #deadlineMs: number;
  readonly #stations: readonly (Station | undefined)[];
  /** Kept where policies probe. */
  readonly #meters: readonly HostMeter[] | undefined;
  readonly #table = new Conditions();
  /** The faults that hold at each host. */
  readonly #faults: readonly Set<number>[];
  /** By agent × hosts + host. */
  readonly #conditions: Condition[];

  /** Everybody is well and has nothing to do; `isObserved` is whether a policy looks at it. */
  constructor(scenario: Scenario, { isObserved }: { isObserved: boolean }) {
    this.#scenario = scenario;
    this.#deadlineMs = Math.min(scenario.withinMs, scenario.callers.timeoutMs);
    this.hosts = expandHosts(scenario);
    this.#stations = this.hosts.map((group) => group.workers > 0 ? new Station(group) : undefined);
    if (isObserved) this.#meters = this.hosts.map(() => new HostMeter());
    this.#faults = this.hosts.map(() => new Set());
    this.#conditions = Array.from(
      { length: scenario.agents },
      () => this.hosts.map((group) => this.#table.combine(group, [])),
    ).flat();
  }

  /** Whether a host is in the route. */
  isInRoute(host: number): boolean {
    for (const fault of this.#faults[host]) {
      if (!isSickness(this.#scenario.faults[fault])) return false;
    }
    return true;
  }

  /** Whether there is a host in the route that an agent's calls are served by at all. */
  isServing(agent: number): boolean {
    return this.hosts.some((_, host) => {
      const { dead, refuses } = this.#conditionOf(agent, host);
      return !dead && !refuses && this.isInRoute(host);
    });
  }

  /** A fault begins or ends. */
  passEdge({ fault, host, begins }: Edge): void {
    const { faults, agents } = this.#scenario;
    if (begins) this.#faults[host].add(fault);
    else this.#faults[host].delete(fault);
    const held = [...this.#faults[host]].map((index) => faults[index]);
    for (let agent = 0; agent < agents; agent++) {
      if (!isSeenBy(faults[fault], agent)) continue;
      const seen = held.filter((fault) => isSeenBy(fault, agent));
      const condition = this.#table.combine(this.hosts[host], seen);
      this.#conditions[agent * this.hosts.length + host] = condition;
    }
  }

  /** Sets how long a call takes that comes to its host now, and whether it fails. Draws are 0 ≤ x < 1. */
  serve(
    call: CallFate,
    { latencyDraw, errorDraw }: { latencyDraw: number; errorDraw: number },
  ): void {
    const { callers: { timeoutMs }, background } = this.#scenario;
    const condition = this.#conditionOf(call.agent, call.host);
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
    this.#meters?.[call.host].begin(latencyMs, call.beganMs);
    if (latencyMs >= timeoutMs) setFate(call, { failed: true, latencyMs: timeoutMs });
    else setFate(call, { failed, latencyMs });
  }

  /** The hosts as they are for an agent. */
  viewOf(agent: number): PoolView {
    return {
      faultShare: (host) => this.#lossShare(this.#conditionOf(agent, host), 0),
      lossShare: (host, nowMs) => {
        const station = this.#stations[host];
        const waitMs = station?.waitMs(nowMs) ?? 0;
        if (station?.turnsAway(waitMs)) return 1;
        return this.#lossShare(this.#conditionOf(agent, host), waitMs);
      },
      expectedMs: (host, nowMs) =>
        (this.#stations[host]?.waitMs(nowMs) ?? 0) +
        this.#conditionOf(agent, host).latency.meanMs,
      probe: (host, nowMs) => {
        const { dead, refuses } = this.#conditionOf(agent, host);
        return dead || refuses ? undefined : this.#meters?.[host].report(nowMs);
      },
    };
  }

  #conditionOf(agent: number, host: number): Condition {
    return this.#conditions[agent * this.hosts.length + host];
  }

  #lossShare({ dead, refuses, errorShare, latency }: Condition, waitMs: number): number {
    if (dead || refuses) return 1;
    return 1 - (1 - errorShare) * (1 - latency.shareAbove(this.#deadlineMs - waitMs));
  }
}

function setFate(
  call: CallFate,
  { failed, latencyMs }: { failed: boolean; latencyMs: number },
): void {
  call.failed = failed;
  call.latencyMs = latencyMs;
}
