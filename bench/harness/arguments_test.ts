import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../service/mod.ts";
import { parseBenchOptions } from "./arguments.ts";

Deno.test("parseBenchOptions() reads names and options, with defaults", () => {
  const { names, rounds, seconds, check, json } = parseBenchOptions([]);
  assertEquals([names, rounds, seconds, check, json], [[], 5, 0.5, false, undefined]);
  const options = parseBenchOptions(
    ["dns", "--rounds", "1", "--seconds=0.25", "--json", "a.json", "agent", "--check"],
  );
  assertEquals(options.names, ["dns", "agent"]);
  assertEquals([options.rounds, options.seconds, options.json], [1, 0.25, "a.json"]);
  assertEquals(options.check, true);
});

Deno.test("parseBenchOptions() refuses what it does not know", () => {
  const wrong = ["--round=1", "--rounds=0", "--rounds=1.5", "--rounds=x", "--seconds=61", "--json"];
  for (const word of wrong) {
    assertThrows(() => parseBenchOptions([word]), UsageError, "Cannot take");
  }
});
