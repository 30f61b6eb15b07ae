/**
 * The commands about routes in the database: `routes list`, `routes add`, `routes remove`. A running dns notices what
 * they change by itself.
 *
 * @module
 */

import { formatIpv4, type ModuleName } from "../../proto/mod.ts";
import { openRouteStore, type RouteRow, type RouteStore } from "../../sql/mod.ts";
import { parseEndpoint, parseId, parseInteger, parseModule } from "../arguments.ts";
import type { Command, CommandInput } from "../command.ts";
import { CommandError } from "../command_error.ts";
import { storeFlags, storeOf } from "../store_flags.ts";
import { formatTable } from "../table.ts";

const flags = { ...storeFlags, json: { doc: "Print JSON" } };

const COLUMNS = [
  { heading: "modid", isNumber: true },
  { heading: "cmdid", isNumber: true },
  { heading: "host" },
  { heading: "weight", isNumber: true },
];

/** Commands about routes. */
export const routeCommands: readonly Command[] = [
  {
    name: "routes list",
    summary: "List the hosts of all modules, of one modid, or of one module",
    args: ["[MODID]", "[CMDID]"],
    flags,
    examples: ["routes list", "routes list 1000", "routes list 1000 1 --json"],
    async run(input) {
      const wanted = input.words.map((word, i) => parseId(["MODID", "CMDID"][i], word));
      const rows = await withRouteStore(input, (store) => readRows(store, wanted));
      if (input.has("json")) {
        console.log(JSON.stringify(rows.map(({ modid, cmdid, ip, port, weight }) => ({
          modid,
          cmdid,
          hostname: formatIpv4(ip),
          port,
          weight,
        }))));
      } else if (rows.length === 0) {
        console.log("There are no routes: add one with `lars routes add MODID CMDID IP:PORT`");
      } else {
        const cells = rows.map(({ modid, cmdid, ip, port, weight }) => [
          modid,
          cmdid,
          `${formatIpv4(ip)}:${port}`,
          weight,
        ]);
        console.log(formatTable(COLUMNS, cells).join("\n"));
      }
      return 0;
    },
  },
  {
    name: "routes add",
    summary: "Add hosts to a module, or give hosts that it has another weight",
    args: ["MODID", "CMDID", "IP:PORT…"],
    flags: {
      ...flags,
      weight: { takes: "N", doc: "Their relative share of the picks (100 unless given)" },
    },
    examples: [
      "routes add 1000 1 10.0.0.5:8080 10.0.0.6:8080",
      "routes add 1000 1 10.0.0.7:8080 --weight 50",
    ],
    async run(input) {
      const module = parseModule(input.words);
      const range = { name: "--weight", min: 1, max: 2 ** 32 - 1 };
      const weight = parseInteger(input.value("weight") ?? "100", range);
      const hosts = input.words.slice(2).map(parseEndpoint)
        .map(({ ip, port }) => ({ ip, port, weight }));
      const changed = await withRouteStore(input, (store) => store.addHosts(module, hosts));
      const same = hosts.length - changed;
      if (input.has("json")) console.log(JSON.stringify({ changed }));
      else {
        const were = same > 0 ? `; ${same} ${same === 1 ? "was" : "were"} there already` : "";
        console.log(`Added or changed ${count(changed)} of ${nameOf(module)}${were}`);
      }
      return 0;
    },
  },
  {
    name: "routes remove",
    summary: "Remove hosts of a module, or the whole module",
    args: ["MODID", "CMDID", "[IP:PORT…]"],
    flags,
    examples: ["routes remove 1000 1 10.0.0.5:8080", "routes remove 1000 1"],
    async run(input) {
      const module = parseModule(input.words);
      const words = input.words.slice(2);
      const hosts = words.length === 0 ? undefined : words.map(parseEndpoint);
      const removed = await withRouteStore(input, (store) => store.removeHosts(module, hosts));
      if (removed === 0) {
        throw new CommandError(
          `Cannot remove from ${nameOf(module)} what it does not have: ` +
            `lars routes list ${module.modid} ${module.cmdid} shows its hosts`,
        );
      }
      if (input.has("json")) console.log(JSON.stringify({ removed }));
      else console.log(`Removed ${count(removed)} of ${nameOf(module)}`);
      return 0;
    },
  },
];

async function withRouteStore<T>(
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

/** The rows of one module, of one modid, or all; by module, and within it in the order in which they are served. */
async function readRows(
  store: RouteStore,
  [modid, cmdid]: readonly number[],
): Promise<RouteRow[]> {
  if (cmdid !== undefined) return await store.readModules([{ modid, cmdid }]);
  const rows: RouteRow[] = [];
  for await (const batch of store.readAll()) {
    rows.push(...batch.filter((row) => modid === undefined || row.modid === modid));
  }
  return rows.sort((a, b) => a.modid - b.modid || a.cmdid - b.cmdid || a.id - b.id);
}

function nameOf({ modid, cmdid }: ModuleName): string {
  return `module (${modid}, ${cmdid})`;
}

function count(hosts: number): string {
  return `${hosts} ${hosts === 1 ? "host" : "hosts"}`;
}
