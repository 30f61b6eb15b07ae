/**
 * The commands that carry routes between the database and files: `routes import`, `routes export`.
 *
 * @module
 */

import { isModuleName } from "../../proto/mod.ts";
import { UsageError } from "../../service/mod.ts";
import {
  diffRoutes,
  dropOtherModules,
  type NameChange,
  type RouteChange,
  type RouteDifference,
  type RouteNames,
  type RouteRow,
  type RouteStore,
} from "../../sql/mod.ts";
import { type Command, CommandError, type CommandInput } from "../cli/command.ts";
import { idsOf } from "../routes/module_words.ts";
import { decodeFileText } from "../routes/file_text.ts";
import {
  changeRoutes,
  countOf,
  formatHost,
  formatUndo,
  readRouteStore,
  readRows,
  routeFlags,
  undoLines,
  undoNameLines,
} from "../routes/route_access.ts";
import { formatRoutes, parseRouteFile, type RouteFile } from "../routes/route_file.ts";
import { FILE_COLUMNS, formatOf, RouteFormatError } from "../routes/route_rows.ts";
import {
  countChanges,
  diffNames,
  formatNames,
  formatPreview,
  namesBefore,
  refuseOther,
  toChanges,
} from "../routes/route_plan.ts";
import { storeName, storeOf } from "../cli/store_flags.ts";
import { confirm, yesFlag } from "../cli/confirm.ts";
import { printPieces } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";

const FORMAT_NOTE =
  `The CSV begins with ${FILE_COLUMNS.join()}; the JSON is an array of objects with these keys.`;

/** Of a file where every row is wrong in the same way these are enough. */
const MAX_NAMED_MISTAKES = 100;

/** When more hosts and names change an import says beforehand how it can be undone, and no command lines that do. */
const MAX_UNDO_STEPS = 40;

