/**
 * A change to routes: whether it can be made, and what it comes to on the rows that are there. The one place that decides
 * which rows are added, reweighted and removed. It asks and writes nothing.
 *
 * @module
 */

import {
  DEFAULT_WEIGHT,
  type HostAddress,
  isModuleName,
  ModuleMap,
  type ModuleName,
} from "../../proto/mod.ts";
import type { NameChange, NewHost, RouteRow } from "./route_row.ts";

const MAX_UINT32 = 0xffff_ffff;
const MAX_PORT = 65_535;
const MAX_NAME_LENGTH = 255;

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

/** Where a name is kept. */
export function namedBy(
  change: NameChange,
): { table: "ModIDConfig" | "CmdIDConfig"; column: "modid" | "cmdid"; id: number } {
  return "modid" in change
    ? { table: "ModIDConfig", column: "modid", id: change.modid }
    : { table: "CmdIDConfig", column: "cmdid", id: change.cmdid };
}

/** @throws {RangeError} When a name is too long. */
export function checkName(change: NameChange): void {
  const length = [...change.name].length;
  if (length <= MAX_NAME_LENGTH) return;
  const { column, id } = namedBy(change);
  throw new RangeError(
    `Cannot name ${column} ${id} as a name must have at most ${MAX_NAME_LENGTH} characters: ` +
      `current length is ${length}`,
  );
}

/**
 * What is only dropped may be anything: rows that cannot be served go like others.
 *
 * @throws {RangeError} When what is to be put is out of range, or a module is named twice.
 */
export function checkChanges(changes: readonly RouteChange[]): void {
  const seen = new ModuleMap<true>();
  for (const { modid, cmdid, put = [] } of changes) {
    if (seen.has(modid, cmdid)) {
      throw new RangeError(
        `Cannot change module (${modid}, ${cmdid}) twice in one transaction: merge the changes`,
      );
    }
    seen.set(modid, cmdid, true);
    if (put.length > 0) checkModule({ modid, cmdid });
    put.forEach(checkHost);
  }
}

function checkModule(module: ModuleName): void {
  if (isModuleName(module)) return;
  throw new RangeError(
    "Cannot add hosts as modid and cmdid must be in 0 … 2147483647: " +
      `current values are ${module.modid} and ${module.cmdid}`,
  );
}

function checkHost({ ip, port, weight = DEFAULT_WEIGHT }: NewHost): void {
  checkRange("ip", ip, { min: 0, max: MAX_UINT32 });
  checkRange("port", port, { min: 1, max: MAX_PORT });
  checkRange("weight", weight, { min: 0, max: MAX_UINT32 });
}

function checkRange(name: string, value: number, { min, max }: { min: number; max: number }) {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot add a host as its ${name} must be in ${min} … ${max}: current value is ${value}`,
  );
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
