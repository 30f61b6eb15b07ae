/**
 * The commands about routes in the database: `routes list`, `routes add`, `routes remove`, `routes name`. A running dns
 * notices what they change by itself.
 *
 * @module
 */

import { formatIpv4 } from "../../proto/mod.ts";
import { UsageError } from "../../service/mod.ts";
import type { RouteNames, RouteRow } from "../../sql/mod.ts";
import { parseEndpoint, parseId, parseInteger, parseModule } from "../arguments.ts";
import type { Command } from "../command.ts";
import { CommandError } from "../command_error.ts";
import {
  changeRoutes,
  countOf,
  formatHost,
  formatModule,
  readRows,
  routeFlags as flags,
  withRouteStore,
} from "../routes/route_access.ts";
import { formatTable } from "../table.ts";

/** Commands about routes. */
export const routeCommands: readonly Command[] = [
  {
    name: "routes list",
    summary: "List the hosts of all modules, of one modid, or of one module",
    args: ["[MODID]", "[CMDID]"],
    flags,
    examples: ["routes list", "routes list 1000", "routes list 1000 1 --json"],
    async run(input) {
      const { rows, names } = await withRouteStore(input, async (store) => ({
        rows: await readRows(store, input.words),
        names: await store.readNames(),
      }));
      if (input.has("json")) {
        console.log(JSON.stringify(rows.map(({ modid, cmdid, ip, port, weight }) => ({
          modid,
          cmdid,
          modidName: names.modids.get(modid),
          cmdidName: names.cmdids.get(cmdid),
          hostname: formatIpv4(ip),
          port,
          weight,
        }))));
      } else if (rows.length === 0) {
        const [modid, cmdid] = input.words;
        console.log(
          modid === undefined
            ? "There are no routes: add one with `lars routes add MODID CMDID IP:PORT`"
            : `Module ${cmdid === undefined ? modid : `(${modid}, ${cmdid})`} has no routes: ` +
              `add one with \`lars routes add ${modid} ${cmdid ?? "CMDID"} IP:PORT\``,
        );
      } else {
        console.log(formatRows(rows, names).join("\n"));
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
      weight: {
        takes: "N",
        doc: "Their weight: picks are in proportion to it (100 unless given)",
      },
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
      const changed = await changeRoutes(input, (store) => store.addHosts(module, hosts));
      const same = hosts.length - changed;
      if (input.has("json")) console.log(JSON.stringify({ changed }));
      else {
        const were = same > 0 ? `; ${same} ${same === 1 ? "was" : "were"} there already` : "";
        console.log(
          `Added or changed ${countOf(changed, "host")} of ${formatModule(module)}${were}`,
        );
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
      const removed = await changeRoutes(input, (store) => store.removeHosts(module, hosts));
      if (removed === 0) {
        throw new CommandError(
          `Cannot remove from ${formatModule(module)} what it does not have: ` +
            `lars routes list ${module.modid} ${module.cmdid} shows its hosts`,
        );
      }
      if (input.has("json")) console.log(JSON.stringify({ removed }));
      else console.log(`Removed ${countOf(removed, "host")} of ${formatModule(module)}`);
      return 0;
    },
  },
  {
    name: "routes name",
    summary: "Give a modid, or a cmdid, a name for people",
    args: ["MODID", "[CMDID]", "NAME"],
    flags,
    examples: ["routes name 1000 shop", "routes name 1000 1 search"],
    notes: [
      "With CMDID it is the cmdid that is named, and it has that name under every modid: so the database has it.",
      'An empty name ("") takes the name away.',
    ],
    async run(input) {
      const ids = input.words.slice(0, -1).map((word, i) => parseId(["MODID", "CMDID"][i], word));
      const name = input.words.at(-1)!;
      const [modid, cmdid] = ids;
      await withRouteStore(input, async (store) => {
        try {
          await store.setName(cmdid === undefined ? { modid, name } : { cmdid, name });
        } catch (error) {
          if (error instanceof RangeError) throw new UsageError(error.message);
          throw error;
        }
      });
      const named = cmdid === undefined ? { modid } : { cmdid };
      if (input.has("json")) console.log(JSON.stringify({ ...named, name }));
      else {
        const what = cmdid === undefined ? `modid ${modid}` : `cmdid ${cmdid}, under every modid,`;
        console.log(name === "" ? `${what} has no name now` : `${what} is called ${name}`);
      }
      return 0;
    },
  },
];

/** A table of rows, with names where there are any. */
function formatRows(rows: readonly RouteRow[], { modids, cmdids }: RouteNames): string[] {
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
      row.weight,
    ]),
  );
}
