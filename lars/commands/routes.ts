/**
 * The commands about routes in the database: `routes list`, `routes add`, `routes weight`, `routes drain`, `routes remove`,
 * `routes name`. A running dns notices what they change by itself.
 *
 * @module
 */

import type { HostAddress } from "../../proto/mod.ts";
import { UsageError } from "../../service/mod.ts";
import {
  diffRoutes,
  type RouteChange,
  type RouteDifference,
  type RouteRow,
  type RouteStore,
} from "../../sql/mod.ts";
import { parseAddress, parseInteger } from "../cli/arguments.ts";
import { type Command, CommandError, type CommandInput } from "../cli/command.ts";
import { idsOf, isNumber, moduleOf } from "../routes/module_words.ts";
import {
  changeRoutes,
  countOf,
  formatHost,
  formatModule,
  formatUndo,
  readRouteStore,
  readRows,
  routeFlags as flags,
  undoNameLines,
  withRouteStore,
} from "../routes/route_access.ts";
import { formatPreview, refuseOther } from "../routes/route_plan.ts";
import { formatNoRows, formatRows, printChanges, rowJson } from "../routes/route_report.ts";
import { storeName, storeOf } from "../cli/store_flags.ts";
import { printable } from "../terminal/table.ts";
import { confirm, yesFlag } from "../cli/confirm.ts";

const WEIGHT_RANGE = { min: 0, max: 2 ** 32 - 1 };

const ORIGINAL_NOTE =
  "A dns of the C++ Lars knows no weights and serves drained hosts like others: remove them there.";