/** Commands about files of routes. */
export const routeFileCommands: readonly Command[] = [
  {
    name: "routes import",
    summary: "Put the routes of a CSV or JSON file into the database, all of them or none",
    args: ["FILE"],
    flags: {
      ...routeFlags,
      replace: { doc: "Remove all other hosts of the modules in the file" },
      "replace-all": {
        doc: "Remove all hosts that are not in the file, and names if it has any names",
      },
      "dry-run": { doc: "Show what is to change, and change nothing" },
      yes: yesFlag,
    },
    examples: [
      "routes import routes.csv --dry-run",
      "routes import routes.json --replace --yes",
      "routes import routes.csv --replace-all",
      "routes import - --yes",
    ],
    notes: [
      FORMAT_NOTE,
      "Weight and names may be left out: a new host gets weight 100, and what is there keeps its own. Files of " +
      "spreadsheets are taken as they are: columns in any order, separated by comma, semicolon or tab.",
      "FILE may be -, which is standard input: `lars routes export 1000 --config old.conf | lars routes import - --yes`.",
      "Without --replace hosts are added and reweighted, and none are removed. With --replace-all the database holds " +
      "just what the file does, which restores an export. What is to change is shown before it is done.",
    ],
    async run(input) {
      const file = await readRoutes(input.words[0]);
      const isWhole = input.has("replace-all");
      refuseEmpty(file, input);
      const changes = toChanges(file.routes, { isExact: isWhole || input.has("replace") });
      const plan = (store: RouteStore) => planImport(store, { file, changes, isWhole });
      if (input.has("dry-run")) {
        const planned = await readRouteStore(input, plan);
        if (input.has("json")) console.log(JSON.stringify(countsOf(input, planned)));
        else console.log(formatPlan(input, planned).join("\n"));
        return 0;
      }
      const done = await changeRoutes(input, async (store) => {
        const planned = await plan(store);
        if (isNothing(planned)) return planned;
        confirm(formatPlan(input, planned), {
          isWanted: input.has("yes"),
          isShown: !input.has("json"),
        });
        using progress = showProgress();
        await store.changeRoutes(changes, {
          names: planned.names,
          dropsOthers: isWhole,
          onPlanned: (actual) => refuseOther(planned.differences, actual),
          onProgress: ({ doing, done, total }) => {
            const thing = doing === "reading" ? "module" : "row";
            progress.update(`${doing} ${done.toLocaleString("en")} of ${countOf(total, thing)}`);
          },
        });
        return planned;
      });
      const counts = countsOf(input, done);
      const undo = [...undoLines(done.differences, input), ...undoNameLines(done.before, input)];
      if (input.has("json")) console.log(JSON.stringify({ ...counts, undo }));
      else if (isNothing(done)) {
        console.log(`Nothing to do: database ${counts.database} has these routes`);
      } else {
        const what = `${countOf(counts.added, "host")} added, ${counts.reweighted} reweighted, ` +
          `${counts.removed} removed, in ${countOf(counts.modules, "module")}; ` +
          `${countOf(counts.names, "name")} changed`;
        const shown = stepsOf(done) <= MAX_UNDO_STEPS ? formatUndo(undo) : [];
        console.log([`Imported into ${counts.database}: ${what}`, ...shown].join("\n"));
      }
      return 0;
    },
  },
  {
    name: "routes export",
    summary: "Print routes and names as CSV or JSON that can be imported again",
    args: ["[MODID]", "[CMDID]"],
    flags: routeFlags,
    examples: ["routes export", "routes export 1000", "routes export shop search --json"],
    notes: [
      FORMAT_NOTE,
      "`lars routes export > routes.csv`, and later `lars routes import routes.csv --replace-all`, restores all of it: " +
      "modules and names that were added since are removed. --replace restores just the modules in the file.",
    ],
    async run(input) {
      const ids = await idsOf(input, input.words);
      const { rows, names } = await readRouteStore(input, async (store) => ({
        rows: await readRows(store, ids),
        names: await store.readNames(),
      }));
      const servable = servableRows(rows).sort(inOrder);
      const format = input.has("json") ? "json" : "csv";
      printPieces(formatRoutes(servable, { format, names: namesOf(names, { ids, rows }) }));
      const leftOut = rows.length - servable.length;
      if (leftOut > 0) {
        console.error(
          `lars: ${
            countOf(leftOut, "row")
          } left out as dns does not serve them either: they repeat a host, ` +
            "or have an id or port out of range",
        );
      }
      return 0;
    },
  },
];

/** What an import comes to. */
interface ImportPlan {
  differences: RouteDifference[];
  /** Names that change. */
  names: NameChange[];
  /** What they are before. */
  before: NameChange[];
}

async function planImport(
  store: RouteStore,
  { file, changes, isWhole }: {
    file: RouteFile;
    changes: readonly RouteChange[];
    isWhole: boolean;
  },
): Promise<ImportPlan> {
  const present = await store.readNames();
  const names = file.names === undefined ? [] : diffNames(file.names, { present, isWhole });
  const before = namesBefore(names, present);
  if (!isWhole) {
    return { differences: diffRoutes(changes, await store.readModules(changes)), names, before };
  }
  const rows = (await Array.fromAsync(store.readAll())).flat();
  return { differences: diffRoutes(dropOtherModules(changes, rows), rows), names, before };
}

function isNothing({ differences, names }: ImportPlan): boolean {
  return differences.length === 0 && names.length === 0;
}

function countsOf(input: CommandInput, { differences, names }: ImportPlan) {
  const database = storeName(storeOf(input));
  return { database, ...countChanges(differences), names: names.length };
}

/** How many hosts and names change. */
function stepsOf({ differences, names }: ImportPlan): number {
  const { added, reweighted, removed } = countChanges(differences);
  return added + reweighted + removed + names.length;
}

