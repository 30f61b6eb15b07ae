/**
 * The commands that carry routes between the database and files: `routes import`, `routes export`.
 *
 * @module
 */

import { isModuleName } from "../../proto/mod.ts";
import { UsageError } from "../../service/mod.ts";
import { diffRoutes, type RouteDifference, type RouteRow } from "../../sql/mod.ts";
import type { Command, CommandInput } from "../command.ts";
import { CommandError } from "../command_error.ts";
import { countChanges, formatPreview, toChanges } from "../routes/import_plan.ts";
import {
  changeRoutes,
  countOf,
  formatHost,
  readRows,
  routeFlags,
  withRouteStore,
} from "../routes/route_access.ts";
import {
  type FileRoute,
  formatOf,
  formatRoutes,
  parseRouteFile,
  ROUTE_COLUMNS,
  RouteFormatError,
} from "../routes/route_file.ts";
import { askYesNo, canAsk, printPieces, showProgress } from "../terminal.ts";

const FORMAT_NOTE =
  `The CSV begins with ${ROUTE_COLUMNS.join()}; the JSON is an array of objects with these keys.`;

/** Commands about files of routes. */
export const routeFileCommands: readonly Command[] = [
  {
    name: "routes import",
    summary: "Put the routes of a CSV or JSON file into the database, all of them or none",
    args: ["FILE"],
    flags: {
      ...routeFlags,
      replace: { doc: "Remove all other hosts of the modules in the file" },
      yes: { doc: "Do it without asking; needed where there is no terminal to ask on" },
    },
    examples: [
      "routes import routes.csv",
      "routes import routes.json --replace --yes",
      "routes import - --yes",
    ],
    notes: [
      FORMAT_NOTE,
      "FILE may be -, which is standard input: `lars routes export 1000 --config old.conf | lars routes import - --yes`.",
      "The weight may be left out: a new host gets 100, one that is there keeps its own. Modules that are not in",
      "the file stay as they are. What is to change is shown before it is done.",
    ],
    async run(input) {
      const routes = await readRoutes(input.words[0]);
      const changes = toChanges(routes, { isExact: input.has("replace") });
      const differences = await changeRoutes(input, async (store) => {
        const planned = diffRoutes(changes, await store.readModules(changes));
        if (planned.length === 0) return planned;
        confirm(planned, input);
        using progress = showProgress();
        return await store.changeRoutes(changes, {
          onProgress: ({ doing, done, total }) => {
            const thing = doing === "reading" ? "module" : "row";
            progress.update(`${doing} ${done.toLocaleString("en")} of ${countOf(total, thing)}`);
          },
        });
      });
      const counts = countChanges(differences);
      if (input.has("json")) console.log(JSON.stringify(counts));
      else if (counts.modules === 0) console.log("Nothing to do: the database has these routes");
      else {
        console.log(
          `Imported: ${countOf(counts.added, "host")} added, ${counts.reweighted} reweighted, ` +
            `${counts.removed} removed, in ${countOf(counts.modules, "module")}`,
        );
      }
      return 0;
    },
  },
  {
    name: "routes export",
    summary: "Print routes as CSV or JSON that can be imported again",
    args: ["[MODID]", "[CMDID]"],
    flags: routeFlags,
    examples: ["routes export", "routes export 1000", "routes export 1000 1 --json"],
    notes: [
      FORMAT_NOTE,
      "`lars routes export > routes.csv`, and later `lars routes import routes.csv --replace`, brings it all back.",
    ],
    async run(input) {
      const rows = await withRouteStore(input, (store) => readRows(store, input.words));
      const servable = servableRows(rows);
      printPieces(formatRoutes(servable, input.has("json") ? "json" : "csv"));
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

/**
 * The routes of a file, or of standard input.
 *
 * @throws {UsageError} When there is no such file, or it is of another kind.
 * @throws {CommandError} When rows are wrong, with a line for each.
 */
async function readRoutes(path: string): Promise<FileRoute[]> {
  const name = path === "-" ? "standard input" : path;
  const text = await readText(path);
  try {
    const { routes, mistakes } = parseRouteFile(text, formatOf(path, text));
    if (mistakes.length === 0) return routes;
    const total = routes.length + mistakes.length;
    throw new CommandError([
      ...mistakes.map((mistake) => `${name}:${mistake}`),
      `Cannot import ${name} as ${mistakes.length} of ${
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
  if (path === "-") return await new Response(Deno.stdin.readable).text();
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : error.message;
    throw new UsageError(`Cannot import ${path} as it cannot be read: ${reason}`);
  }
}

/**
 * Shows what is to change, and goes on when that is wanted.
 *
 * @throws {UsageError} When it is not said and there is nobody to ask.
 * @throws {CommandError} When the answer is no.
 */
function confirm(planned: readonly RouteDifference[], input: CommandInput): void {
  const isWanted = input.has("yes");
  if (!isWanted || !input.has("json")) console.error(formatPreview(planned).join("\n"));
  if (isWanted) return;
  if (!canAsk()) {
    throw new UsageError("Cannot ask whether to do this as there is no terminal: add --yes");
  }
  if (!askYesNo("Do this?")) throw new CommandError("Nothing was changed");
}

/** Of sorted rows those that dns serves: of equal hosts the first, and none that is out of range. */
function servableRows(rows: readonly RouteRow[]): RouteRow[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const key = `${row.modid} ${row.cmdid} ${formatHost(row)}`;
    const isServable = isModuleName(row) && row.port >= 1 && row.port <= 65_535 && row.weight >= 1;
    if (!isServable || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
