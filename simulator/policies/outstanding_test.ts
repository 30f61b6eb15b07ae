import { assertEquals } from "@std/assert";
import { Outstanding } from "./outstanding.ts";

Deno.test("Outstanding counts the calls to each host that have not come back", () => {
  const outstanding = new Outstanding();
  for (const host of [5, 2, 5]) outstanding.began(host);
  assertEquals([5, 2, 0, 9].map((host) => outstanding.of(host)), [2, 1, 0, 0]);
  outstanding.ended(5);
  outstanding.ended(2);
  assertEquals([5, 2].map((host) => outstanding.of(host)), [1, 0]);
});
