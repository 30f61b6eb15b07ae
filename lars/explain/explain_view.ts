/**
 * How explanations look: tables of hosts and of modules, and the decisions. Pure: lines out of what an agent said.
 *
 * @module
 */

import type { DecisionPage, HostPage, ModulePage, ModulesPage } from "../../agent/explain_page.ts";
import { countOf, formatModule } from "../routes/route_access.ts";
import { type Column, formatTable } from "../table.ts";
import { decisionText, percentText, timeText } from "./decision_text.ts";

/** How it is shown. */
export interface ViewOptions {
  /** Whether states are painted. */
  color: boolean;
  /**
   * How many lines there is room for: what does not fit is left out, old decisions first.
   *
   * @default Infinity
   */
  rows?: number;
}

const HOST_COLUMNS: readonly Column[] = [
  { heading: "host" },
  { heading: "state" },
  { heading: "since" },
  { heading: "weight", isNumber: true },
  { heading: "judged by" },
  { heading: "rate / limit", isNumber: true },
  { heading: "in a row", isNumber: true },
  { heading: "ok", isNumber: true },
  { heading: "failed", isNumber: true },
  { heading: "window", isNumber: true },
  { heading: "share", isNumber: true },
  { heading: "next probe", isNumber: true },
];

const LOAD_COLUMNS: readonly Column[] = [
  { heading: "latency", isNumber: true },
  { heading: "unreported", isNumber: true },
];

const MODULE_COLUMNS: readonly Column[] = [
  { heading: "modid", isNumber: true },
  { heading: "cmdid", isNumber: true },
  { heading: "hosts", isNumber: true },
  { heading: "overloaded", isNumber: true },
];

/** One module: what is to be known of it, its hosts, its last decisions with the newest last. */
export function formatExplanation(
  page: ModulePage,
  { color, rows = Infinity }: ViewOptions,
): string[] {
  const lines = [
    ...formatHeader(page),
    "",
    ...formatHosts(page, color),
    "",
    page.decisions.length === 0 ? "Nothing was decided yet." : "Decisions, the newest last:",
  ];
  const room = Math.max(0, rows - lines.length);
  const decisions = room === 0 ? [] : page.decisions.slice(-room);
  return [...lines, ...decisions.map((decision) => formatDecision(decision, { page, color }))];
}

/** The modules that an agent holds. */
export function formatModules({ total, modules }: ModulesPage): string[] {
  if (total === 0) return ["No modules"];
  const left = total - modules.length;
  return [
    ...formatTable(
      MODULE_COLUMNS,
      modules.map(({ modid, cmdid, hosts, overloaded }) => [modid, cmdid, hosts, overloaded]),
    ),
    ...left > 0 ? [`and ${countOf(left, "module")} more`] : [],
  ];
}

function formatHeader(page: ModulePage): string[] {
  const { hosts, route, settings, picks, picksSinceProbe, panic } = page;
  const overloaded = hosts.filter(({ state }) => state === "overloaded").length;
  const picksToTurn = Math.max(0, settings.probeNum - picksSinceProbe);
  const facts = [
    countOf(hosts.length, "host"),
    `${overloaded} overloaded`,
    ...overloaded > 0 ? [`a probe's turn after ${countOf(picksToTurn, "more pick")}`] : [],
    `policy ${settings.policy}`,
    `shares of the last ${countOf(picks, "pick")}`,
    ...panic ? ["picks go over all hosts (panic_percent)"] : [],
  ];
  const waiting = route.askedMs === undefined
    ? ""
    : `, asked again ${timeText(route.askedMs)} ago without an answer`;
  return [
    `${formatModule(page)} at ${clockText(page.at, page.at)}: ${facts.join(", ")}`,
    `route confirmed by dns ${timeText(route.confirmedMs)} ago${waiting}; ` +
    `last used ${timeText(route.usedMs)} ago; shard ${page.shard}`,
  ];
}

function formatHosts({ hosts, at }: ModulePage, color: boolean): string[] {
  const hasLoad = hosts.some(({ load }) => load !== undefined);
  const columns = hasLoad ? [...HOST_COLUMNS, ...LOAD_COLUMNS] : HOST_COLUMNS;
  const cells = hosts.map((host) => [...cellsOf(host, at), ...hasLoad ? loadCellsOf(host) : []]);
  const [headings, ...lines] = formatTable(columns, cells);
  return [
    headings,
    ...lines.map((line, i) => color ? paint(line, hosts[i].state) : line),
  ];
}

function cellsOf(host: HostPage, now: string): (string | number)[] {
  const { judged, picksToProbe } = host;
  return [
    `${host.hostname}:${host.port}`,
    host.spared ? `${host.state}, spared` : host.state,
    clockText(host.since, now),
    host.weight,
    judged.of,
    `${percentText(judged.rate)} / ${percentText(judged.rateLimit)}`,
    `${judged.run} / ${judged.runLimit}`,
    host.rsucc,
    host.rerr,
    `${timeText(host.sinceMs)} / ${timeText(judged.windowMs)}`,
    percentText(host.share),
    picksToProbe === undefined
      ? "-"
      : picksToProbe === 0
      ? "due"
      : `in ${countOf(picksToProbe, "pick")}`,
  ];
}

function loadCellsOf({ load }: HostPage): (string | number)[] {
  return load === undefined ? ["-", "-"] : [timeText(load.latencyMs), load.outstanding];
}

function formatDecision(
  decision: DecisionPage,
  { page, color }: { page: ModulePage; color: boolean },
): string {
  const { hostname, port, kind } = decision;
  const line = `${clockText(decision.at, page.at)} ${hostname}:${port} ${decisionText(decision)}`;
  return color && (kind === "overloaded" || kind === "idle") ? paint(line, kind) : line;
}

function paint(line: string, state: "idle" | "overloaded"): string {
  return line.replace(state, `\x1b[${state === "idle" ? 32 : 31}m${state}\x1b[0m`);
}

/** A point in time as a clock here shows it, with the date where it is another than that of `now`. */
function clockText(iso: string, now: string): string {
  const [time, today] = [new Date(iso), new Date(now)];
  const clock = time.toLocaleTimeString("en-GB");
  if (time.toDateString() === today.toDateString()) return clock;
  return `${time.toLocaleDateString("en-CA")} ${clock}`;
}
