/**
 * Routes in a file, and the names of their ids: what its rows (route_rows.ts) mean, and every mistake in them. What they are
 * to do in the database is not its business.
 *
 * @module
 */

import {
  formatIpv4,
  type HostAddress,
  MAX_MODULE_ID,
  ModuleMap,
  type ModuleName,
  parseIpv4,
} from "../../proto/mod.ts";
import type { NameChange, RouteNames } from "../../sql/mod.ts";
import {
  csvFile,
  csvText,
  jsonFile,
  jsonText,
  type RouteFormat,
  type Values,
} from "./route_rows.ts";

/** The database's column for names takes so many. */
const MAX_NAME_LENGTH = 255;

/** A host of a module, as a file has it. */
export interface FileRoute extends ModuleName, HostAddress {
  /** Relative share of the picks, where the file gives one; 0 is drained. */
  weight?: number;
}

/** What a text holds. */
export interface RouteFile {
  /** Its good rows, in order. */
  routes: FileRoute[];
  /** The names that it gives, each id once; undefined where it has no place for names. */
  names: NameChange[] | undefined;
  /** What is wrong with the other rows, a line each: `12: port must be …`. */
  mistakes: string[];
}

/**
 * Reads routes.
 *
 * @throws {RouteFormatError} When it is not a text of that format at all.
 */
export function parseRouteFile(text: string, format: RouteFormat): RouteFile {
  const { rows, hasNames } = format === "csv" ? csvFile(text) : jsonFile(text);
  const routes: FileRoute[] = [];
  const mistakes: string[] = [];
  const lines = new ModuleMap<Map<string, number>>();
  const names = { modid: new Map<number, Named>(), cmdid: new Map<number, Named>() };
  for (const row of rows) {
    const why = "mistake" in row ? [row.mistake] : take(row.values, row.line);
    if (why.length > 0) mistakes.push(`${row.line}: ${why.join("; ")}`);
  }
  const changes = [
    ...Array.from(names.modid, ([modid, { name }]) => ({ modid, name })),
    ...Array.from(names.cmdid, ([cmdid, { name }]) => ({ cmdid, name })),
  ];
  return { routes, names: hasNames ? changes : undefined, mistakes };

  /** Takes a row, or says what is wrong with it. */
  function take(values: Values, line: number): string[] {
    const { modidName, cmdidName } = values;
    const why = [
      ...takeName("modid", { id: values.modid, name: modidName, line }),
      ...takeName("cmdid", { id: values.cmdid, name: cmdidName, line }),
    ];
    const isNameAlone = (modidName ?? cmdidName) !== undefined &&
      (values.ip ?? values.port) === undefined;
    if (isNameAlone) return why;
    const route = toRoute(values);
    if (Array.isArray(route)) return [...route, ...why];
    why.push(...whyRepeated(route, line));
    if (why.length === 0) routes.push(route);
    return why;
  }

  function takeName(
    kind: "modid" | "cmdid",
    { id: idValue, name, line }: { id: unknown; name: unknown; line: number },
  ): string[] {
    if (name === undefined) return [];
    const id = toInteger(idValue);
    const wrongId = whyNoInteger(kind, id, { min: 0, max: MAX_MODULE_ID });
    // Where there is a host as well, the id is looked at with it.
    if (wrongId.length > 0) return idValue === undefined ? wrongId : [];
    if (typeof name !== "string" || [...name].length > MAX_NAME_LENGTH) {
      return [mistake(`${kind}Name`, `a text of at most ${MAX_NAME_LENGTH} characters`, name)];
    }
    const known = names[kind].get(id as number);
    if (known !== undefined && known.name !== name) {
      return [`${kind} ${id} is called ${known.name} in line ${known.line} already: it is ${name}`];
    }
    if (known === undefined) names[kind].set(id as number, { name, line });
    return [];
  }

  function whyRepeated({ modid, cmdid, ip, port }: FileRoute, line: number): string[] {
    let hosts = lines.get(modid, cmdid);
    if (hosts === undefined) lines.set(modid, cmdid, hosts = new Map());
    const host = `${formatIpv4(ip)}:${port}`;
    const first = hosts.get(host);
    if (first !== undefined) {
      return [`module (${modid}, ${cmdid}) has ${host} in line ${first} already`];
    }
    hosts.set(host, line);
    return [];
  }
}

