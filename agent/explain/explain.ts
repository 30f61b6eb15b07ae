/**
 * What a shard explains of its modules. Explaining does not count as use: it pulls nothing, and keeps no module from
 * being dropped. How it is asked for over HTTP is explain_page.ts's business.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import type { Explanation } from "../balancer/mod.ts";
import type { Module } from "../shard/module.ts";
import type { Absence, ModuleTable, Steps } from "../shard/module_table.ts";

/** What a shard is to explain: all of one module, or a line on each. */
export type ExplainRequest =
  | { kind: "module"; name: ModuleName }
  | { kind: "modules"; overloadedOnly: boolean };

/** What a shard says. */
export type ExplainReply =
  | { kind: "module"; module: ModuleExplanation }
  | { kind: "absent"; absence: Absence }
  | { kind: "modules"; list: ModuleList };

/** One module with a route. Times are ages: threads' clocks do not begin together. */
export interface ModuleExplanation extends ModuleName {
  /** How long ago it was last picked from, asked for, or reported on, ms. */
  usedMs: number;
  /** How long ago dns said last what its route is, ms. */
  confirmedMs: number;
  /** For how long dns has been asked and has not answered, ms. */
  askedMs?: number;
  /** What its balancer says; the decisions' `atMs` is an age here. */
  balancer: Explanation;
}

/** A line on a module. */
export interface ModuleLine extends ModuleName {
  /** How many hosts it has. */
  hosts: number;
  /** How many of them are overloaded. */
  overloaded: number;
}

/** Lines on modules, those with most overloaded hosts first, and then by module. */
export interface ModuleList {
  /** How many there are. */
  total: number;
  /** The first of them, {@link MAX_LISTED} at most. */
  modules: ModuleLine[];
}

/** Modules in a list. */
export const MAX_LISTED = 1000;

/** Explains, step by step: a shard may hold very many modules, and has callers. */
export function* explain(
  table: ModuleTable,
  request: ExplainRequest,
  nowMs: number,
): Steps<ExplainReply> {
  if (request.kind === "modules") return { kind: "modules", list: yield* listOf(table, request) };
  const found = table.peek(request.name);
  if (typeof found === "string") return { kind: "absent", absence: found };
  return { kind: "module", module: explainModule(found, nowMs) };
}

/** Makes one list of several. */
export function joinLists(lists: readonly ModuleList[]): ModuleList {
  return {
    total: lists.reduce((sum, { total }) => sum + total, 0),
    modules: lists.flatMap(({ modules }) => modules).sort(compareLines).slice(0, MAX_LISTED),
  };
}

function explainModule(module: Module, nowMs: number): ModuleExplanation {
  const { modid, cmdid, usedAtMs, confirmedAtMs, pulledAtMs } = module;
  const balancer = module.balancer.explain(nowMs);
  return {
    modid,
    cmdid,
    usedMs: nowMs - usedAtMs,
    confirmedMs: nowMs - confirmedAtMs,
    askedMs: pulledAtMs === undefined ? undefined : nowMs - pulledAtMs,
    balancer: {
      ...balancer,
      decisions: balancer.decisions.map((decision) => ({
        ...decision,
        atMs: nowMs - decision.atMs,
      })),
    },
  };
}

/** Sorts no more than it must. */
function* listOf(
  table: ModuleTable,
  { overloadedOnly }: { overloadedOnly: boolean },
): Steps<ModuleList> {
  let total = 0;
  let modules: ModuleLine[] = [];
  let last: ModuleLine | undefined; // whatever comes after it is not among the first
  for (const { modid, cmdid, balancer: { idle, overloaded } } of table.modules()) {
    yield;
    if (overloadedOnly && overloaded.size === 0) continue;
    total++;
    const hosts = idle.size + overloaded.size;
    const line = { modid, cmdid, hosts, overloaded: overloaded.size };
    if (last !== undefined && compareLines(line, last) > 0) continue;
    modules.push(line);
    if (modules.length < 2 * MAX_LISTED) continue;
    modules = modules.sort(compareLines).slice(0, MAX_LISTED);
    last = modules.at(-1);
  }
  return { total, modules: modules.sort(compareLines).slice(0, MAX_LISTED) };
}

function compareLines(a: ModuleLine, b: ModuleLine): number {
  return b.overloaded - a.overloaded || a.modid - b.modid || a.cmdid - b.cmdid;
}
