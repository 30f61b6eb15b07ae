/**
 * How a policy met each fault: an **incident** is one fault at one host as one agent sees it, from its beginning until the
 * host has its full share of the picks again. Everything that a policy does while no incident is under way at a host, it
 * does without cause: to all but take its picks away is a false ejection then.
 *
 * @module
 */

import type { WindowShare } from "./share_meter.ts";

/** No incident. */
export const NO_INCIDENT: number = -1;

/** Below this part of its fair share a host is ejected, whatever the policy calls it. */
const EJECTED_SHARE = 0.1;

/** This is half of the fair share, … */
const HALF_SHARE = 0.5;

/** … and this is all of it, but for what is chance. */
const FULL_SHARE = 0.8;

/** One fault at one host, as one agent saw it. Times are seconds of the simulation. */
export interface Incident {
  /** The host. */
  readonly host: number;
  /** The agent. */
  readonly agent: number;
  /** When the host fell sick. */
  readonly fromSec: number;
  /** When it was well again; undefined where that did not come. */
  untilSec?: number;
  /** When calls were first kept off it, by the policy or since it left the route. */
  ejectedSec?: number;
  /** When, after it was well, calls were no longer kept off it. */
  readmittedSec?: number;
  /** When, after it was well, a window began in which it had half of its share of the picks; see share_meter.ts. */
  halfShareSec?: number;
  /** When one began in which it had its full share, or 0.8 of it. */
  fullShareSec?: number;
  /** Calls that failed or were late, from picks before the first ejection. */
  lostBefore: number;
  /** Calls that failed or were late, from picks after it. */
  lostAfter: number;
}

/** Calls were kept off a host for a time. Times are seconds of the simulation. */
export interface Ejection {
  /** The host. */
  readonly host: number;
  /** The agent. */
  readonly agent: number;
  /** From when. */
  readonly fromSec: number;
  /** Until when; undefined where it lasted until the end. */
  untilSec?: number;
}

/** Watches the hosts of several agents. */
export class Incidents {
  /** All incidents, in the order in which they began. */
  readonly all: Incident[] = [];
  /** All ejections by the policy, in the order in which they began. */
  readonly ejections: Ejection[] = [];
  /** How often a host that had nothing was left with less than {@linkcode EJECTED_SHARE} of its fair share for a window. */
  falseEjections = 0;

  readonly #hostCount: number;
  // By agent × hosts + host:
  /** Faults that hold. */
  readonly #faults: Int32Array;
  /** The number of the incident that is not over. */
  readonly #current: Int32Array;
  /** When the last fault ended. */
  readonly #healedMs: Float64Array;
  /** Whether calls are kept off it. */
  readonly #isOut: Uint8Array;
  readonly #ejection: (Ejection | undefined)[];
  /** Whether it had next to no picks in the last window. */
  readonly #isStarved: Uint8Array;

  /** Nothing has happened yet. */
  constructor({ agents, hosts }: { agents: number; hosts: number }) {
    const states = agents * hosts;
    this.#hostCount = hosts;
    this.#faults = new Int32Array(states);
    this.#current = new Int32Array(states).fill(NO_INCIDENT);
    this.#healedMs = new Float64Array(states).fill(-Infinity);
    this.#isOut = new Uint8Array(states);
    this.#ejection = new Array(states).fill(undefined);
    this.#isStarved = new Uint8Array(states);
  }

  /** The number of the incident that a call to the host belongs to, or {@link NO_INCIDENT}. */
  current(agent: number, host: number): number {
    const state = agent * this.#hostCount + host;
    return this.#faults[state] > 0 ? this.#current[state] : NO_INCIDENT;
  }

  /** Whether an incident was met with an ejection. */
  isDetected(incident: number): boolean {
    return incident !== NO_INCIDENT && this.all[incident].ejectedSec !== undefined;
  }

  /** A fault begins at a host, as an agent sees it. Of several at once the first begins the incident. */
  faultBegan({ agent, host }: { agent: number; host: number }, nowMs: number): void {
    const state = agent * this.#hostCount + host;
    if (this.#faults[state]++ > 0) return;
    const incident: Incident = { host, agent, fromSec: nowMs / 1000, lostBefore: 0, lostAfter: 0 };
    if (this.#isOut[state] === 1) incident.ejectedSec = nowMs / 1000;
    this.#current[state] = this.all.push(incident) - 1;
  }

  /** A fault ends. Of several at once the last ends the incident. */
  faultEnded({ agent, host }: { agent: number; host: number }, nowMs: number): void {
    const state = agent * this.#hostCount + host;
    if (--this.#faults[state] > 0) return;
    const incident = this.all[this.#current[state]];
    incident.untilSec = nowMs / 1000;
    if (this.#isOut[state] === 0) incident.readmittedSec = nowMs / 1000;
    this.#healedMs[state] = nowMs;
  }

  /** Calls are kept off a host from now on, or no longer; by the policy, or else since it is not in the route. */
  setOut(
    { agent, host, isOut, byPolicy }: {
      agent: number;
      host: number;
      isOut: boolean;
      byPolicy: boolean;
    },
    nowMs: number,
  ): void {
    const state = agent * this.#hostCount + host;
    this.#noteEjection(state, { agent, host, isOut: isOut && byPolicy }, nowMs);
    if (isOut === (this.#isOut[state] === 1)) return;
    this.#isOut[state] = Number(isOut);
    const incident = this.all[this.#current[state]];
    if (isOut && incident !== undefined) incident.ejectedSec ??= nowMs / 1000;
    if (incident?.untilSec !== undefined) incident.readmittedSec = isOut ? undefined : nowMs / 1000;
  }

  /** A host had such a share of its fair one in a window. */
  tookShare({ agent, host, share, sinceMs }: WindowShare): void {
    const state = agent * this.#hostCount + host;
    const current = this.#current[state];
    const isStarved = current === NO_INCIDENT && share < EJECTED_SHARE;
    if (isStarved && this.#isStarved[state] === 0) this.falseEjections++;
    this.#isStarved[state] = Number(isStarved);
    if (current === NO_INCIDENT || this.#faults[state] > 0) return;
    if (sinceMs < this.#healedMs[state]) return;
    const incident = this.all[current];
    if (share >= HALF_SHARE) incident.halfShareSec ??= sinceMs / 1000;
    if (share < FULL_SHARE) return;
    incident.fullShareSec = sinceMs / 1000;
    this.#current[state] = NO_INCIDENT;
  }

  /** A call that belongs to an incident failed or was late. */
  lost(incident: number, { isDetected }: { isDetected: boolean }): void {
    if (incident === NO_INCIDENT) return;
    if (isDetected) this.all[incident].lostAfter++;
    else this.all[incident].lostBefore++;
  }

  #noteEjection(
    state: number,
    { agent, host, isOut }: { agent: number; host: number; isOut: boolean },
    nowMs: number,
  ): void {
    const ejection = this.#ejection[state];
    if (isOut && ejection === undefined) {
      const ejected = { agent, host, fromSec: nowMs / 1000 };
      this.#ejection[state] = ejected;
      this.ejections.push(ejected);
    } else if (!isOut && ejection !== undefined) {
      ejection.untilSec = nowMs / 1000;
      this.#ejection[state] = undefined;
    }
  }
}
