/**
 * A picture of simulations: a strip for each host, in which picks stand as high as there are many, over the time; with
 * those that were lost, when the host was sick, and when it was kept out. SVG text that reads on light and on dark ground.
 *
 * @module
 */

import type { Ejection, Incident } from "./incidents.ts";
import { expandHosts, type Scenario } from "../scenarios/scenario.ts";
import { SLICES, type Timeline } from "./timeline.ts";

/** One simulation to draw. */
export interface TimelinePanel {
  /** What stands above it. */
  title: string;
  /** What was simulated. */
  scenario: Scenario;
  /** How the picks were spread. */
  timeline: Timeline;
  /** When hosts were sick. */
  incidents: readonly Incident[];
  /** When they were kept out. */
  ejections: readonly Ejection[];
}

/** More hosts than this make a picture that nobody reads. */
const MAX_ROWS = 40;

const SLICE_WIDTH = 4;
const PLOT_WIDTH = SLICES * SLICE_WIDTH;
const ROW_HEIGHT = 16;
/** From one row to the next: the bar of an ejection is between them. */
const ROW_STEP = 22;
const OUT_HEIGHT = 3;
const LEFT = 84;
const RIGHT = 16;
const LEGEND_HEIGHT = 34;
const TITLE_HEIGHT = 24;
const AXIS_HEIGHT = 30;

/** About so many marks on the axis. */
const MARKS = 8;
const MARK_STEPS_SEC = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600];

const STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #1f2328; }
    .title { font-weight: 600; }
    .faint { fill: #59636e; }
    .end { text-anchor: end; }
    .middle { text-anchor: middle; }
    .ground { fill: #fff; }
    .picks { fill: #3b82c4; }
    .lost { fill: #d1242f; }
    .sick { fill: #e6eaef; }
    .out { fill: #bf6a02; }
    .line { stroke: #d1d9e0; fill: none; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .faint { fill: #9198a1; }
      .ground { fill: #0d1117; }
      .picks { fill: #58a6ff; }
      .lost { fill: #ff7b72; }
      .sick { fill: #2d3440; }
      .out { fill: #e3a53b; }
      .line { stroke: #3d444d; }
    }
`;

/** Draws simulations below each other. */
export function timelineSvg(panels: readonly TimelinePanel[]): string {
  const width = LEFT + PLOT_WIDTH + RIGHT;
  const parts: string[] = [];
  let y = LEGEND_HEIGHT;
  for (const panel of panels) {
    parts.push(drawPanel(panel, y));
    y += panelHeight(panel);
  }
  const label = panels.map(({ title }) => title).join("; ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" ` +
    `viewBox="0 0 ${width} ${y}" role="img" aria-label="${escapeXml(label)}">`,
    `  <style>${STYLE}  </style>`,
    `  <rect class="ground" width="${width}" height="${y}" rx="6"/>`,
    drawLegend(),
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function drawLegend(): string {
  const entries: [string, string, number][] = [
    ["picks", "picks", 60],
    ["lost", "of them failed or late", 150],
    ["sick", "the host is sick", 120],
    ["out", "the policy keeps calls off it", 180],
  ];
  let x = LEFT;
  return entries.map(([name, text, width]) => {
    const mark = `  <rect class="${name}" x="${x}" y="12" width="12" height="12"/>` +
      `<text x="${x + 17}" y="22">${text}</text>`;
    x += width + 17;
    return mark;
  }).join("\n");
}

function rowsOf({ scenario }: TimelinePanel): number {
  return Math.min(MAX_ROWS, expandHosts(scenario).length);
}

function panelHeight(panel: TimelinePanel): number {
  return TITLE_HEIGHT + rowsOf(panel) * ROW_STEP + AXIS_HEIGHT;
}

function drawPanel(panel: TimelinePanel, top: number): string {
  const { title, scenario, timeline } = panel;
  const hosts = expandHosts(scenario);
  const rows = rowsOf(panel);
  const more = hosts.length > rows ? ` (${rows} of ${hosts.length} hosts)` : "";
  const lines = [
    `  <text class="title" x="${LEFT}" y="${top + 16}">${escapeXml(title + more)}</text>`,
  ];
  const full = fullHeightPicks(timeline, hosts.length);
  for (let host = 0; host < rows; host++) {
    const y = top + TITLE_HEIGHT + host * ROW_STEP;
    const { zone } = hosts[host];
    const name = zone === "" ? `host ${host}` : `host ${host}, ${zone}`;
    lines.push(
      `  <text class="faint end" x="${LEFT - 8}" y="${y + 13}">${escapeXml(name)}</text>`,
      ...drawSick(panel, { host, y }),
      drawArea(timeline.picksOf(host), { full, y, name: "picks" }),
      drawArea(timeline.lostOf(host), { full, y, name: "lost" }),
      ...drawOut(panel, { host, y }),
    );
  }
  lines.push(drawAxis(scenario, top + TITLE_HEIGHT + rows * ROW_STEP));
  return lines.filter((line) => line !== "").join("\n");
}

/** Twice the average fills a row, so that what other hosts lack is seen to come here. */
function fullHeightPicks(timeline: Timeline, hosts: number): number {
  let sum = 0;
  for (let host = 0; host < hosts; host++) {
    for (const picks of timeline.picksOf(host)) sum += picks;
  }
  return Math.max(1, 2 * sum / (hosts * SLICES));
}

/** Counts as steps on the row's base line. */
function drawArea(
  counts: Uint32Array,
  { full, y, name }: { full: number; y: number; name: string },
): string {
  const base = y + ROW_HEIGHT;
  let path = "";
  let height = 0;
  let run = 0;
  for (const count of counts) {
    const next = count === 0
      ? 0
      : Math.max(1, Math.min(ROW_HEIGHT, Math.round(count / full * ROW_HEIGHT)));
    if (next !== height) {
      path += `${run > 0 ? `h${run}` : ""}V${base - next}`;
      height = next;
      run = 0;
    }
    run += SLICE_WIDTH;
  }
  if (path === "") return "";
  return `  <path class="${name}" d="M${LEFT} ${base}${path}h${run}V${base}z"/>`;
}

function drawSick(
  { scenario, incidents }: TimelinePanel,
  { host, y }: { host: number; y: number },
): string[] {
  const bands = incidents
    .filter((incident) => incident.host === host)
    .map(({ fromSec, untilSec = scenario.seconds }) => [fromSec, untilSec].map(xOf(scenario)))
    .map(([from, until]) =>
      `  <rect class="sick" x="${from}" y="${y}" width="${
        round(until - from)
      }" height="${ROW_HEIGHT}"/>`
    );
  return [...new Set(bands)]; // Several agents see one fault.
}

function drawOut(
  { scenario, ejections }: TimelinePanel,
  { host, y }: { host: number; y: number },
): string[] {
  const { agents } = scenario;
  return ejections.filter((ejection) => ejection.host === host).map((ejection) => {
    const { fromSec, untilSec = scenario.seconds } = ejection;
    const [from, until] = [fromSec, untilSec].map(xOf(scenario));
    const opacity = agents > 1 ? ` opacity="${round(Math.max(0.25, 1 / agents))}"` : "";
    return `  <rect class="out" x="${from}" y="${y + ROW_HEIGHT + 1}" ` +
      `width="${round(Math.max(1, until - from))}" height="${OUT_HEIGHT}"${opacity}/>`;
  });
}

function drawAxis(scenario: Scenario, y: number): string {
  const { seconds } = scenario;
  const step = MARK_STEPS_SEC.find((step) => seconds / step <= MARKS) ?? MARK_STEPS_SEC.at(-1)!;
  const marks: string[] = [];
  for (let sec = 0; sec <= seconds; sec += step) {
    const x = xOf(scenario)(sec);
    marks.push(
      `<path class="line" d="M${x} ${y}v4"/><text class="faint middle" x="${x}" y="${y + 17}">${
        sec === 0 ? "0 s" : sec
      }</text>`,
    );
  }
  return `  <path class="line" d="M${LEFT} ${y}h${xOf(scenario)(seconds) - LEFT}"/>${
    marks.join("")
  }`;
}

/** Where a second stands, to a tenth of a pixel. */
function xOf({ seconds }: Scenario): (sec: number) => number {
  return (sec) => round(LEFT + Math.min(1, sec / seconds) * PLOT_WIDTH);
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** XML has no control characters, however they are written. */
const NOT_IN_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function escapeXml(text: string): string {
  return text.replaceAll(NOT_IN_XML, "\ufffd").replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
