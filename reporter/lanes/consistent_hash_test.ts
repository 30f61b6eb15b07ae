import { assert, assertEquals, assertLess } from "@std/assert";
import type { ModuleName } from "../../proto/mod.ts";
import { ConsistentHash, murmur3 } from "./consistent_hash.ts";

const MAX_MODULE_ID = 0x7fff_ffff;

/** Modules as people number them: few business areas, operations counted from 1. */
function modules(): ModuleName[] {
  const modules: ModuleName[] = [];
  for (let modid = 1; modid <= 100; modid++) {
    for (let cmdid = 1; cmdid <= 500; cmdid++) modules.push({ modid, cmdid });
  }
  return modules;
}

Deno.test("ConsistentHash.laneOf() spreads modules evenly over any number of lanes", () => {
  const all = modules();
  for (const lanes of [1, 2, 3, 4, 8, 16]) {
    const ring = new ConsistentHash(lanes);
    const held = new Array<number>(lanes).fill(0);
    for (const module of all) held[ring.laneOf(module)]++;
    assertEquals(held.reduce((sum, count) => sum + count, 0), all.length);
    const fair = all.length / lanes;
    for (const count of held) {
      assertLess(Math.abs(count - fair) / fair, 0.08, `${lanes} lanes hold ${held}`);
    }
  }
});

Deno.test("ConsistentHash.laneOf() moves modules only to the lane that is added", () => {
  const all = modules();
  for (const lanes of [1, 2, 3, 7]) {
    const before = new ConsistentHash(lanes);
    const after = new ConsistentHash(lanes + 1);
    let moved = 0;
    for (const module of all) {
      const lane = after.laneOf(module);
      if (lane === before.laneOf(module)) continue;
      assertEquals(lane, lanes);
      moved++;
    }
    const fair = all.length / (lanes + 1);
    assertLess(Math.abs(moved - fair) / fair, 0.08, `${moved} of ${all.length} moved`);
  }
});

Deno.test("ConsistentHash.laneOf() is the same in every instance, at the ends of the range too", () => {
  const one = new ConsistentHash(3);
  const other = new ConsistentHash(3);
  const ids = [0, 1, 0x7fff, 0x10000, MAX_MODULE_ID];
  for (const modid of ids) {
    for (const cmdid of ids) {
      const lane = one.laneOf({ modid, cmdid });
      assertEquals(other.laneOf({ modid, cmdid }), lane);
      assert(lane >= 0 && lane < 3);
    }
  }
});

Deno.test("murmur3() gives the hashes of the reference", () => {
  const vectors: [string, number, number][] = [
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["", 0xffffffff, 0x81f16f39],
    ["\0\0\0\0", 0, 0x2362f9de],
    ["aaaa", 0x9747b28c, 0x5a97808a],
    ["The quick brown fox jumps over the lazy ", 0x9747b28c, 0x9c3c9254],
  ];
  for (const [text, seed, expected] of vectors) {
    const words = new Uint32Array(new TextEncoder().encode(text).buffer);
    assertEquals(murmur3(words, seed), expected, `${text} with seed ${seed}`);
  }
});
