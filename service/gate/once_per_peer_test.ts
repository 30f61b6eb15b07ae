import { assertEquals } from "@std/assert";
import { OncePerPeer } from "./once_per_peer.ts";

Deno.test("OncePerPeer.take() is given once in ten minutes for each peer", () => {
  const once = new OncePerPeer();
  const taken = [["a", 0], ["a", 1], ["b", 2], ["a", 599_999], ["a", 600_000], ["b", 600_001]]
    .map(([address, nowMs]) => once.take(String(address), Number(nowMs)));
  assertEquals(taken, [true, false, true, false, true, false]);
});

Deno.test("OncePerPeer.take() remembers a bounded number of peers, and is not given for more", () => {
  const once = new OncePerPeer();
  let taken = 0;
  for (let peer = 0; peer < 5_000; peer++) if (once.take(`${peer}`, 0)) taken++;
  assertEquals(taken, 1_000);
  assertEquals(once.take("4999", 600_000), true);
});
