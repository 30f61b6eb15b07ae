/**
 * How a policy met each fault: an **incident** is one fault at one host as one agent sees it, from its beginning until the
 * host has its full share of the picks again. Everything that a policy does while no incident is under way at a host, it
 * does without cause: an ejection then is false.
 *
 * @module
 */

/** No incident. */
export const NO_INCIDENT: number = -1;

/** So many picks are looked at to tell whether a host has its full share again. */
const SHARE_PICKS = 10;

/** For so long it has it, ms: a burst of picks before the first slow answer comes is no share. */
const SHARE_MS = 1000;

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
  /**
   * When, after it was well, it had its full share of the picks again: from then on, for {@linkcode SHARE_MS}, the agent
   * made at most twice as many picks for each of any {@linkcode SHARE_PICKS} of its picks as there are hosts (by weight).
   */
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
  /** Ejections of a host that had nothing. */
  falseEjections = 0;

  readonly #hostCount: number;
  /** A failure may be reported so much later than its call began. */
  readonly #reportDelayMs: number;
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
  // The last picks of a healed host, as times and as how many picks its agent had made:
  readonly #pickedMs: Float64Array;
  readonly #pickedAt: Float64Array;
  readonly #picked: Int32Array;
  /** Since when it has its full share, as far as is seen. */
  readonly #shareSinceMs: Float64Array;
  /** The picks of each agent. */
  readonly #picks: Float64Array;

  /** Nothing has happened yet. */
  constructor(
    { agents, hosts, reportDelayMs }: { agents: number; hosts: number; reportDelayMs: number },
  ) {
    const states = agents * hosts;
    this.#hostCount = hosts;
    this.#reportDelayMs = reportDelayMs;
    this.#faults = new Int32Array(states);
    this.#current = new Int32Array(states).fill(NO_INCIDENT);
    this.#healedMs = new Float64Array(states).fill(-Infinity);
    this.#isOut = new Uint8Array(states);
    this.#ejection = new Array(states).fill(undefined);
    this.#pickedMs = new Float64Array(states * SHARE_PICKS);
    this.#pickedAt = new Float64Array(states * SHARE_PICKS);
    this.#picked = new Int32Array(states);
    this.#shareSinceMs = new Float64Array(states).fill(Infinity);
    this.#picks = new Float64Array(agents);
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
    this.#picked[state] = 0;
    this.#shareSinceMs[state] = Infinity;
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
    if (isOut) {
      if (incident !== undefined) incident.ejectedSec ??= nowMs / 1000;
      // A host that left the route before its full share was back is looked at anew.
      this.#picked[state] = 0;
      this.#shareSinceMs[state] = Infinity;
    }
    if (incident?.untilSec !== undefined) incident.readmittedSec = isOut ? undefined : nowMs / 1000;
  }

  /** A host is picked. `span` is how many picks there are for each of its own at its fair share. */
  picked(
    { agent, host, span }: { agent: number; host: number; span: number },
    nowMs: number,
  ): void {
    const picks = ++this.#picks[agent];
    const state = agent * this.#hostCount + host;
    const current = this.#current[state];
    if (current === NO_INCIDENT || this.#faults[state] > 0 || this.#isOut[state] === 1) return;
    const count = this.#picked[state]++;
    const first = state * SHARE_PICKS;
    const at = first + count % SHARE_PICKS;
    this.#pickedMs[at] = nowMs;
    this.#pickedAt[at] = picks;
    if (count < SHARE_PICKS - 1) return;
    const oldest = first + (count + 1) % SHARE_PICKS;
    if (picks - this.#pickedAt[oldest] > 2 * span * (SHARE_PICKS - 1)) {
      this.#shareSinceMs[state] = Infinity;
      return;
    }
    const sinceMs = Math.min(this.#shareSinceMs[state], this.#pickedMs[oldest]);
    this.#shareSinceMs[state] = sinceMs;
    if (nowMs - sinceMs < SHARE_MS) return;
    this.all[current].fullShareSec = sinceMs / 1000;
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
      const isSick = this.#faults[state] > 0 ||
        nowMs - this.#healedMs[state] <= this.#reportDelayMs;
      if (!isSick) this.falseEjections++;
    } else if (!isOut && ejection !== undefined) {
      ejection.untilSec = nowMs / 1000;
      this.#ejection[state] = undefined;
    }
  }
}
