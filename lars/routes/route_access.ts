/**
 * The routes in the database as commands use them: the store opened and closed, rows read by the words of a command line,
 * and how a module and its hosts are called.
 *
 * @module
 */

import { formatIpv4, type HostAddress, type ModuleName } from "../../proto/mod.ts";
import {
  type NameChange,
  type OpenOptions,
  openRouteStore,
  type RouteDifference,
  type RouteRow,
  type RouteStore,
} from "../../sql/mod.ts";
import { jsonFlag } from "../cli/arguments.ts";
import { type CommandInput, type Flag, ownCommand } from "../cli/command.ts";
import { storeFlags, storeOf, storeWords } from "../cli/store_flags.ts";
import { tellDns } from "./tell_dns.ts";

/** The options of every command about routes. */
export const routeFlags: Readonly<Record<string, Flag>> = {
  ...storeFlags,
  json: jsonFlag,
};

/**
 * Does something with the routes of the database that the options name.
 *
 * @throws {NoDatabaseError} When there is none: only `up` and `db migrate` make one.
 * @throws {LevelError} When it is to be migrated first.
 */
export function withRouteStore<T>(
  input: CommandInput,
  use: (store: RouteStore) => Promise<T>,
): Promise<T> {
  return withOpened(input, {}, use);
}

/**
 * Reads the routes of the database that the options name, be it migrated or not.
 *
 * @throws {NoDatabaseError} When there is none.
 */
export function readRouteStore<T>(
  input: CommandInput,
  read: (store: RouteStore) => Promise<T>,
): Promise<T> {
  return withOpened(input, { onOldLevel: () => {} }, read);
}

/**
 * Changes the routes of the database that the options name, and tells dns.
 *
 * @throws {NoDatabaseError} When there is none.
 * @throws {LevelError} When it is to be migrated first.
 */
export async function changeRoutes<T>(
  input: CommandInput,
  change: (store: RouteStore) => Promise<T>,
): Promise<T> {
  const changed = await withRouteStore(input, change);
  await tellDns(input);
  return changed;
}

async function withOpened<T>(
  input: CommandInput,
  options: OpenOptions,
  use: (store: RouteStore) => Promise<T>,
): Promise<T> {
  await using store = await openRouteStore(storeOf(input), { ...options, mustExist: true });
  return await use(store);
}

/**
 * The rows of one module, of one modid, or all, as the ids say; by module, and within it in the order in which
 * they are served.
 */
export async function readRows(
  store: RouteStore,
  [modid, cmdid]: readonly number[],
): Promise<RouteRow[]> {
  if (cmdid !== undefined) return await store.readModules([{ modid, cmdid }]);
  const rows: RouteRow[] = [];
  for await (const chunk of store.readAll()) {
    for (const row of chunk) if (modid === undefined || row.modid === modid) rows.push(row);
  }
  return rows.sort((a, b) => a.modid - b.modid || a.cmdid - b.cmdid || a.id - b.id);
}

/** `module (1000, 1)`. */
export function formatModule({ modid, cmdid }: ModuleName): string {
  return `module (${modid}, ${cmdid})`;
}

/** `10.0.0.5:8080`. */
export function formatHost({ ip, port }: HostAddress): string {
  return `${formatIpv4(ip)}:${port}`;
}

/** `weight 100`; a host of weight 0 is not served. */
export function formatWeight(weight: number): string {
  return weight === 0 ? "drained" : `weight ${weight}`;
}

/**
 * The command lines that undo changes: hosts that were removed and weights are brought back, what was added is removed. Rows
 * that cannot be added, since nobody could serve them, are left out.
 */
export function undoLines(differences: readonly RouteDifference[], input: CommandInput): string[] {
  return differences.flatMap(({ modid, cmdid, added, removed, reweighted }) => [
    ...added.length === 0 ? [] : [line(["remove", modid, cmdid, ...added.map(formatHost)])],
    ...groupByWeight(removed.filter(({ port }) => port >= 1 && port <= 65_535))
      .map(([weight, hosts]) =>
        line(["add", modid, cmdid, ...hosts, ...weight === 100 ? [] : ["--weight", weight]])
      ),
    ...groupByWeight(reweighted.map(({ row }) => row))
      .map(([weight, hosts]) => line(["weight", modid, cmdid, ...hosts, weight])),
  ]);

  function line(words: readonly (string | number)[]): string {
    return [ownCommand(), "routes", ...words, ...storeWords(input).map(quote)].join(" ");
  }
}

/** The command lines that give ids their names of before. */
export function undoNameLines(before: readonly NameChange[], input: CommandInput): string[] {
  return before.map((change) => {
    // Names belong to cmdids under every modid.
    const ids = "modid" in change ? [change.modid] : [0, change.cmdid];
    const words = ["name", ...storeWords(input), "--", ...ids.map(String), change.name];
    return [ownCommand(), "routes", ...words.map(quote)].join(" ");
  });
}

/** Command lines that undo a change, below a heading; nothing when there are none. */
export function formatUndo(undo: readonly string[]): string[] {
  return undo.length === 0 ? [] : ["To undo it:", ...undo.map((line) => `  ${line}`)];
}

/** Hosts by their weight, each of them once. */
function groupByWeight(rows: readonly RouteRow[]): [number, string[]][] {
  const groups = new Map<number, Set<string>>();
  for (const row of rows) {
    let hosts = groups.get(row.weight);
    if (hosts === undefined) groups.set(row.weight, hosts = new Set());
    hosts.add(formatHost(row));
  }
  return [...groups].map(([weight, hosts]) => [weight, [...hosts]]);
}

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w.,:=@%/+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** `1 host`, `2 hosts`, `1,000 hosts`. */
export function countOf(count: number, thing: string): string {
  return `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
}
