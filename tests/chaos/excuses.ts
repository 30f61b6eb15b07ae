/**
 * What the faults of a run excuse: until when a pick may fail, may give a host that was dropped, and when a status may be
 * lost. These are the promises of docs/operations.md turned round. Time that the harness was stalled counts for nothing.
 * Pure.
 *
 * An agent asks one of several dns. While one of them is whole (it runs, the agent reaches it, it reaches the database), a
 * fault of another excuses no more than the time that it takes to go on to the whole one.
 *
 * @module
 */

import { type FaultKind, type FaultRecord, type Target } from "./fault.ts";
import type { StallMeter } from "../../testing/stall_meter.ts";

/** Beyond its cause, for a pick to fail, ms. */
const FAILED_MS = {
  /** A thread that threw or ended is replaced. */
  ended: 200,
  /** A thread that hangs is found and replaced. */
  hung: 500,
  /** A process that was killed or stopped serves again. */
  back: 1_000,
};

/** How long after a change its old route may be picked, ms. */
const STALE_MS = {
  /** While nothing is broken: dns polls, and pushes. */
  usual: 1_500,
  /** Once the dns in use refuses or hangs up: the agent goes on to another within 1 s. */
  refused: 2_500,
  /** Once the dns in use fell silent: the agent notices within 3 s. */
  silent: 4_500,
};

/** A status is surely stored, ms after the report, where reporter and the database are whole. */
const STORED_MS = 3_000;

/** What leaves a dns so that it is noticed at once. */
const REFUSES: ReadonlySet<FaultKind> = new Set(["kill", "cut"]);
/** What leaves it silent. */
const SILENCES: ReadonlySet<FaultKind> = new Set(["stop", "silence"]);
/** What is to go unnoticed. */
const HARMLESS: ReadonlySet<FaultKind> = new Set(["clock"]);

/** Judges what happened by the faults that there were. */
export class Excuses {
  readonly #records: readonly FaultRecord[];
  readonly #stalls: StallMeter;

  /** Judges by the faults that there are in `records`, and those that are added to it. */
  constructor(records: readonly FaultRecord[], stalls: StallMeter) {
    this.#records = records;
    this.#stalls = stalls;
  }

  /** Whether a pick of an agent may have failed. */
  mayFail(agent: string, { shard, startMs, endMs }: {
    /** The thread that serves the module. */
    shard: string;
    /** When it was asked, and when its answer came or the client gave up, ms. */
    startMs: number;
    endMs: number;
  }): boolean {
    return this.#records.some((record) => {
      const { kind, target: { role, worker, peer } } = record;
      if (role !== agent || peer !== undefined || HARMLESS.has(kind)) return false;
      if (worker !== undefined && worker !== shard) return false;
      const graceMs = worker === undefined
        ? FAILED_MS.back
        : kind === "hang"
        ? FAILED_MS.hung
        : FAILED_MS.ended;
      const toMs = kind === "hang" ? record.fromMs : record.toMs;
      return record.fromMs <= endMs && this.#isWithin(graceMs, { afterMs: toMs, nowMs: startMs });
    });
  }

  /** Whether an agent may have picked, at a time, a host that was dropped before. */
  mayBeStale(agent: string, { droppedAtMs, nowMs }: { droppedAtMs: number; nowMs: number }) {
    return this.#isWithin(STALE_MS.usual, { afterMs: droppedAtMs, nowMs }) ||
      this.mayBeBehind(agent, nowMs);
  }

  /** Whether an agent may know less, at a time, than the database has had for a while. */
  mayBeBehind(agent: string, nowMs: number): boolean {
    const faults = this.#records.filter((record) => concernsRoutes(record, agent));
    return faults.some((record) => {
      const { fromMs, toMs } = record;
      if (nowMs < fromMs) return false;
      const whileMs = this.#goesOnIn(record, { faults, agent });
      if (whileMs !== undefined) return this.#isWithin(whileMs, { afterMs: fromMs, nowMs });
      return this.#isWithin(STALE_MS.silent, { afterMs: toMs, nowMs });
    });
  }

  /** Whether what an agent was told between these times may have been lost: with the agent, before it was stored. */
  mayBeLost(agent: string, { shard, firstMs, lastMs }: {
    shard: string;
    firstMs: number;
    lastMs: number;
  }): boolean {
    return this.#records.some((record) => {
      const { kind, target: { role, worker, peer }, fromMs, toMs } = record;
      if (role !== agent || peer !== undefined || HARMLESS.has(kind)) return false;
      if (worker !== undefined && worker !== shard && kind !== "hang") return false;
      if (toMs < firstMs) return false;
      const troubleEndMs = this.#records
        .filter((other) => concernsStatuses(other, agent) && other.fromMs < fromMs)
        .reduce((latestMs, other) => Math.max(latestMs, other.toMs), lastMs);
      return troubleEndMs > fromMs ||
        this.#isWithin(STORED_MS, { afterMs: troubleEndMs, nowMs: fromMs });
    });
  }

  /** In what time the agent goes on to a whole dns, ms; undefined where there may be none, or this one is merely slow. */
  #goesOnIn(
    { kind, target, fromMs, toMs }: FaultRecord,
    { faults, agent }: { faults: readonly FaultRecord[]; agent: string },
  ): number | undefined {
    const dns = dnsOf(target, agent);
    if (dns === undefined || target.peer === "database") return undefined;
    const limitMs = REFUSES.has(kind)
      ? STALE_MS.refused
      : SILENCES.has(kind)
      ? STALE_MS.silent
      : undefined;
    // What was broken until shortly before may not be whole yet.
    const isAlone = faults.every((other) =>
      dnsOf(other.target, agent) === dns ||
      other.fromMs > toMs || other.toMs + STALE_MS.silent < fromMs
    );
    return isAlone ? limitMs : undefined;
  }

  #isWithin(limitMs: number, { afterMs, nowMs }: { afterMs: number; nowMs: number }): boolean {
    return nowMs <= afterMs || this.#stalls.unstalledMs(afterMs, nowMs) <= limitMs;
  }
}

/** The dns that a fault keeps from an agent, where it does so for one alone. */
function dnsOf({ role, peer }: Target, agent: string): string | undefined {
  if (role.startsWith("dns")) return role;
  return role === agent && peer?.startsWith("dns") ? peer : undefined;
}

function concernsRoutes({ kind, target }: FaultRecord, agent: string): boolean {
  const { role, peer } = target;
  if (HARMLESS.has(kind)) return false;
  if (role === agent) return peer === undefined || peer.startsWith("dns");
  return role.startsWith("dns") || role === "database" || role === "disk";
}

function concernsStatuses({ target: { role, peer } }: FaultRecord, agent: string): boolean {
  if (role === agent) return peer === undefined || peer.startsWith("reporter");
  return role.startsWith("reporter") || role === "database" || role === "disk";
}
