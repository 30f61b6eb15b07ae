import { assert, assertEquals, assertFalse } from "@std/assert";
import { isModuleName, MAX_MODULE_ID, shardOf } from "./module.ts";

Deno.test("isModuleName() accepts non-negative int32 pairs alone", () => {
  assert(isModuleName({ modid: 0, cmdid: 0 }));
  assert(isModuleName({ modid: MAX_MODULE_ID, cmdid: MAX_MODULE_ID }));
  for (const id of [-1, MAX_MODULE_ID + 1, 0.5, NaN, Infinity]) {
    assertFalse(isModuleName({ modid: id, cmdid: 1 }), `${id}`);
    assertFalse(isModuleName({ modid: 1, cmdid: id }), `${id}`);
  }
});

Deno.test("shardOf() is (modid + cmdid) % 3", () => {
  const shards = [0, 1, 2, 3].map((cmdid) => shardOf({ modid: 1, cmdid }));
  assertEquals(shards, [1, 2, 0, 1]);
});

Deno.test("shardOf() is exact when the sum is above an int32", () => {
  assertEquals(shardOf({ modid: 2147483647, cmdid: 2 }), 0);
  const ids = [0, 1, 2, MAX_MODULE_ID - 2, MAX_MODULE_ID - 1, MAX_MODULE_ID];
  for (const modid of ids) {
    for (const cmdid of ids) {
      const exact = Number((BigInt(modid) + BigInt(cmdid)) % 3n);
      assertEquals(shardOf({ modid, cmdid }), exact, `${modid} ${cmdid}`);
    }
  }
});
