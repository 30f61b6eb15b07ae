import { assertEquals } from "@std/assert";
import { countRows, diffRoutes, dropOtherModules, type RouteChange } from "./route_change.ts";
import type { RouteRow } from "./route_row.ts";

const MODULE = { modid: 1, cmdid: 2 };

/** Rows of a module, by id, ip and weight. */
function rows(...cells: [id: number, ip: number, weight: number][]): RouteRow[] {
  return cells.map(([id, ip, weight]) => ({ ...MODULE, id, ip, port: 80, weight }));
}

const ROWS = rows([1, 10, 100], [2, 20, 5], [3, 10, 100]);

/** What a change of one module comes to: ips added, ids and weights changed, ids removed. */
function diff(change: Omit<RouteChange, "modid" | "cmdid">) {
  const [difference] = diffRoutes([{ ...MODULE, ...change }], ROWS);
  if (difference === undefined) return "nothing";
  const { added, reweighted, removed } = difference;
  return [
    added.map(({ ip, weight }) => [ip, weight]),
    reweighted.map(({ row, weight }) => [row.id, weight]),
    removed.map(({ id }) => id),
  ];
}

Deno.test("diffRoutes() adds what is not there, and leaves alone what is", () => {
  assertEquals(diff({}), "nothing");
  assertEquals(diff({ put: [{ ip: 10, port: 80 }, { ip: 20, port: 80 }] }), "nothing");
  assertEquals(diff({ put: [{ ip: 30, port: 80 }, { ip: 10, port: 81, weight: 7 }] }), [
    [[30, 100], [10, 7]],
    [],
    [],
  ]);
});

Deno.test("diffRoutes() heeds only new hosts, or only those that are there", () => {
  const put = [{ ip: 10, port: 80, weight: 7 }, { ip: 30, port: 80, weight: 0 }];
  assertEquals(diff({ put, only: "new" }), [[[30, 0]], [], []]);
  assertEquals(diff({ put, only: "present" }), [[], [[1, 7], [3, 7]], []]);
});

Deno.test("dropOtherModules() empties each module that is not named, once", () => {
  const change = { ...MODULE, put: [] };
  const other = { modid: 3, cmdid: 4 };
  assertEquals(dropOtherModules([change], [...ROWS, other, other]), [
    change,
    { ...other, drop: "others" },
  ]);
});

Deno.test("diffRoutes() reweights every row of a host when a weight is given", () => {
  assertEquals(diff({ put: [{ ip: 10, port: 80, weight: 7 }] }), [[], [[1, 7], [3, 7]], []]);
  assertEquals(diff({ put: [{ ip: 20, port: 80, weight: 5 }] }), "nothing");
});

Deno.test("diffRoutes() counts the last of equal hosts", () => {
  const host = { ip: 30, port: 80 };
  const change = { put: [{ ...host, weight: 1 }, { ...host, weight: 2 }] };
  assertEquals(diff(change), [[[30, 2]], [], []]);
});

Deno.test("diffRoutes() removes what is dropped and not put", () => {
  assertEquals(diff({ drop: [{ ip: 10, port: 80 }, { ip: 20, port: 81 }] }), [[], [], [1, 3]]);
  assertEquals(
    diff({ drop: [{ ip: 10, port: 80 }], put: [{ ip: 10, port: 80 }] }),
    "nothing",
  );
});

Deno.test("diffRoutes() leaves just what is put, once, when the others are dropped", () => {
  assertEquals(diff({ drop: "others" }), [[], [], [1, 2, 3]]);
  assertEquals(diff({ drop: "others", put: [{ ip: 10, port: 80, weight: 9 }] }), [
    [],
    [[1, 9]],
    [2, 3],
  ]);
});

Deno.test("diffRoutes() gives the modules that differ, in the order of the changes", () => {
  const put = [{ ip: 10, port: 80 }];
  const changes = [
    { modid: 9, cmdid: 9, put },
    { ...MODULE, put },
    { modid: 8, cmdid: 8, drop: "others" as const },
    { modid: 1, cmdid: 1, put },
  ];
  const differences = diffRoutes(changes, [...ROWS, { ...ROWS[0], id: 7, modid: 77 }]);
  assertEquals(differences.map(({ modid, cmdid }) => [modid, cmdid]), [[9, 9], [1, 1]]);
  assertEquals(differences.map(countRows), [1, 1]);
});
