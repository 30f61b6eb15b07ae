import { assert, assertEquals } from "@std/assert";
import { type Host, type ModuleName } from "../../proto/mod.ts";
import { ORIGINAL } from "../balancer/mod.ts";
import { explain, type ExplainRequest, joinLists, MAX_LISTED } from "./explain.ts";
import { ModuleTable } from "../shard/module_table.ts";

const TIMES = {
  firstPullWaitMs: 0,
  updateTimeoutMs: 15_000,
  negativeTtlMs: 1000,
  unknownNamesPerSec: 1000,
};
const HOSTS = [{ ip: 1, port: 80, weight: 100 }, { ip: 2, port: 80, weight: 100 }];
const LIST: ExplainRequest = { kind: "modules", overloadedOnly: false };
const OVERLOADED: ExplainRequest = { kind: "modules", overloadedOnly: true };

/** A table with these modules. */
function createTable(names: readonly ModuleName[], hosts: readonly Host[] = HOSTS) {
  const pulls: ModuleName[] = [];
  const drops: ModuleName[] = [];
  const table = new ModuleTable(ORIGINAL, TIMES, {
    onPull: (modules) => pulls.push(...modules),
    onDrop: (modules) => drops.push(...modules),
    onTransition: () => {},
    onRestore: () => {},
    onSuppress: () => {},
    onPullRefused: () => {},
  });
  for (const _ of table.join(-1, -1));
  for (const name of names) table.update({ ...name, hosts: [...hosts] }, 0);
  return { table, pulls, drops };
}

function overload(table: ModuleTable, name: ModuleName, ip: number): void {
  for (let i = 0; i < 15; i++) {
    table.report(table.find(name, 0)!, { ip, port: 80, retcode: 1 }, 0);
  }
}

function list(table: ModuleTable, request: ExplainRequest) {
  const told = run(table, request, 0);
  assert(told.kind === "modules");
  return told.list;
}

/** What is explained, after all steps. */
function run(...request: Parameters<typeof explain>) {
  const steps = explain(...request);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

Deno.test("explain() gives a module with ages in place of times", () => {
  const name = { modid: 1, cmdid: 2 };
  const { table } = createTable([name]);
  table.find(name, 300);
  table.update({ ...name, hosts: [HOSTS[0]] }, 400);
  const told = run(table, { kind: "module", name }, 1000);
  assert(told.kind === "module");
  const { usedMs, confirmedMs, askedMs, balancer } = told.module;
  assertEquals([usedMs, confirmedMs, askedMs], [700, 600, undefined]);
  assertEquals(balancer.decisions.map(({ kind, atMs }) => [kind, atMs]), [
    ["joined", 1000],
    ["joined", 1000],
    ["left", 600],
  ]);
});

Deno.test("explain() pulls nothing, and keeps no module from being dropped", () => {
  const name = { modid: 1, cmdid: 2 };
  const other = { modid: 3, cmdid: 4 };
  const { table, pulls, drops } = createTable([name]);
  run(table, { kind: "module", name }, 3_599_999);
  const told = run(table, { kind: "module", name: other }, 3_599_999);
  assertEquals(told, { kind: "absent", absence: "unasked" });
  for (const _ of table.refresh(3_600_000));
  assertEquals([pulls, drops], [[], [name]]);
});

Deno.test("explain() lists the modules with most overloaded hosts first, whatever their number", () => {
  const names = Array.from({ length: 3 * MAX_LISTED }, (_, i) => ({
    modid: (i * 7919) % (3 * MAX_LISTED), // every one of them once, well mixed
    cmdid: 1,
  }));
  const { table } = createTable(names);
  overload(table, { modid: 2990, cmdid: 1 }, 1);
  overload(table, { modid: 2995, cmdid: 1 }, 1);
  overload(table, { modid: 2995, cmdid: 1 }, 2);
  const { total, modules } = list(table, LIST);
  assertEquals([total, modules.length], [3 * MAX_LISTED, MAX_LISTED]);
  assertEquals(
    modules.map(({ modid }) => modid),
    [2995, 2990, ...Array.from({ length: MAX_LISTED - 2 }, (_, i) => i)],
  );
  assertEquals(list(table, OVERLOADED), {
    total: 2,
    modules: [
      { modid: 2995, cmdid: 1, hosts: 2, overloaded: 2 },
      { modid: 2990, cmdid: 1, hosts: 2, overloaded: 1 },
    ],
  });
});

Deno.test("joinLists() makes one list of the shards' lists, as long as each of them may be", () => {
  const lists = [0, 1, 2].map((shard) => {
    const names = Array.from({ length: 600 }, (_, i) => ({ modid: i * 3 + shard, cmdid: 0 }));
    return list(createTable(names).table, LIST);
  });
  const { total, modules } = joinLists(lists);
  assertEquals([total, modules.length], [1800, MAX_LISTED]);
  assertEquals(
    modules.map(({ modid }) => modid),
    Array.from({ length: MAX_LISTED }, (_, i) => i),
  );
});
