import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import plugin, { judgeImport } from "./import_direction.ts";

const ROOT = new URL("../", import.meta.url).pathname;

Deno.test("judgeImport() lets imports run down, and to a part's own files", () => {
  const pairs = [
    ["dns/service.ts", "dns/watch/watcher.ts"],
    ["dns/service.ts", "service/mod.ts"],
    ["sql/routes/route_store.ts", "proto/mod.ts"],
    ["agent/shard/shard.ts", "agent/balancer/mod.ts"],
    ["lars/up.ts", "agent/mod.ts"],
    ["proto/messages_test.ts", "testing/seeded_random.ts"],
    ["lars/up/role_task.ts", "deno.json"],
    ["tests/system_test.ts", "agent/supervisor/supervisor.ts"],
    ["tools/test.ts", "lars/mod.ts"],
  ];
  for (const [from, to] of pairs) assertEquals(judgeImport(from, to), undefined, `${from} ${to}`);
});

Deno.test("judgeImport() refuses imports up and sideways", () => {
  const pairs = [
    ["proto/host.ts", "reactor/mod.ts"],
    ["reactor/frame/frame.ts", "proto/mod.ts"],
    ["service/options/options.ts", "sql/mod.ts"],
    ["dns/service.ts", "agent/mod.ts"],
    ["agent/main.ts", "client/mod.ts"],
    ["client/client.ts", "lars/main.ts"],
    ["agent/balancer/balancer.ts", "agent/shard/shard.ts"],
    ["agent/balancer/balancer.ts", "proto/mod.ts"],
    ["proto/host.ts", "testing/seeded_random.ts"],
  ];
  for (const [from, to] of pairs) assert(judgeImport(from, to), `${from} ${to}`);
});

Deno.test("judgeImport() lets the balancer import types of proto alone", () => {
  const isTypeOnly = true;
  assertEquals(judgeImport("agent/balancer/a.ts", "proto/mod.ts", { isTypeOnly }), undefined);
  assert(judgeImport("agent/balancer/a.ts", "reactor/mod.ts", { isTypeOnly }));
  assert(judgeImport("proto/a.ts", "reactor/mod.ts", { isTypeOnly }));
});

Deno.test("import-direction reports every form of import", () => {
  const source = `
    import { a } from "../agent/mod.ts";
    import type { B } from "../agent/mod.ts";
    export { c } from "../agent/mod.ts";
    export * from "../agent/mod.ts";
    await import("../agent/mod.ts");
    import { d } from "../reactor/mod.ts";
    import { e } from "./table.ts";
    import { f } from "npm:mysql2";
    export const g = 1;
  `;
  const diagnostics = Deno.lint.runPlugin(plugin, `${ROOT}dns/service.ts`, source);
  assertEquals(diagnostics.map(({ id }) => id), new Array(5).fill("lars/import-direction"));
  assertStringIncludes(diagnostics[0].message, "Cannot import agent/mod.ts from dns");
});

Deno.test("import-direction lets the balancer import a type of proto", () => {
  const source = `import type { HostAddress } from "../../proto/mod.ts";`;
  assertEquals(Deno.lint.runPlugin(plugin, `${ROOT}agent/balancer/a.ts`, source), []);
  const value = `import { shardOf } from "../../proto/mod.ts";`;
  assertEquals(Deno.lint.runPlugin(plugin, `${ROOT}agent/balancer/a.ts`, value).length, 1);
});
