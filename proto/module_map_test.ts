import { assert, assertEquals, assertFalse } from "@std/assert";
import { withSeed } from "../testing/seeded_random.ts";
import { ModuleMap } from "./module_map.ts";

Deno.test("ModuleMap agrees with a Map of text keys over random operations", () => {
  withSeed(3, (random) => {
    const map = new ModuleMap<number>();
    const model = new Map<string, number>();
    const ids = [0, 1, 2, 0x7fff_fffe, 0x7fff_ffff];
    for (let step = 0; step < 20_000; step++) {
      const [modid, cmdid] = [random.pick(ids), random.pick(ids)];
      const key = `${modid},${cmdid}`;
      const operation = random.below(1000);
      if (operation === 0) {
        map.clear();
        model.clear();
      } else if (operation < 500) {
        map.set(modid, cmdid, step);
        model.set(key, step);
      } else {
        assertEquals(map.delete(modid, cmdid), model.delete(key));
      }
      assertEquals(map.size, model.size);
      assertEquals(map.get(modid, cmdid), model.get(key));
      assertEquals(map.has(modid, cmdid), model.has(key));
    }
    const entries = [...map.entries()].map((
      [name, value],
    ) => [`${name.modid},${name.cmdid}`, value]);
    assertEquals(entries.sort(), [...model].sort());
    assertEquals([...map.values()].sort(), [...model.values()].sort());
  });
});

Deno.test("ModuleMap.has() tells an undefined value from none", () => {
  const map = new ModuleMap<undefined>();
  map.set(1, 2, undefined);
  assert(map.has(1, 2));
  assertFalse(map.has(2, 1));
  assertEquals(map.size, 1);
});

Deno.test("ModuleMap.entries() visits all when the entry at hand is deleted", () => {
  const map = new ModuleMap<number>();
  for (let i = 0; i < 9; i++) map.set(i % 3, i, i);
  const visited = [];
  for (const [{ modid, cmdid }, value] of map.entries()) {
    visited.push(value);
    map.delete(modid, cmdid);
  }
  assertEquals(visited.sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals(map.size, 0);
});
