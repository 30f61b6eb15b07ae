import { assertEquals } from "@std/assert";
import { measureAlternating } from "./alternation.ts";

Deno.test("measureAlternating() goes round, and compares what is of one round", async () => {
  const order: string[] = [];
  function scripted(name: string, values: number[]) {
    return () => {
      order.push(name);
      return values.shift()!;
    };
  }
  const figures = await measureAlternating({
    rounds: 3,
    unit: "/s",
    reference: { name: "echo", measure: scripted("echo", [100, 50, 200]) },
    contenders: [
      { name: "one", measure: scripted("one", [50, 25, 50]), target: { ratioAtLeast: 0.4 } },
      { name: "two", measure: scripted("two", [10, 10, 10]) },
    ],
  });
  assertEquals(order.join(" "), "echo one two echo one two echo one two");
  assertEquals(figures, [
    {
      name: "one",
      unit: "/s",
      value: 50,
      reference: { name: "echo", value: 100, ratio: 0.5 },
      target: { ratioAtLeast: 0.4 },
    },
    {
      name: "two",
      unit: "/s",
      value: 10,
      reference: { name: "echo", value: 100, ratio: 0.1 },
      target: undefined,
    },
  ]);
});
