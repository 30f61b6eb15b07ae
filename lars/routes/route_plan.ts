/**
 * What is to be done to routes: the changes that a file's routes ask for, and what changes come to, told to people.
 *
 * @module
 */

import { ModuleMap } from "../../proto/mod.ts";
import type {
  NameChange,
  NewHost,
  RouteChange,
  RouteDifference,
  RouteNames,
} from "../../sql/mod.ts";
import { CommandError } from "../cli/command.ts";
import { printable } from "../terminal/table.ts";
import { countOf, formatHost, formatModule, formatWeight } from "./route_access.ts";
import type { FileRoute } from "./route_file.ts";

/** Hosts that a preview names; all of them are counted. */
const MAX_NAMED_HOSTS = 40;

/** How many hosts of how many modules change. */
export interface ChangeCounts {
  /** Modules that differ. */
  modules: number;
  /** Hosts that are new. */
  added: number;
  /** Hosts that get another weight. */
  reweighted: number;
  /** Hosts that go. */
  removed: number;
}

/** The changes that put routes; with `isExact` their modules are to have no other hosts. */
export function toChanges(
  routes: readonly FileRoute[],
  { isExact }: { isExact: boolean },
): RouteChange[] {
  const byModule = new ModuleMap<NewHost[]>();
  const changes: RouteChange[] = [];
  for (const { modid, cmdid, ip, port, weight } of routes) {
    let put = byModule.get(modid, cmdid);
    if (put === undefined) {
      byModule.set(modid, cmdid, put = []);
      changes.push({ modid, cmdid, put, drop: isExact ? "others" : [] });
    }
    put.push({ ip, port, weight });
  }
  return changes;
}

/** Adds up what changes come to. */
export function countChanges(differences: readonly RouteDifference[]): ChangeCounts {
  const counts = { modules: differences.length, added: 0, reweighted: 0, removed: 0 };
  for (const { added, reweighted, removed } of differences) {
    counts.added += added.length;
    counts.reweighted += reweighted.length;
    counts.removed += removed.length;
  }
  return counts;
}

/** What is to change, a line each; beyond some hosts only how many more there are. */
export function formatPreview(differences: readonly RouteDifference[]): string[] {
  const lines: string[] = [];
  let hostsLeft = MAX_NAMED_HOSTS;
  for (const difference of differences) {
    if (hostsLeft === 0) break;
    const hosts = formatDifference(difference).slice(0, hostsLeft);
    hostsLeft -= hosts.length;
    lines.push(formatModule(difference), ...hosts.map((host) => `  ${host}`));
  }
  const { modules, added, reweighted, removed } = countChanges(differences);
  const unnamed = added + reweighted + removed - (MAX_NAMED_HOSTS - hostsLeft);
  if (unnamed > 0) lines.push(`… and ${countOf(unnamed, "more host")}`);
  lines.push(
    `${countOf(modules, "module")} to change: ${countOf(added, "host")} to add, ` +
      `${countOf(reweighted, "host")} to reweight, ${countOf(removed, "host")} to remove`,
  );
  return lines;
}

/** `weight 100 → 7`, `weight 100 → drained`. */
export function formatReweight(from: number, to: number): string {
  return `${formatWeight(from)} → ${to === 0 ? formatWeight(to) : to}`;
}

/**
 * Makes sure that what is done is what was shown.
 *
 * @throws {CommandError} When somebody has changed the routes meanwhile.
 */
export function refuseOther(
  planned: readonly RouteDifference[],
  actual: readonly RouteDifference[],
): void {
  if (isSamePlan(planned, actual)) return;
  throw new CommandError(
    "Cannot do what was shown as the routes were changed meanwhile: run it again. Nothing was changed",
  );
}

/** Says whether the same was planned, row by row. */
function isSamePlan(
  planned: readonly RouteDifference[],
  actual: readonly RouteDifference[],
): boolean {
  return planned.length === actual.length && planned.every((one, i) => {
    const other = actual[i];
    return isSame(one.added, other.added) && isSame(one.removed, other.removed) &&
      isSame(
        one.reweighted.map(({ row, weight }) => ({ ...row, weight })),
        other.reweighted.map(({ row, weight }) => ({ ...row, weight })),
      );
  });
}

function isSame(ones: readonly Required<NewHost>[], others: readonly Required<NewHost>[]): boolean {
  return ones.length === others.length &&
    ones.every(({ ip, port, weight }, i) =>
      ip === others[i].ip && port === others[i].port && weight === others[i].weight
    );
}

function formatDifference({ added, reweighted, removed }: RouteDifference): string[] {
  return [
    ...removed.map((row) => `- ${formatHost(row)}`),
    ...reweighted.map(({ row, weight }) =>
      `~ ${formatHost(row)} ${formatReweight(row.weight, weight)}`
    ),
    ...added.map((host) => `+ ${formatHost(host)} ${formatWeight(host.weight)}`),
  ];
}

/**
 * The names that have to change.
 *
 * @param names Those that are to be.
 * @param options.present Those that are.
 * @param options.isWhole Whether all others are to go.
 */
export function diffNames(
  names: readonly NameChange[],
  { present: { modids, cmdids }, isWhole }: { present: RouteNames; isWhole: boolean },
): NameChange[] {
  const changed = names.filter((change) => nameIn(change, { modids, cmdids }) !== change.name);
  if (!isWhole) return changed;
  const [keptModids, keptCmdids] = [new Set<number>(), new Set<number>()];
  for (const change of names) {
    if ("modid" in change) keptModids.add(change.modid);
    else keptCmdids.add(change.cmdid);
  }
  return [
    ...changed,
    ...[...modids.keys()].filter((id) => !keptModids.has(id)).map((modid) => ({ modid, name: "" })),
    ...[...cmdids.keys()].filter((id) => !keptCmdids.has(id)).map((cmdid) => ({ cmdid, name: "" })),
  ];
}

/** The names that changes take the place of, as changes that bring them back. */
export function namesBefore(names: readonly NameChange[], present: RouteNames): NameChange[] {
  return names.map((change) => ({ ...change, name: nameIn(change, present) ?? "" }));
}

/** The present name of what a change names. */
export function nameIn(change: NameChange, { modids, cmdids }: RouteNames): string | undefined {
  return "modid" in change ? modids.get(change.modid) : cmdids.get(change.cmdid);
}

/** Names that change, a line each; beyond some only how many more there are. */
export function formatNames(names: readonly NameChange[]): string[] {
  const lines = names.slice(0, MAX_NAMED_HOSTS).map((change) => {
    const id = "modid" in change ? `modid ${change.modid}` : `cmdid ${change.cmdid}`;
    return change.name === ""
      ? `${id} loses its name`
      : `${id} is called ${printable(change.name)}`;
  });
  const unnamed = names.length - lines.length;
  return unnamed > 0 ? [...lines, `… and ${countOf(unnamed, "more name")}`] : lines;
}
