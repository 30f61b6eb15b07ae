/**
 * What the demo's caller has seen: picks, outcomes and latencies, by host and second. Pure: the second is an argument.
 *
 * @module
 */

import type { LarsErrorCode } from "../../client/mod.ts";

/** Totals of one host. */
export interface HostTotals {
  /** How often it was picked. */
  picks: number;
  /** Calls that went well. */
  ok: number;
  /** Calls that failed. */
  failed: number;
  /** Mean duration of its calls, ms; undefined before the first. */
  latencyMs: number | undefined;
}

/** Seconds, from the first up to but without the second. */
export interface SecondRange {
  /** First second. */
  fromSec: number;
  /** The one after the last. */
  toSec: number;
}

/** Sums of one host in one second. */
interface Cell {
  picks: number;
  ok: number;
  failed: number;
  costMs: number;
}

/** Counts for hosts that are known beforehand, named by `hostname:port`. */
export class DemoStats {
  /** The hosts, in the order in which they are shown. */
  readonly hosts: readonly string[];
  /** By second, then by host. An hour of five hosts is about a megabyte, and a demo rarely takes one. */
  readonly #seconds: Map<string, Cell>[] = [];
  readonly #pickFailures = new Map<LarsErrorCode, number>();

  /** Nothing counted yet. */
  constructor(hosts: readonly string[]) {
    this.hosts = hosts;
  }

  /** A host was handed out. */
  picked(host: string, second: number): void {
    this.#cell(host, second).picks++;
  }

  /** A call to a host ended. */
  called(
    host: string,
    { second, isOk, costMs }: { second: number; isOk: boolean; costMs: number },
  ): void {
    const cell = this.#cell(host, second);
    if (isOk) cell.ok++;
    else cell.failed++;
    cell.costMs += costMs;
  }

  /** No host was handed out. */
  pickFailed(code: LarsErrorCode): void {
    this.#pickFailures.set(code, (this.#pickFailures.get(code) ?? 0) + 1);
  }

  /** How often no host was handed out, by reason. */
  get pickFailures(): ReadonlyMap<LarsErrorCode, number> {
    return this.#pickFailures;
  }

  /** What a host did in some seconds, or in all. */
  totals(
    host: string,
    { fromSec, toSec }: SecondRange = { fromSec: 0, toSec: Infinity },
  ): HostTotals {
    const sum: Cell = { picks: 0, ok: 0, failed: 0, costMs: 0 };
    for (const second of this.#seconds.slice(Math.max(0, fromSec), toSec)) {
      const cell = second?.get(host);
      if (cell === undefined) continue;
      sum.picks += cell.picks;
      sum.ok += cell.ok;
      sum.failed += cell.failed;
      sum.costMs += cell.costMs;
    }
    const { picks, ok, failed, costMs } = sum;
    return { picks, ok, failed, latencyMs: ok + failed === 0 ? undefined : costMs / (ok + failed) };
  }

  /** A host's share of all picks in some seconds, 0 … 1; undefined when there were none. */
  share(host: string, range?: SecondRange): number | undefined {
    const picks = this.hosts.map((each) => this.totals(each, range).picks);
    const all = picks.reduce((sum, count) => sum + count, 0);
    return all === 0 ? undefined : picks[this.hosts.indexOf(host)] / all;
  }

  #cell(host: string, second: number): Cell {
    const cells = this.#seconds[second] ??= new Map();
    let cell = cells.get(host);
    if (cell === undefined) cells.set(host, cell = { picks: 0, ok: 0, failed: 0, costMs: 0 });
    return cell;
  }
}