/** Commands about routes. */
export const routeCommands: readonly Command[] = [
  {
    name: "routes list",
    summary: "List the hosts of all modules, of one modid, or of one module",
    args: ["[MODID]", "[CMDID]"],
    flags,
    examples: ["routes list", "routes list 1000", "routes list shop search --json"],
    async run(input) {
      const ids = await idsOf(input, input.words);
      const { rows, names } = await readRouteStore(input, async (store) => ({
        rows: await readRows(store, ids),
        names: await store.readNames(),
      }));
      if (input.has("json")) console.log(JSON.stringify(rows.map((row) => rowJson(row, names))));
      else if (rows.length === 0) console.log(formatNoRows(ids));
      else console.log(formatRows(rows, names).join("\n"));
      return 0;
    },
  },
  {
    name: "routes add",
    summary: "Add hosts to a module; those that it has stay as they are",
    args: ["MODID", "CMDID", "IP:PORT…"],
    flags: {
      ...flags,
      weight: {
        takes: "N",
        doc: "Their weight: picks are in proportion to it, and 0 is drained (100 unless given)",
      },
    },
    examples: [
      "routes add 1000 1 10.0.0.5:8080 10.0.0.6:8080",
      "routes add shop search 10.0.0.7:8080 --weight 50",
    ],
    notes: [
      "The exit code is 1 when a host was there already with another weight than --weight asks for.",
    ],
    async run(input) {
      const module = await moduleOf(input);
      const wanted = input.value("weight");
      const weight = parseWeight(wanted ?? "100", "--weight");
      const hosts = parseHosts(input.words.slice(2)).map((host) => ({ ...host, weight }));
      const { differences, rows } = await changeRoutes(input, async (store) => ({
        differences: await store.changeRoutes([{ ...module, put: hosts, only: "new" }]),
        rows: await store.readModules([module]),
      }));
      const unchanged = rowsOf(hosts, rows).filter((row) =>
        !differences.some(({ added }) => added.some((host) => isSameHost(host, row)))
      );
      printChanges(input, { module, differences, unchanged });
      const others = unchanged.filter((row) => row.weight !== weight);
      if (wanted === undefined || others.length === 0) return 0;
      const { modid, cmdid } = module;
      throw new CommandError(
        `Cannot give ${countOf(others.length, "host")} weight ${weight} by adding what is there ` +
          `already: \`lars routes weight ${modid} ${cmdid} ${
            others.map(formatHost).join(" ")
          } ${weight}\` does`,
      );
    },
  },
  {
    name: "routes weight",
    summary: "Give hosts of a module another weight",
    args: ["MODID", "CMDID", "IP:PORT…", "WEIGHT"],
    flags,
    examples: ["routes weight 1000 1 10.0.0.5:8080 10.0.0.6:8080 50"],
    notes: [
      "Picks are in proportion to the weights. 100 is ordinary, 0 is drained.",
      ORIGINAL_NOTE,
    ],
    async run(input) {
      const weight = parseWeight(input.words.at(-1)!, "WEIGHT");
      return await reweight(input, { hosts: input.words.slice(2, -1), weight });
    },
  },
  {
    name: "routes drain",
    summary: "Take hosts out of service and keep them: their weight becomes 0",
    args: ["[MODID]", "[CMDID]", "IP:PORT…"],
    flags: { ...flags, yes: yesFlag },
    examples: [
      "routes drain 1000 1 10.0.0.5:8080",
      "routes drain 10.0.0.5:8080 --yes",
    ],
    notes: [
      "Without MODID and CMDID the hosts are drained in every module that has them, once you confirm.",
      "`lars routes weight` gives a weight back: what is printed says which.",
      ORIGINAL_NOTE,
    ],
    async run(input) {
      if (input.words[0].includes(":")) return await drainEverywhere(input);
      if (input.words.length < 3) {
        throw new UsageError(
          "Cannot drain without hosts: give IP:PORT behind MODID and CMDID, or alone to drain it in all modules",
        );
      }
      return await reweight(input, { hosts: input.words.slice(2), weight: 0 });
    },
  },
  {
    name: "routes remove",
    summary: "Remove hosts of a module, or, once you confirm, the whole module",
    args: ["MODID", "CMDID", "[IP:PORT…]"],
    flags: { ...flags, yes: yesFlag },
    examples: ["routes remove 1000 1 10.0.0.5:8080", "routes remove 1000 1 --yes"],
    notes: [
      "The commands that bring back what was removed are printed. `lars routes drain` keeps it, and has it not served.",
    ],
    async run(input) {
      const module = await moduleOf(input);
      const words = input.words.slice(2);
      const isWhole = words.length === 0;
      const hosts = parseHosts(words);
      const change: RouteChange = { ...module, drop: isWhole ? "others" : hosts };
      const { differences, rows } = await changeRoutes(input, async (store) => {
        const rows = await store.readModules([module]);
        const planned = diffRoutes([change], rows);
        if (planned.length === 0) {
          throw new CommandError(
            `Cannot remove from ${formatModule(module)} what it does not have: ` +
              `\`lars routes list ${module.modid} ${module.cmdid}\` shows its hosts`,
          );
        }
        const differences = isWhole
          ? await changeAsked(input, { store, changes: [change], planned })
          : await store.changeRoutes([change]);
        return { differences, rows };
      });
      printChanges(input, {
        module,
        differences,
        absent: hosts.filter((host) => !rows.some((row) => isSameHost(host, row))),
        servedLeft: rows.some((row) =>
          row.weight > 0 && !isWhole && !hosts.some((host) => isSameHost(host, row))
        ),
      });
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
      'An empty name ("") takes the name away. Commands that take ids take names, too.',
    ],
    async run(input) {
      const name = input.words.at(-1)!;
      const [modid, cmdid] = await idsOf(input, input.words.slice(0, -1));
      const kind = cmdid === undefined ? "modid" : "cmdid";
      const id = cmdid ?? modid;
      const { before, others } = await withRouteStore(input, async (store) => {
        const names = (await store.readNames())[`${kind}s`];
        try {
          await store.setName(kind === "modid" ? { modid: id, name } : { cmdid: id, name });
        } catch (error) {
          if (error instanceof RangeError) throw new UsageError(error.message);
          throw error;
        }
        const others = [...names].filter(([other, called]) => other !== id && called === name);
        return { before: names.get(id) ?? "", others: others.map(([other]) => other) };
      });
      const database = storeName(storeOf(input));
      const undone = kind === "modid" ? { modid: id, name: before } : { cmdid: id, name: before };
      const undo = before === name ? [] : undoNameLines([undone], input);
      if (input.has("json")) {
        console.log(JSON.stringify({ database, [kind]: id, name, before, undo }));
      } else {
        const what = kind === "modid" ? `modid ${id}` : `cmdid ${id}, under every modid,`;
        const now = name === "" ? "has no name now" : `is called ${printable(name)}`;
        const was = before === name
          ? ", as before"
          : before === ""
          ? ""
          : `; it was ${printable(before)}`;
        console.log([`Database ${database}: ${what} ${now}${was}`, ...formatUndo(undo)].join("\n"));
      }
      if (name !== "") warnOfName(name, { kind, others });
      return 0;
    },
  },
];

