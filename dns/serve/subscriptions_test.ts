import { assertEquals, assertGreater } from "@std/assert";
import { Subscriptions } from "./subscriptions.ts";

function module(modid: number, hasHosts = true) {
  return { modid, cmdid: 1, hasHosts };
}

/** Who is subscribed to modules 0 … 9, as "modid:peers". */
function describe(subscriptions: Subscriptions<string>): string {
  return Array.from({ length: 10 }, (_, modid) => {
    const peers = [...subscriptions.peersOf(module(modid))];
    return peers.length > 0 ? `${modid}:${peers.join("")}` : "";
  }).filter(Boolean).join(" ");
}

Deno.test("Subscriptions keeps one subscription when a peer asks twice", () => {
  const subscriptions = new Subscriptions<string>();
  subscriptions.add("a", module(1));
  subscriptions.add("a", module(1));
  subscriptions.add("b", module(1));
  assertEquals([describe(subscriptions), subscriptions.size], ["1:ab", 2]);
});

Deno.test("Subscriptions.removeSome() leaves those of others", () => {
  const subscriptions = new Subscriptions<string>();
  for (const modid of [1, 2]) subscriptions.add("a", module(modid, modid === 1));
  subscriptions.add("b", module(2, false));
  for (const peer of ["a", "a", "unheard of"]) {
    assertEquals(subscriptions.removeSome(peer), false);
  }
  assertEquals([describe(subscriptions), subscriptions.size], ["2:b", 1]);
});

Deno.test("Subscriptions drops the oldest without hosts when a peer holds too many", () => {
  const subscriptions = new Subscriptions<string>({ maxPerPeer: 3 });
  subscriptions.add("a", module(1));
  subscriptions.add("a", module(2, false));
  subscriptions.add("a", module(3, false));
  subscriptions.add("b", module(2, false));
  subscriptions.add("a", module(4));
  assertEquals(describe(subscriptions), "1:a 2:b 3:a 4:a");
  subscriptions.add("a", module(5));
  assertEquals(describe(subscriptions), "1:a 2:b 4:a 5:a");
  assertEquals([subscriptions.size, subscriptions.dropped], [4, 2]);
});

Deno.test("Subscriptions does not keep a module without hosts when all the others have some", () => {
  const subscriptions = new Subscriptions<string>({ maxPerPeer: 2 });
  for (const modid of [1, 2]) subscriptions.add("a", module(modid));
  subscriptions.add("a", module(3, false));
  assertEquals([describe(subscriptions), subscriptions.dropped], ["1:a 2:a", 1]);
});

Deno.test("Subscriptions drops the oldest when all have hosts", () => {
  const subscriptions = new Subscriptions<string>({ maxPerPeer: 2 });
  for (const modid of [1, 2, 3]) subscriptions.add("a", module(modid));
  assertEquals([describe(subscriptions), subscriptions.dropped], ["2:a 3:a", 1]);
});

Deno.test("Subscriptions drops one of whoever holds most when all together hold too many", () => {
  const subscriptions = new Subscriptions<string>({ maxInAll: 4 });
  for (const modid of [1, 2, 3]) subscriptions.add("a", module(modid, modid !== 2));
  subscriptions.add("b", module(1));
  subscriptions.add("c", module(4));
  assertEquals(describe(subscriptions), "1:ab 3:a 4:c");
  subscriptions.add("b", module(4));
  assertEquals(describe(subscriptions), "1:b 3:a 4:cb");
  assertEquals([subscriptions.size, subscriptions.dropped], [4, 2]);
});

Deno.test("Subscriptions.setHasHosts() decides what is dropped from then on", () => {
  const subscriptions = new Subscriptions<string>({ maxPerPeer: 2 });
  subscriptions.add("a", module(1, false));
  subscriptions.add("a", module(2));
  subscriptions.setHasHosts(module(1), true);
  subscriptions.setHasHosts(module(2), false);
  subscriptions.setHasHosts(module(9), false);
  subscriptions.add("a", module(3));
  assertEquals(describe(subscriptions), "1:a 3:a");
});

Deno.test("Subscriptions holds nothing more once all peers are gone", () => {
  const subscriptions = new Subscriptions<number>({ maxPerPeer: 50 });
  for (let i = 0; i < 5000; i++) subscriptions.add(i % 7, module(i % 999, i % 3 === 0));
  for (let peer = 0; peer < 7; peer++) subscriptions.removeSome(peer);
  assertEquals([subscriptions.size, subscriptions.modules], [0, 0]);
  for (let i = 0; i < 999; i++) assertEquals([...subscriptions.peersOf(module(i))], []);
});

Deno.test("Subscriptions.removeSome() removes a part of very many, and stays in order meanwhile", () => {
  const subscriptions = new Subscriptions<string>();
  for (let i = 0; i < 5000; i++) subscriptions.add("a", module(i, i % 3 === 0));
  assertEquals(subscriptions.removeSome("a"), true);
  assertGreater(subscriptions.size, 3000);
  for (let i = 0; i < 5000; i++) subscriptions.setHasHosts(module(i), i % 2 === 0);
  let calls = 1;
  while (subscriptions.removeSome("a")) calls++;
  assertGreater(calls, 3);
  assertEquals([subscriptions.size, subscriptions.modules], [0, 0]);
});
