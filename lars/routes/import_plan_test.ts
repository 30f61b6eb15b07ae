import { assertEquals } from "@std/assert";
import { diffRoutes } from "../../sql/mod.ts";
import { countChanges, formatPreview, toChanges } from "./import_plan.ts";

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