/** Tells when a name cannot stand for its id on a command line. */
function warnOfName(
  name: string,
  { kind, others }: { kind: string; others: readonly number[] },
): void {
  if (isNumber(name)) {
    console.error(`lars: Commands take ${name} as a ${kind} itself, not as a name: it is a number`);
  } else if (others.length > 0) {
    console.error(
      `lars: Commands refuse ${name} as a name: ${kind} ${others.join(", ")} has it, too`,
    );
  }
}

function parseWeight(text: string, name: string): number {
  return parseInteger(text, { name, ...WEIGHT_RANGE });
}

/** Each host once. */
function parseHosts(words: readonly string[]): HostAddress[] {
  return [...new Map(words.map(parseAddress).map((host) => [formatHost(host), host])).values()];
}

/** The rows of some hosts. */
function rowsOf(hosts: readonly HostAddress[], rows: readonly RouteRow[]): RouteRow[] {
  return rows.filter((row) => hosts.some((host) => isSameHost(host, row)));
}

function isSameHost(a: HostAddress, b: HostAddress): boolean {
  return a.ip === b.ip && a.port === b.port;
}

/** Gives hosts of the module that the words name another weight, all of them or none. */
async function reweight(
  input: CommandInput,
  { hosts: words, weight }: { hosts: readonly string[]; weight: number },
): Promise<number> {
  const module = await moduleOf(input);
  const hosts = parseHosts(words);
  const { differences, rows } = await changeRoutes(input, async (store) => {
    const rows = await store.readModules([module]);
    const missing = hosts.filter((host) => !rows.some((row) => isSameHost(host, row)));
    if (missing.length > 0) {
      const { modid, cmdid } = module;
      throw new CommandError(
        `Cannot reweight ${missing.map(formatHost).join(", ")} as ${
          formatModule(module)
        } does not ` +
          `have it: \`lars routes list ${modid} ${cmdid}\` shows its hosts. Nothing was changed`,
      );
    }
    const put = hosts.map((host) => ({ ...host, weight }));
    return { differences: await store.changeRoutes([{ ...module, put, only: "present" }]), rows };
  });
  const changed = new Set(
    differences.flatMap(({ reweighted }) => reweighted.map(({ row }) => row.id)),
  );
  printChanges(input, {
    module,
    differences,
    unchanged: rowsOf(hosts, rows).filter(({ id }) => !changed.has(id)),
    servedLeft: weight > 0 || rows.some((row) => row.weight > 0 && !changed.has(row.id)),
  });
  return 0;
}

/** Drains hosts in every module that has them. */
async function drainEverywhere(input: CommandInput): Promise<number> {
  const hosts = parseHosts(input.words);
  const differences = await changeRoutes(input, async (store) => {
    const changes: RouteChange[] = [];
    for (const row of rowsOf(hosts, await readRows(store, []))) {
      const { modid, cmdid } = row;
      const last = changes.at(-1);
      const put = [{ ip: row.ip, port: row.port, weight: 0 }];
      if (last?.modid === modid && last.cmdid === cmdid) last.put = [...last.put!, ...put];
      else changes.push({ modid, cmdid, put, only: "present" });
    }
    if (changes.length === 0) {
      throw new CommandError(
        `Cannot drain ${
          hosts.map(formatHost).join(", ")
        } as no module has it: \`lars routes list\` shows ` +
          "what there is",
      );
    }
    const planned = diffRoutes(changes, await store.readModules(changes));
    if (planned.length === 0) return planned;
    return await changeAsked(input, { store, changes, planned });
  });
  printChanges(input, { differences });
  return 0;
}

/** Changes routes when that is wanted, and only as it was shown. */
async function changeAsked(
  input: CommandInput,
  { store, changes, planned }: {
    store: RouteStore;
    changes: readonly RouteChange[];
    planned: readonly RouteDifference[];
  },
): Promise<RouteDifference[]> {
  const plan = [`Database ${storeName(storeOf(input))}:`, ...formatPreview(planned)];
  confirm(plan, { isWanted: input.has("yes"), isShown: false });
  return await store.changeRoutes(changes, { onPlanned: (actual) => refuseOther(planned, actual) });
}
