import { assertEquals, assertThrows } from "@std/assert";
import { diffRoutes } from "../../sql/mod.ts";
import { CommandError } from "../cli/command.ts";
import {
  countChanges,
  diffNames,
  formatNames,
  formatPreview,
  formatReweight,
  refuseOther,
  toChanges,
} from "./route_plan.ts";

const MODULE = { modid: 1, cmdid: 2 };
const HOST = { ip: 0x0a00_0001, port: 80 };

Deno.test("toChanges() makes one change of each module, wherever its rows stand", () => {
  const routes = [
    { ...MODULE, ...HOST },
    { modid: 3, cmdid: 4, ...HOST, weight: 5 },
    { ...MODULE, ...HOST, port: 81 },
  ];
  assertEquals(toChanges(routes, { isExact: true }), [
    {
      ...MODULE,
      put: [{ ...HOST, weight: undefined }, { ...HOST, port: 81, weight: undefined }],
      drop: "others",
    },
    { modid: 3, cmdid: 4, put: [{ ...HOST, weight: 5 }], drop: "others" },
  ]);
  assertEquals(toChanges(routes, { isExact: false })[0].drop, []);
});

Deno.test("formatPreview() shows what goes, changes and comes, module by module", () => {
  const rows = [
    { ...MODULE, ...HOST, id: 1, weight: 100 },
    { ...MODULE, ...HOST, port: 81, id: 2, weight: 100 },
  ];
  const routes = [
    { ...MODULE, ...HOST, weight: 7 },
    { ...MODULE, ...HOST, port: 82 },
    { modid: 9, cmdid: 9, ...HOST, weight: 1 },
  ];
  const differences = diffRoutes(toChanges(routes, { isExact: true }), rows);
  assertEquals(countChanges(differences), { modules: 2, added: 2, reweighted: 1, removed: 1 });
  assertEquals(formatPreview(differences), [
    "module (1, 2)",
    "  - 10.0.0.1:81",
    "  ~ 10.0.0.1:80 weight 100 → 7",
    "  + 10.0.0.1:82 weight 100",
    "module (9, 9)",
    "  + 10.0.0.1:80 weight 1",
    "2 modules to change: 2 hosts to add, 1 host to reweight, 1 host to remove",
  ]);
});

Deno.test("formatPreview() names some hosts and counts the others", () => {
  const routes = Array.from({ length: 2_000 }, (_, i) => ({
    modid: i % 3,
    cmdid: 1,
    ip: i,
    port: 80,
  }));
  const lines = formatPreview(diffRoutes(toChanges(routes, { isExact: false }), []));
  assertEquals(lines.length, 1 + 40 + 2);
  assertEquals(lines.slice(-2), [
    "… and 1,960 more hosts",
    "3 modules to change: 2,000 hosts to add, 0 hosts to reweight, 0 hosts to remove",
  ]);
});

Deno.test("formatReweight() calls weight 0 drained", () => {
  assertEquals([formatReweight(100, 50), formatReweight(50, 0), formatReweight(0, 50)], [
    "weight 100 → 50",
    "weight 50 → drained",
    "drained → 50",
  ]);
});

Deno.test("refuseOther() throws when the rows are others than those shown", () => {
  const plan = (weight: number) =>
    diffRoutes([{ ...MODULE, drop: "others", put: [{ ...HOST, port: 81, weight: 1 }] }], [
      { ...MODULE, ...HOST, id: 1, weight },
    ]);
  refuseOther(plan(100), plan(100));
  assertThrows(() => refuseOther(plan(100), plan(99)), CommandError, "were changed meanwhile");
  assertThrows(() => refuseOther(plan(100), []), CommandError, "Nothing was changed");
});

Deno.test("diffNames() gives the names that change, and with isWhole takes away all others", () => {
  const present = {
    modids: new Map([[1, "shop"], [2, "pay"]]),
    cmdids: new Map([[1, "search"]]),
  };
  const names = [{ modid: 1, name: "shop" }, { modid: 3, name: "new" }];
  assertEquals(diffNames(names, { present, isWhole: false }), [{ modid: 3, name: "new" }]);
  const changes = diffNames(names, { present, isWhole: true });
  assertEquals(formatNames(changes), [
    "modid 3 is called new",
    "modid 2 loses its name",
    "cmdid 1 loses its name",
  ]);
});