function formatPlan(input: CommandInput, plan: ImportPlan): string[] {
  const { differences, names } = plan;
  return [
    `Database ${storeName(storeOf(input))}:`,
    ...formatPreview(differences),
    ...formatNames(names),
    ...stepsOf(plan) <= MAX_UNDO_STEPS ? [] : [
      "To be able to undo it, `lars routes export > before.csv` first: " +
      "`lars routes import before.csv --replace-all` brings all of it back",
    ],
  ];
}

/**
 * Makes sure that a file that holds nothing, as one that was cut off may, does not take everything away unasked.
 *
 * @throws {UsageError} When it would.
 */
function refuseEmpty({ routes, names = [] }: RouteFile, input: CommandInput): void {
  if (routes.length + names.length > 0 || !input.has("replace-all")) return;
  if (input.has("yes") || input.has("dry-run")) return;
  throw new UsageError(
    `Cannot replace all routes by ${
      nameOf(input.words[0])
    } as it holds none: add --yes to remove every host and ` +
      "name. Nothing was changed",
  );
}

/** All names, or where ids are given those that go with the rows, and of the modid. */
function namesOf(
  names: RouteNames,
  { ids: [modid], rows }: { ids: readonly number[]; rows: readonly RouteRow[] },
): RouteNames {
  const cmdids = new Set(rows.map(({ cmdid }) => cmdid));
  const isAll = modid === undefined;
  return {
    modids: sorted([...names.modids].filter(([id]) => isAll || id === modid)),
    cmdids: sorted([...names.cmdids].filter(([id]) => isAll || cmdids.has(id))),
  };
}

function sorted(names: [number, string][]): Map<number, string> {
  return new Map(names.sort(([a], [b]) => a - b));
}

/** By module and address, not by when they were added: what was undone is exported as it was before. */
function inOrder(a: RouteRow, b: RouteRow): number {
  return a.modid - b.modid || a.cmdid - b.cmdid || a.ip - b.ip || a.port - b.port;
}

function nameOf(path: string): string {
  return path === "-" ? "standard input" : path;
}

/**
 * The routes of a file, or of standard input.
 *
 * @throws {UsageError} When there is no such file, or it is of another kind.
 * @throws {CommandError} When rows are wrong, with a line for each.
 */
async function readRoutes(path: string): Promise<RouteFile> {
  const name = nameOf(path);
  const text = await readText(path);
  try {
    const file = parseRouteFile(text, formatOf(path, text));
    const { routes, mistakes } = file;
    if (mistakes.length === 0) return file;
    const total = routes.length + mistakes.length;
    const unnamed = mistakes.length - MAX_NAMED_MISTAKES;
    throw new CommandError([
      ...mistakes.slice(0, MAX_NAMED_MISTAKES).map((mistake) => `${name}:${mistake}`),
      ...unnamed > 0 ? [`… and ${countOf(unnamed, "more row")} like these`] : [],
      `Cannot import ${name} as ${mistakes.length.toLocaleString("en")} of ${
        countOf(total, "row")
      } must be mended first: ` +
      "nothing was changed",
    ]);
  } catch (error) {
    if (!(error instanceof RouteFormatError)) throw error;
    throw new UsageError(`Cannot import ${name} as ${error.message}`);
  }
}

async function readText(path: string): Promise<string> {
  try {
    const bytes = path === "-"
      ? await new Response(Deno.stdin.readable).bytes()
      : await Deno.readFile(path);
    return decodeFileText(bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : error.message;
    throw new UsageError(`Cannot import ${nameOf(path)} as it cannot be read: ${reason}`);
  }
}

/** Of sorted rows those that dns serves: of equal hosts the first, and none that is out of range. */
function servableRows(rows: readonly RouteRow[]): RouteRow[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const key = `${row.modid} ${row.cmdid} ${formatHost(row)}`;
    const isServable = isModuleName(row) && row.port >= 1 && row.port <= 65_535;
    if (!isServable || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