/** A name, and where it was given first. */
interface Named {
  name: string;
  line: number;
}

/** Writes routes and names, in pieces: a text of all of them may be large. An id without a route has a row for its name. */
export function* formatRoutes(
  routes: readonly Required<FileRoute>[],
  { format, names }: { format: RouteFormat; names: RouteNames },
): Generator<string> {
  const modids = new Set(routes.map(({ modid }) => modid));
  const cmdids = new Set(routes.map(({ cmdid }) => cmdid));
  const rows = function* (): Generator<Values> {
    for (const { modid, cmdid, ip, port, weight } of routes) {
      const [modidName, cmdidName] = [names.modids.get(modid), names.cmdids.get(cmdid)];
      yield { modid, cmdid, ip: formatIpv4(ip), port, weight, modidName, cmdidName };
    }
    for (const [modid, modidName] of names.modids) {
      if (!modids.has(modid)) yield { modid, modidName };
    }
    for (const [cmdid, cmdidName] of names.cmdids) {
      if (!cmdids.has(cmdid)) yield { cmdid, cmdidName };
    }
  };
  yield* format === "csv" ? csvText(rows()) : jsonText(rows());
}

/** A row's values as a route, or what is wrong with them. */
function toRoute(values: Values): FileRoute | string[] {
  const address = typeof values.ip === "string" ? parseIpv4(values.ip) : undefined;
  const [modid, cmdid, port] = [values.modid, values.cmdid, values.port].map(toInteger);
  const weight = values.weight === undefined ? undefined : toInteger(values.weight);
  const mistakes = [
    ...whyNoInteger("modid", modid, { min: 0, max: MAX_MODULE_ID }),
    ...whyNoInteger("cmdid", cmdid, { min: 0, max: MAX_MODULE_ID }),
    ...address === undefined ? [mistake("ip", "an IPv4 address such as 10.0.0.5", values.ip)] : [],
    ...whyNoInteger("port", port, { min: 1, max: 65_535 }),
    ...weight === undefined ? [] : whyNoInteger("weight", weight, { min: 0, max: 0xffff_ffff }),
  ];
  if (mistakes.length > 0) return mistakes;
  const route = { modid, cmdid, ip: address, port } as FileRoute;
  return weight === undefined ? route : { ...route, weight: weight as number };
}

/** A number as a spreadsheet writes it, `1000` or `1000.0`, as an integer; what may be meant in two ways stays a text. */
function toInteger(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const [, digits] = /^(\d{1,15})(?:[.,](?:0{1,2}|0{4,}))?$/.exec(value) ?? [];
  return digits === undefined ? value : Number(digits);
}

function whyNoInteger(
  name: string,
  value: unknown,
  { min, max }: { min: number; max: number },
): string[] {
  const isGood = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  return isGood ? [] : [mistake(name, `an integer ${min} … ${max}`, value) + adviceOn(value)];
}

/** How to mend a number that was formatted for people. */
function adviceOn(value: unknown): string {
  if (typeof value !== "string") return "";
  return /^\d{1,3}([.,'’\s]\d{3})+([.,]\d+)?$|^\d+([.,]\d+)?e[+-]?\d+$/i.test(value)
    ? ", formatted for people: have the spreadsheet show plain numbers"
    : "";
}

function mistake(name: string, must: string, value: unknown): string {
  const current = value === undefined ? "it is missing" : `it is ${JSON.stringify(value)}`;
  return `${name} must be ${must}: ${current}`;
}
