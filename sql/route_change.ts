/**
 * A change to routes, and what it comes to on the rows that are there: the one place that decides which rows are added,
 * reweighted and removed. It asks and writes nothing.
 *
 * @module
 */

import { DEFAULT_WEIGHT, type HostAddress, ModuleMap, type ModuleName } from "../proto/mod.ts";
import type { NewHost, RouteRow } from "./route_row.ts";

/** What is to become of one module's hosts. */
export interface RouteChange extends ModuleName {
  /**
   * Hosts that it is to have. One that is there keeps its id and takes the weight given; of equal ones the last counts.
   *
   * @default []
   */
  put?: readonly NewHost[];
  /**
   * Which of `put` count: with "new" a host that is there stays as it is, with "present" one that is not there is not
   * added.
   *
   * @default all of them
   */
  only?: "new" | "present";
  /**
   * Hosts that it is not to have, unless they are in `put` as well; "others" are all that are not, and any row that
   * repeats one that is.
   *
   * @default []
   */
  drop?: readonly HostAddress[] | "others";
}

/** What a change comes to, for one module: nothing where all three are empty. */
export interface RouteDifference extends ModuleName {
  /** Hosts that are new. */
  added: Required<NewHost>[];
  /** Rows as they are, with the weight that they get. */
  reweighted: { row: RouteRow; weight: number }[];
  /** Rows that go. */
  removed: RouteRow[];
}

/**
 * Says what changes come to.
 *
 * @param changes Each of another module.
 * @param rows All rows of these modules, in id order; those of other modules do not matter.
 * @returns One for each of the changes that makes a difference, in their order.
 */
export function diffRoutes(
  changes: readonly RouteChange[],
  rows: Iterable<RouteRow>,
): RouteDifference[] {
  const rowsByModule = new ModuleMap<RouteRow[]>();
  for (const { modid, cmdid } of changes) rowsByModule.set(modid, cmdid, []);
  for (const row of rows) rowsByModule.get(row.modid, row.cmdid)?.push(row);
  return changes
    .map((change) => diffModule(change, rowsByModule.get(change.modid, change.cmdid)!))
    .filter((difference) => countRows(difference) > 0);
}

/**
 * Changes by which no other module keeps hosts.
 *
 * @param changes Each of another module.
 * @param rows All rows that there are.
 * @returns They, and one that drops all for each other module of the rows.
 */
export function dropOtherModules(
  changes: readonly RouteChange[],
  rows: Iterable<ModuleName>,
): RouteChange[] {
  const all = [...changes];
  const named = new ModuleMap<true>();
  for (const { modid, cmdid } of changes) named.set(modid, cmdid, true);
  for (const { modid, cmdid } of rows) {
    if (named.has(modid, cmdid)) continue;
    named.set(modid, cmdid, true);
    all.push({ modid, cmdid, drop: "others" });
  }
  return all;
}

/** How many rows a difference touches. */
export function countRows({ added, reweighted, removed }: RouteDifference): number {
  return added.length + reweighted.length + removed.length;
}

function diffModule(
  { modid, cmdid, put = [], only, drop = [] }: RouteChange,
  rows: readonly RouteRow[],
): RouteDifference {
  const wanted = new Map(put.map((host) => [keyOf(host), host]));
  const isExact = drop === "others";
  const dropped = new Set(isExact ? [] : drop.map(keyOf));
  const present = new Set<string>();
  const difference: RouteDifference = { modid, cmdid, added: [], reweighted: [], removed: [] };
  for (const row of rows) {
    const key = keyOf(row);
    const host = wanted.get(key);
    if (host === undefined) {
      if (isExact || dropped.has(key)) difference.removed.push(row);
    } else if (isExact && present.has(key)) {
      difference.removed.push(row);
    } else {
      present.add(key);
      const { weight = row.weight } = host;
      if (weight !== row.weight && only !== "new") difference.reweighted.push({ row, weight });
    }
  }
  if (only === "present") return difference;
  for (const [key, { ip, port, weight = DEFAULT_WEIGHT }] of wanted) {
    if (!present.has(key)) difference.added.push({ ip, port, weight });
  }
  return difference;
}

function keyOf({ ip, port }: HostAddress): string {
  return `${ip}:${port}`;
}
