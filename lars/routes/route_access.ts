/**
 * The routes in the database as commands use them: the store opened and closed, rows read by the words of a command line,
 * and how a module and its hosts are called.
 *
 * @module
 */

import { formatIpv4, type HostAddress, type ModuleName } from "../../proto/mod.ts";
import { openRouteStore, type RouteRow, type RouteStore } from "../../sql/mod.ts";
import { parseId } from "../arguments.ts";
import type { CommandInput, Flag } from "../command.ts";
import { storeFlags, storeOf } from "../store_flags.ts";
import { tellDns } from "./tell_dns.ts";

/** The options of every command about routes. */
export const routeFlags: Readonly<Record<string, Flag>> = {
  ...storeFlags,
  json: { doc: "Print JSON" },
};

/** Does something with the routes of the database that the options name. */
export async function withRouteStore<T>(
  input: CommandInput,
  use: (store: RouteStore) => Promise<T>,
): Promise<T> {
  const store = await openRouteStore(storeOf(input));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Changes the routes of the database that the options name, and tells dns. */
export async function changeRoutes<T>(
  input: CommandInput,
  change: (store: RouteStore) => Promise<T>,
): Promise<T> {
  const changed = await withRouteStore(input, change);
  await tellDns(input);
  return changed;
}

/**
 * The rows of one module, of one modid, or all, as `[MODID [CMDID]]` says; by module, and within it in the order in which
 * they are served.
 */
export async function readRows(store: RouteStore, words: readonly string[]): Promise<RouteRow[]> {
  const [modid, cmdid] = words.map((word, i) => parseId(["MODID", "CMDID"][i], word));
  if (cmdid !== undefined) return await store.readModules([{ modid, cmdid }]);
  const rows: RouteRow[] = [];
  for await (const batch of store.readAll()) {
    for (const row of batch) if (modid === undefined || row.modid === modid) rows.push(row);
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

/** `1 host`, `2 hosts`, `1,000 hosts`. */
export function countOf(count: number, thing: string): string {
  return `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
}
