import { assertEquals } from "@std/assert";
import { Counters } from "./counters.ts";

Deno.test("Counters add up, are put, and begin at zero", () => {
  const counters = new Counters(["received", "open"]);
  assertEquals(counters.get("received"), 0);
  counters.add("received");
  counters.add("received", 2 ** 40);
  counters.set("open", 5);
  counters.add("open", -1);
  assertEquals(counters.get("received"), 2 ** 40 + 1);
  assertEquals(counters.get("open"), 4);
});

Deno.test("Counters are read through the same memory elsewhere", () => {
  const mine = new Counters(["a", "b"]);
  const elsewhere = new Counters(["a", "b"], mine.buffer);
  mine.add("b", 3);
  assertEquals(elsewhere.get("b"), 3);
  assertEquals(elsewhere.get("a"), 0);
});
