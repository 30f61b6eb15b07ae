/**
 * How the demo looks: its live table, the line that stands for it off a terminal, and its summary. Pure: texts out of
 * numbers.
 *
 * @module
 */

import { formatTable } from "../terminal/table.ts";
import { DEMO_MODULE, DEMO_NAME } from "./demo_routes.ts";
import type { DemoStats, SecondRange } from "./demo_stats.ts";

/** What a host is in the database: what the agent told reporter; unknown before it told anything. */
export type HostState = "healthy" | "overloaded" | "unknown";

/** Which backend fails, and when. */
export interface Failure extends SecondRange {
  /** The backend, by its place among the hosts. */
  backend: number;
}

/** The demo at one moment. */
export interface DemoMoment {
  /** Whole seconds since the caller began. */
  second: number;
  /** What the caller has seen. */
  stats: DemoStats;
  /** The hosts' states. */
  states: ReadonlyMap<string, HostState>;
  /** What goes wrong. */
  failure: Failure;
}

const GREEN = "32";
const RED = "31";

/** While the backend fails, when the agent has had time to notice. */
const FAILING_RANGE: SecondRange = { fromSec: 15, toSec: 20 };
/** The last seconds of a run, in which the backend should be back. */
const LAST_SECONDS = 10;

const LIVE_COLUMNS = [
  { heading: "backend" },
  { heading: "host" },
  { heading: "state" },
  ...["picks/s", "ok", "failed", "latency"].map((heading) => ({ heading, isNumber: true })),
];
const SUMMARY_COLUMNS = [
  { heading: "backend" },
  { heading: "host" },
  ...["picks", "share", "ok", "failed", "latency"].map((heading) => ({ heading, isNumber: true })),
];

/** The live table, a line each. */
export function formatLiveTable(moment: DemoMoment, { color }: { color: boolean }): string[] {
  const { second, stats, failure } = moment;
  const rows = stats.hosts.map((host, i) => {
    const { ok, failed } = stats.totals(host);
    const { picks, latencyMs } = lastSecond(moment, host);
    return [nameOf(i), host, stateOf(moment, host), picks, ok, failed, formatMs(latencyMs)];
  });
  const [headings, ...lines] = formatTable(
    LIVE_COLUMNS,
    rows,
  );
  const painted = lines.map((line, i) =>
    color ? paintState(line, stateOf(moment, stats.hosts[i])) : line
  );
  const module =
    `${DEMO_NAME.modid}/${DEMO_NAME.cmdid} (${DEMO_MODULE.modid}, ${DEMO_MODULE.cmdid})`;
  return [
    `${module}, second ${second}: ${describeFailure(failure, second)}`,
    "",
    headings,
    ...painted,
    "",
    formatTotals(stats),
  ];
}

/** The live table in one line, for logs. */
export function formatLiveLine(moment: DemoMoment): string {
  const hosts = moment.stats.hosts.map((host, i) => {
    const { ok, failed } = moment.stats.totals(host);
    const { picks, latencyMs } = lastSecond(moment, host);
    const calls = `${picks}/s ${ok} ok ${failed} failed ${formatMs(latencyMs)}`;
    return `${nameOf(i)} ${stateOf(moment, host)} ${calls}`;
  });
  return [`${String(moment.second).padStart(4)} s`, ...hosts].join(" | ");
}

/** What to know when it is over, a line each. */
export function formatSummary({ second, stats, failure }: Omit<DemoMoment, "states">): string[] {
  const rows = stats.hosts.map((host, i) => {
    const { picks, ok, failed, latencyMs } = stats.totals(host);
    return [
      nameOf(i),
      host,
      picks,
      formatShare(stats.share(host)),
      ok,
      failed,
      formatMs(latencyMs),
    ];
  });
  return [
    `Summary after ${second} s`,
    "",
    ...formatTable(SUMMARY_COLUMNS, rows),
    "",
    formatTotals(stats),
    "",
    `${describeFailure(failure, second)}; its share of the picks was`,
    ...formatShares({ second, stats, failure }),
  ];
}

/** The failing backend's share of the picks, while it failed and at the end. */
function formatShares({ second, stats, failure }: Omit<DemoMoment, "states">): string[] {
  const host = stats.hosts[failure.backend];
  const last = { fromSec: Math.max(0, second - LAST_SECONDS), toSec: second };
  const lines = [
    `  ${formatShare(stats.share(host, last))} in the last ${second - last.fromSec} seconds`,
  ];
  if (second >= FAILING_RANGE.toSec) {
    const share = formatShare(stats.share(host, FAILING_RANGE));
    lines.unshift(`  ${share} in seconds ${FAILING_RANGE.fromSec}–${FAILING_RANGE.toSec}`);
  }
  return lines;
}

function formatTotals(stats: DemoStats): string {
  const totals = stats.hosts.map((host) => stats.totals(host));
  const ok = totals.reduce((sum, host) => sum + host.ok, 0);
  const failed = totals.reduce((sum, host) => sum + host.failed, 0);
  const reasons = [...stats.pickFailures].map(([code, count]) => `${count} ${code}`);
  return `calls: ${ok} ok, ${failed} failed; failed picks: ${reasons.join(", ") || "none"}`;
}

/** What a host did in the last whole second. */
function lastSecond({ stats, second }: DemoMoment, host: string) {
  return stats.totals(host, { fromSec: second - 1, toSec: second });
}

function stateOf({ states }: DemoMoment, host: string): HostState {
  return states.get(host) ?? "unknown";
}

function describeFailure({ backend, fromSec, toSec }: Failure, second: number): string {
  const verb = second < fromSec ? "will fail" : second < toSec ? "fails" : "failed";
  return `${nameOf(backend)} ${verb} from second ${fromSec} to ${toSec}`;
}

/** What a backend is called: ports say little, and are others every time. */
function nameOf(backend: number): string {
  return `${DEMO_NAME.cmdid}-${backend + 1}`;
}

function paintState(line: string, state: HostState): string {
  if (state === "unknown") return line;
  return line.replace(state, `\x1b[${state === "healthy" ? GREEN : RED}m${state}\x1b[0m`);
}

function formatShare(share: number | undefined): string {
  return share === undefined ? "-" : `${(share * 100).toFixed(1)} %`;
}

function formatMs(ms: number | undefined): string {
  return ms === undefined ? "-" : `${ms.toFixed(1)} ms`;
}
