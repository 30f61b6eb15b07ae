/**
 * Results as people read them: a figure a line, what it is compared with, and where it should be.
 *
 * @module
 */

import { type Column, formatTable } from "../../lars/terminal/table.ts";
import type { Figure, Target } from "../suite.ts";
import type { Machine } from "./machine.ts";

/** A figure, and which suite it is of. */
export interface SuiteFigure extends Figure {
  /** The suite's name. */
  suite: string;
}

/** One run: what `--json` writes and `--baseline` reads. */
export interface BenchResult {
  /** Where and with what. */
  machine: Machine;
  /** When it began: 2026-01-31T12:00:00.000Z. */
  startedAt: string;
  /** How often each figure was measured. */
  rounds: number;
  /** How long one measurement of a rate took, s. */
  seconds: number;
  /** How much of the machine something else took, 0 … 1: the most, of short samples before each suite. */
  othersShare: number;
  /** What was measured. */
  figures: SuiteFigure[];
}

/** Columns of every report. */
export const COLUMNS: readonly Column[] = [
  { heading: "suite" },
  { heading: "figure" },
  { heading: "measured", isNumber: true },
  { heading: "reference" },
  { heading: "ratio", isNumber: true },
  { heading: "target", isNumber: true },
  { heading: "" },
];

const BASELINE_COLUMNS: readonly Column[] = [
  { heading: "before", isNumber: true },
  { heading: "change", isNumber: true },
];

/** The rows of a report, a cell for each of {@link COLUMNS}. */
export function reportRows(figures: readonly SuiteFigure[]): string[][] {
  return figures.map(({ suite, name, unit, value, reference, target }) => [
    suite,
    name,
    formatValue(value, unit),
    reference ? `${formatValue(reference.value, unit)} ${reference.name}` : "",
    reference ? formatNumber(reference.ratio) : "",
    target ? formatTarget(target, unit) : "",
    isMissed({ value, reference, target }) ? "missed" : "",
  ]);
}

/** A report as a table of text, beside an earlier one where there is one. */
export function formatReport(
  figures: readonly SuiteFigure[],
  baseline?: readonly SuiteFigure[],
): string[] {
  const rows = reportRows(figures);
  if (baseline === undefined) return formatTable(COLUMNS, rows);
  const compared = figures.map((figure, index) => [
    ...rows[index],
    ...compare(figure, baseline.find((old) => isSame(old, figure))),
  ]);
  return formatTable([...COLUMNS, ...BASELINE_COLUMNS], compared);
}

/** The lines that say where and with what a result came about. */
export function formatMachine(
  { machine, startedAt, rounds, seconds, othersShare }: BenchResult,
): string[] {
  const { cpu, memoryGib, kernel, deno, cc, mariadb, commit } = machine;
  return [
    `${cpu}, ${memoryGib} GiB; Linux ${kernel}, Deno ${deno}, ${cc}, MariaDB ${mariadb}`,
    `Commit ${commit}, ${startedAt}; medians of ${rounds} × ${seconds} s; ` +
    `${Math.round(100 * othersShare)} % of the machine was taken by something else`,
  ];
}

/** Whether a figure is not where it should be. */
export function isMissed(
  { value, reference, target }: Pick<Figure, "value" | "reference" | "target">,
): boolean {
  if (target === undefined) return false;
  if ("atLeast" in target) return value < target.atLeast;
  if ("atMost" in target) return value > target.atMost;
  return reference === undefined || reference.ratio < target.ratioAtLeast;
}

/** Two machines, or two minutes, differ in speed but less in ratios: those are compared where there are any. */
function compare(now: Figure, before: Figure | undefined): [before: string, change: string] {
  if (before === undefined) return ["", ""];
  const { reference, value, unit } = before;
  const [old, present] = reference && now.reference
    ? [reference.ratio, now.reference.ratio]
    : [value, now.value];
  const percent = 100 * (present / old - 1);
  const sign = percent < 0 ? "−" : "+";
  return [
    reference && now.reference ? formatNumber(old) : formatValue(old, unit),
    `${sign}${Math.abs(percent).toFixed(0)} %`,
  ];
}

function isSame(one: SuiteFigure, other: SuiteFigure): boolean {
  return one.suite === other.suite && one.name === other.name && one.unit === other.unit;
}

function formatTarget(target: Target, unit: string): string {
  if ("atLeast" in target) return `≥ ${formatValue(target.atLeast, unit)}`;
  if ("atMost" in target) return `≤ ${formatValue(target.atMost, unit)}`;
  return `ratio ≥ ${target.ratioAtLeast}`;
}

/** A value with its unit. */
export function formatValue(value: number, unit: string): string {
  const number = formatNumber(value);
  return unit.startsWith("/") ? `${number}${unit}` : `${number} ${unit}`;
}

/** Three digits that count, and all of a large number's. */
export function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
