/**
 * Knows every report that was sent, and so what statuses the database must have in the end. All reports are of successes,
 * and agents never begin to count anew in a run, so a status has as many as there were reports. Pure.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import type { CallStatus } from "../../sql/mod.ts";

/** What an agent was told of a host. */
export interface Told extends ModuleName {
  /** The agent. */
  readonly agent: string;
  /** The host's port. */
  readonly port: number;
  /** How often. */
  reports: number;
  /** When first, ms since the run began. */
  readonly firstMs: number;
  /** When last, ms since the run began. */
  lastMs: number;
  /** When last, Unix seconds. */
  lastSec: number;
}

/** When a report was sent, by both clocks. */
export interface ReportTime {
  /** Ms since the run began. */
  readonly nowMs: number;
  /** Unix seconds. */
  readonly nowSec: number;
}

/** The reports of a run. */
export class StatusOracle {
  readonly #told = new Map<string, Told>();

  /** A report was sent to an agent. */
  report(
    { agent, modid, cmdid, port }: Pick<Told, "agent" | "modid" | "cmdid" | "port">,
    { nowMs, nowSec }: ReportTime,
  ): void {
    const key = `${agent} ${modid} ${cmdid} ${port}`;
    const told = this.#told.get(key) ??
      { agent, modid, cmdid, port, reports: 0, firstMs: nowMs, lastMs: nowMs, lastSec: 0 };
    this.#told.set(key, told);
    told.reports++;
    told.lastMs = nowMs;
    told.lastSec = Math.floor(nowSec);
  }

  /**
   * What the database lacks: a status as new as the last report of the host.
   *
   * @param options.callers The agents' addresses, by name.
   * @param options.expect Whether there must be a status, and whether it must have every report.
   */
  missing(
    statuses: readonly CallStatus[],
    { callers, expect }: {
      callers: ReadonlyMap<string, number>;
      expect: (told: Told) => "nothing" | "newest" | "all";
    },
  ): Told[] {
    const stored = new Map(statuses.map((status) => [keyOf(status), status]));
    return [...this.#told.values()].filter((told) => {
      const expected = expect(told);
      if (expected === "nothing") return false;
      const status = stored.get(keyOf({ ...told, caller: callers.get(told.agent)! }));
      if (status === undefined || status.tsSec < told.lastSec) return true;
      return expected === "all" && status.succ !== told.reports;
    });
  }
}

function keyOf(
  { modid, cmdid, port, caller }: Pick<CallStatus, "modid" | "cmdid" | "port" | "caller">,
): string {
  return `${modid} ${cmdid} ${port} ${caller}`;
}
