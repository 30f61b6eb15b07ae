/**
 * What was done to routes, and which there are, told to people or as JSON.
 *
 * @module
 */

import { formatIpv4, type HostAddress, type ModuleName } from "../../proto/mod.ts";
import type { RouteDifference, RouteNames, RouteRow } from "../../sql/mod.ts";
import type { CommandInput } from "../cli/command.ts";
import { storeName, storeOf } from "../cli/store_flags.ts";
import { formatTable } from "../terminal/table.ts";
import { formatHost, formatModule, formatUndo, formatWeight, undoLines } from "./route_access.ts";
import { formatReweight } from "./route_plan.ts";

/** What there is to tell of a change. */
export interface Changes {
  /** The one module that it was about. */
  module?: ModuleName;
  /** What came of it. */
  differences: readonly RouteDifference[];
  /** Rows that were as wanted already, or are left alone. */
  unchanged?: readonly RouteRow[];
  /** Hosts that were to go and were not there. */
  absent?: readonly HostAddress[];
  /** Whether the module is left with a host that is served. @default true */
  servedLeft?: boolean;
}

/** Tells exactly what was changed where, and what would undo it. */
export function printChanges(input: CommandInput, changes: Changes): void {
  const { module, differences, unchanged = [], absent = [], servedLeft = true } = changes;
  const database = storeName(storeOf(input));
  const undo = undoLines(differences, input);
  if (input.has("json")) {
    const { added, changed, removed } = collect(differences);
    const left = unchanged.map((row) => hostJson(row));
    console.log(JSON.stringify({ database, added, changed, removed, unchanged: left, undo }));
  } else {
    const lines = differences.flatMap((difference) => [
      ...module === undefined ? [formatModule(difference)] : [],
      ...difference.removed.map((row) => `  removed    ${formatRow(row)}`),
      ...difference.reweighted.map(({ row, weight }) =>
        `  changed    ${formatHost(row)}  ${formatReweight(row.weight, weight)}`
      ),
      ...difference.added.map((host) => `  added      ${formatRow(host)}`),
    ]);
    console.log([
      `Database ${database}${module === undefined ? "" : `, ${formatModule(module)}`}:`,
      ...lines,
      ...unchanged.map((row) => `  unchanged  ${formatRow(row)}`),
      ...absent.map((host) => `  not there  ${formatHost(host)}`),
      ...formatUndo(undo),
    ].join("\n"));
  }
  if (module !== undefined && !servedLeft) {
    console.error(
      `lars: ${
        formatModule(module)
      } has no host left that is served: programs that ask for it are told that ` +
        "there is no such module",
    );
  }
}

function collect(differences: readonly RouteDifference[]) {
  const all = { added: [] as unknown[], changed: [] as unknown[], removed: [] as unknown[] };
  for (const { modid, cmdid, added, reweighted, removed } of differences) {
    all.added.push(...added.map((host) => ({ modid, cmdid, ...hostJson(host) })));
    all.removed.push(...removed.map((row) => ({ modid, cmdid, ...hostJson(row) })));
    all.changed.push(...reweighted.map(({ row, weight }) => ({
      ...{ modid, cmdid },
      ...hostJson({ ...row, weight }),
      before: row.weight,
    })));
  }
  return all;
}

function hostJson({ ip, port, weight }: HostAddress & { weight: number }) {
  return { hostname: formatIpv4(ip), port, weight, drained: weight === 0 };
}

function formatRow(row: HostAddress & { weight: number }): string {
  return `${formatHost(row)}  ${formatWeight(row.weight)}`;
}

/** A row, with its names, as JSON has it. */
export function rowJson(row: RouteRow, names: RouteNames) {
  const { modid, cmdid } = row;
  const modidName = names.modids.get(modid);
  return { modid, cmdid, modidName, cmdidName: names.cmdids.get(cmdid), ...hostJson(row) };
}

/** What is said where there are no rows. */
export function formatNoRows([modid, cmdid]: readonly number[]): string {
  if (modid === undefined) {
    return "There are no routes: add one with `lars routes add MODID CMDID IP:PORT`";
  }
  return `Module ${cmdid === undefined ? modid : `(${modid}, ${cmdid})`} has no routes: ` +
    `add one with \`lars routes add ${modid} ${cmdid ?? "CMDID"} IP:PORT\``;
}

/** A table of rows, with names where there are any. */
export function formatRows(rows: readonly RouteRow[], { modids, cmdids }: RouteNames): string[] {
  const cells = rows.map((row) => {
    const names = [modids.get(row.modid), cmdids.get(row.cmdid)];
    return {
      name: names.every((name) => name === undefined)
        ? ""
        : names.map((name) => name ?? "").join("/"),
      row,
    };
  });
  const hasNames = cells.some(({ name }) => name !== "");
  return formatTable(
    [
      { heading: "modid", isNumber: true },
      { heading: "cmdid", isNumber: true },
      ...hasNames ? [{ heading: "name" }] : [],
      { heading: "host" },
      { heading: "weight", isNumber: true },
    ],
    cells.map(({ name, row }) => [
      row.modid,
      row.cmdid,
      ...hasNames ? [name] : [],
      formatHost(row),
      row.weight === 0 ? formatWeight(0) : row.weight,
    ]),
  );
}
