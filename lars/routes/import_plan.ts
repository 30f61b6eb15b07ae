/**
 * What an import is to do: the changes that a file's routes ask for, and what they come to, told to people.
 *
 * @module
 */

import { ModuleMap } from "../../proto/mod.ts";
import type { NewHost, RouteChange, RouteDifference } from "../../sql/mod.ts";
import { countOf, formatHost, formatModule } from "./route_access.ts";
import type { FileRoute } from "./route_file.ts";

/** Hosts that a preview names; all of them are counted. */
const MAX_NAMED_HOSTS = 40;

/** How many hosts of how many modules an import changes. */
export interface ImportCounts {
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
export function countChanges(differences: readonly RouteDifference[]): ImportCounts {
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

function formatDifference({ added, reweighted, removed }: RouteDifference): string[] {
  return [
    ...removed.map((row) => `- ${formatHost(row)}`),
    ...reweighted.map(({ row, weight }) => `~ ${formatHost(row)} weight ${row.weight} → ${weight}`),
    ...added.map((host) => `+ ${formatHost(host)} weight ${host.weight}`),
  ];
}
