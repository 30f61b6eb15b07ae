/**
 * Explanations as text: tables of hosts and of modules, and the decisions. Pure: lines out of what an agent said.
 *
 * @module
 */

import type {
  DecisionPage,
  HostPage,
  ModulePage,
  ModulesPage,
} from "../../agent/explain/explain_page.ts";
import { countOf, formatModule } from "../routes/route_access.ts";
import { wrapLine } from "../../service/mod.ts";
import { type Column, formatTable } from "../terminal/table.ts";
import { decisionText, percentText, timeText } from "./decision_text.ts";
import { flawText } from "./flaw_text.ts";

/** How it is shown. */
export interface ViewOptions {
  /** Whether states are painted. */
  color: boolean;
  /**
   * How many characters a line has room for: columns that matter less are left out and named, and lines are broken.
   *
   * @default Infinity
   */
  columns?: number;
  /**
   * How many lines there is room for: what does not fit is left out, old decisions first, then healthy hosts.
   *
   * @default Infinity
   */
  rows?: number;
}

/** A column of the hosts' table. */
interface HostColumn extends Column {
  /** What stands there; `now` is when the page was true. */
  cell(host: HostPage, now: string): string | number;
  /** Left out where the table is too wide, the lowest first; one without stays. */
  rank?: number;
}

/** What is known whatever the policy. */
const FIRST_COLUMNS: readonly HostColumn[] = [
  { heading: "host", cell: ({ hostname, port }) => `${hostname}:${port}` },
  { heading: "state", cell: stateText },
  { heading: "since", rank: 6, cell: ({ since }, now) => clockText(since, now) },
  { heading: "weight", rank: 3, isNumber: true, cell: ({ weight }) => weight },
];

const OUTCOME_COLUMNS: readonly HostColumn[] = [
  { heading: "ok", rank: 4, isNumber: true, cell: ({ rsucc }) => rsucc },
  { heading: "failed", rank: 5, isNumber: true, cell: ({ rerr }) => rerr },
];

const LAST_COLUMNS: readonly HostColumn[] = [
  { heading: "share", isNumber: true, cell: ({ share }) => percentText(share) },
  { heading: "probe in", isNumber: true, cell: probeText },
];

/** Of the policy original: counts against limits. */
const JUDGED_COLUMNS: readonly HostColumn[] = [
  ...FIRST_COLUMNS,
  { heading: "judged by", rank: 2, cell: ({ judged }) => judged!.of },
  {
    heading: "rate / limit",
    isNumber: true,
    cell: ({ judged }) => `${percentText(judged!.rate)} / ${percentText(judged!.rateLimit)}`,
  },
  {
    heading: "in a row",
    rank: 9,
    isNumber: true,
    cell: ({ judged }) => `${judged!.run} / ${judged!.runLimit}`,
  },
  ...OUTCOME_COLUMNS,
  {
    heading: "window",
    rank: 1,
    isNumber: true,
    cell: ({ sinceMs, judged }) => `${timeText(sinceMs)} / ${timeText(judged!.windowMs)}`,
  },
  ...LAST_COLUMNS,
];

/** Of the policy lars: what lowers a host's share. */
const FITNESS_COLUMNS: readonly HostColumn[] = [
  ...FIRST_COLUMNS,
  ...OUTCOME_COLUMNS,
  {
    heading: "latency",
    rank: 8,
    isNumber: true,
    cell: ({ load }) => load === undefined || load.latencyMs === 0 ? "-" : timeText(load.latencyMs),
  },
  { heading: "under way", rank: 7, isNumber: true, cell: ({ load }) => load?.outstanding ?? "-" },
  { heading: "fitness", isNumber: true, cell: ({ fitness }) => percentText(fitness ?? 1) },
  ...LAST_COLUMNS,
];

/** So many decisions are shown before healthy hosts are left out for them. */
const MIN_DECISIONS = 3;

/** Green, yellow and red. */
const STATE_COLORS = { healthy: 32, spared: 33, overloaded: 31 };

const MODULE_COLUMNS: readonly Column[] = [
  { heading: "modid", isNumber: true },
  { heading: "cmdid", isNumber: true },
  { heading: "hosts", isNumber: true },
  { heading: "overloaded", isNumber: true },
];

