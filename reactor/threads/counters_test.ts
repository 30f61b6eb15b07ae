import { assertEquals } from "@std/assert";
import { Counters } from "./counters.ts";

const TABLE = { counters: { received: "Received" }, gauges: { open: "Open now" } } as const;

Deno.test("Counters add up, are set, and begin at zero", () => {
  const counters = new Counters(TABLE);
  assertEquals(counters.get("received"), 0);
  counters.add("received");
  counters.add("received", 2 ** 40);
  counters.set("open", 5);
  counters.add("open", -1);
  assertEquals(counters.get("received"), 2 ** 40 + 1);
  assertEquals(counters.get("open"), 4);
});

Deno.test("Counters are read through the same memory elsewhere", () => {
  const mine = new Counters(TABLE);
  const elsewhere = new Counters(TABLE, mine.buffer);
  mine.add("open", 3);
  assertEquals([elsewhere.get("received"), elsewhere.get("open")], [0, 3]);
});

Deno.test("Counters.clearGauges() leaves what only rises", () => {
  const counters = new Counters(TABLE);
  counters.add("received");
  counters.set("open", 5);
  counters.clearGauges();
  assertEquals([counters.get("received"), counters.get("open")], [1, 0]);
});
