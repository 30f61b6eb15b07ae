import { assertEquals } from "@std/assert";
import { murmur3 } from "./murmur3.ts";

Deno.test("murmur3() gives the published hash of bytes of every length of tail", () => {
  const vectors: [number[], number, number][] = [
    [[], 0, 0],
    [[], 1, 0x514e28b7],
    [[], 0xffffffff, 0x81f16f39],
    [[0xff, 0xff, 0xff, 0xff], 0, 0x76293b50],
    [[0x21, 0x43, 0x65, 0x87], 0, 0xf55b516b],
    [[0x21, 0x43, 0x65, 0x87], 0x5082edee, 0x2362f9de],
    [[0x21, 0x43, 0x65], 0, 0x7e4a8634],
    [[0x21, 0x43], 0, 0xa0f7b07a],
    [[0x21], 0, 0x72661cf4],
    [[0, 0, 0, 0], 0, 0x2362f9de],
    [[0, 0, 0], 0, 0x85f0b427],
    [[0, 0], 0, 0x30f4c306],
    [[0], 0, 0x514e28b7],
  ];
  for (const [bytes, seed, expected] of vectors) {
    assertEquals(murmur3(new Uint8Array(bytes), seed), expected, `${bytes} with seed ${seed}`);
  }
});

Deno.test("murmur3() gives the published hash of text of several blocks", () => {
  const vectors: [string, number][] = [
    ["aaaa", 0x5a97808a],
    ["Hello, world!", 0x24884cba],
    ["The quick brown fox jumps over the lazy dog", 0x2fa826cd],
  ];
  for (const [text, expected] of vectors) {
    assertEquals(murmur3(new TextEncoder().encode(text), 0x9747b28c), expected, text);
  }
});