/** One module: what is to be known of it, its hosts, its last decisions with the newest last. */
export function formatExplanation(
  page: ModulePage,
  { color, columns = Infinity, rows = Infinity }: ViewOptions,
): string[] {
  const header = formatHeader(page).flatMap((line) => wrapLine(line, columns));
  const title = page.decisions.length === 0
    ? "Nothing was decided yet."
    : "Decisions, the newest last:";
  // Beside header and hosts: two empty lines, the headings, what is left out of them, and the title.
  const room = Math.max(
    1,
    rows - header.length - 5 - Math.min(MIN_DECISIONS, page.decisions.length),
  );
  const hosts = formatHosts(page, { color, columns, room });
  const lines = [...header, "", ...hosts, "", title];
  const decisions = page.decisions.map((decision) =>
    formatDecision(decision, { page, color, columns })
  );
  let left = rows - lines.length;
  const shown = decisions.reverse().filter(({ length }) => (left -= length) >= 0);
  return [...lines, ...shown.reverse().flat()];
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
  const { hosts, route, settings, picks, picksSinceProbe = 0, usual } = page;
  const overloaded = hosts.filter(({ state }) => state === "overloaded").length;
  // A probe that comes up before any host is due is left out.
  const picksToDue = hosts.reduce((min, host) => Math.min(min, host.picksToProbe ?? min), Infinity);
  const picksToProbe = Math.max(0, settings.probeNum - picksSinceProbe, picksToDue);
  const facts = [
    countOf(hosts.length, "host"),
    `${overloaded} overloaded`,
    ...overloaded > 0 && picksToProbe < Infinity
      ? [`next probe after ${countOf(picksToProbe, "more pick")}`]
      : [],
    `policy ${settings.policy}`,
    `shares of the last ${countOf(picks, "pick")}`,
    ...usual?.refuses ? ["calls are refused as the hosts are saturated"] : [],
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

/** The table of hosts, as wide and long as there is room for, and what it leaves out. */
function formatHosts(
  { hosts, at, usual }: ModulePage,
  { color, columns, room }: { color: boolean; columns: number; room: number },
): string[] {
  const isCut = hosts.length > room;
  // What is wrong comes first.
  const shown = isCut
    ? [...hosts].sort((a, b) => Number(isHealthy(a)) - Number(isHealthy(b))).slice(0, room - 1)
    : hosts;
  const table = fitTable(usual === undefined ? JUDGED_COLUMNS : FITNESS_COLUMNS, {
    columns,
    rowsOf: (some) => shown.map((host) => some.map(({ cell }) => cell(host, at))),
  });
  const [headings, ...lines] = table.lines;
  const hidden = table.hidden.map(({ heading }) => heading).join(", ");
  return [
    headings,
    ...lines.map((line, i) => color ? paint(line, stateText(shown[i])) : line),
    ...isCut ? [formatCut(hosts, shown)] : [],
    ...hidden === "" ? [] : wrapLine(`(not shown for want of room: ${hidden})`, columns),
    ...shown.flatMap((host) => {
      const text = flawText(host, usual);
      return text === undefined ? [] : wrapLine(`${host.hostname}:${host.port} ${text}`, columns);
    }),
  ];
}

function formatCut(hosts: readonly HostPage[], shown: readonly HostPage[]): string {
  const left = hosts.filter((host) => !shown.includes(host));
  const which = left.every(isHealthy) ? "healthy host" : "host";
  return `… and ${countOf(left.length, `more ${which}`)}`;
}

/** A table that fits, with the columns that it leaves out for that. */
function fitTable(
  all: readonly HostColumn[],
  { columns, rowsOf }: {
    columns: number;
    rowsOf: (columns: readonly HostColumn[]) => (string | number)[][];
  },
): { lines: string[]; hidden: HostColumn[] } {
  let fitting = all;
  for (;;) {
    const lines = formatTable(fitting, rowsOf(fitting));
    const ranks = fitting.flatMap(({ rank }) => rank ?? []);
    if (ranks.length === 0 || lines.every(({ length }) => length <= columns)) {
      return { lines, hidden: all.filter((column) => !fitting.includes(column)) };
    }
    const lowest = Math.min(...ranks);
    fitting = fitting.filter(({ rank }) => rank !== lowest);
  }
}

/** What people call a host's state: a healthy one is picked in rotation, a spared one although it fails. */
function stateText({ state, spared }: HostPage): keyof typeof STATE_COLORS {
  return spared ? "spared" : state === "idle" ? "healthy" : "overloaded";
}

function isHealthy(host: HostPage): boolean {
  return stateText(host) === "healthy";
}

function probeText({ picksToProbe, msToProbe }: HostPage): string {
  if (msToProbe !== undefined) return msToProbe === 0 ? "due" : timeText(msToProbe);
  if (picksToProbe === undefined) return "-";
  return picksToProbe === 0 ? "due" : countOf(picksToProbe, "pick");
}

function formatDecision(
  decision: DecisionPage,
  { page, color, columns }: { page: ModulePage; color: boolean; columns: number },
): string[] {
  const { hostname, port, kind } = decision;
  const line = `${clockText(decision.at, page.at)} ${hostname}:${port} ${decisionText(decision)}`;
  const [first, ...others] = wrapLine(line, columns);
  const state = kind === "idle" ? "healthy" : kind === "overloaded" ? kind : undefined;
  return [color && state !== undefined ? paint(first, state) : first, ...others];
}

function paint(line: string, state: keyof typeof STATE_COLORS): string {
  return line.replace(state, `\x1b[${STATE_COLORS[state]}m${state}\x1b[0m`);
}

/** A point in time as a clock here shows it, with the date where it is another than that of `now`. */
function clockText(iso: string, now: string): string {
  const [time, today] = [new Date(iso), new Date(now)];
  const clock = time.toLocaleTimeString("en-GB");
  if (time.toDateString() === today.toDateString()) return clock;
  return `${time.toLocaleDateString("en-CA")} ${clock}`;
}
