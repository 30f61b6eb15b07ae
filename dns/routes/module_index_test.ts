import { assertEquals, assertLess } from "@std/assert";
import { MAX_MODULE_ID } from "../../proto/mod.ts";
import { doubleIndex, findSlot, indexWords, SLOT_WORDS } from "./module_index.ts";

Deno.test("indexWords() leaves at least half of the slots free", () => {
  assertEquals(indexWords(0), 8 * SLOT_WORDS);
  assertEquals(indexWords(4), 8 * SLOT_WORDS);
  assertEquals(indexWords(5), 16 * SLOT_WORDS);
});

Deno.test("findSlot() tells modules apart when their ids are swapped, zero or the largest", () => {
  const modules = [[0, 0], [0, 1], [1, 0], [MAX_MODULE_ID, 0], [0, MAX_MODULE_ID], [7, 9], [9, 7]]
    .map(([modid, cmdid]) => ({ modid, cmdid }));
  const index = new Uint32Array(indexWords(modules.length));
  for (const [i, { modid, cmdid }] of modules.entries()) {
    index.set([modid, cmdid, i, 1], findSlot(index, { modid, cmdid }));
  }
  for (const one of [index, doubleIndex(index)]) {
    assertEquals(modules.map((module) => one[findSlot(one, module) + 2]), [0, 1, 2, 3, 4, 5, 6]);
    assertEquals(one[findSlot(one, { modid: 2, cmdid: 2 }) + 3], 0);
  }
});

Deno.test("findSlot() finds after few steps when ids run in sequence", () => {
  const index = new Uint32Array(indexWords(10_000));
  let displaced = 0;
  for (let i = 0; i < 10_000; i++) {
    const module = { modid: 1 + i % 100, cmdid: 1 + Math.floor(i / 100) };
    const home = findSlot(new Uint32Array(index.length), module);
    const at = findSlot(index, module);
    displaced += (at - home + index.length) % index.length / SLOT_WORDS;
    index.set([module.modid, module.cmdid, 0, 1], at);
  }
  assertLess(displaced / 10_000, 1);
});

Deno.test("findSlot() walks on when another module has the slot where it points", () => {
  const index = new Uint32Array(indexWords(1000));
  for (let cmdid = 0; cmdid < 1000; cmdid++) {
    index.set([5, cmdid, cmdid, 1], findSlot(index, { modid: 5, cmdid }));
  }
  for (let cmdid = 0; cmdid < 1000; cmdid++) {
    assertEquals(index[findSlot(index, { modid: 5, cmdid }) + 2], cmdid);
  }
});
