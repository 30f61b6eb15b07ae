import { assertEquals } from "@std/assert";
import { Aftermath } from "./aftermath.ts";

Deno.test("Aftermath has nothing to tell where there was neither outage nor surge", () => {
  const aftermath = new Aftermath({ agents: 1, surgeEndsMs: [] });
  aftermath.refused(0, 5000);
  aftermath.late(5000);
  aftermath.setServing({ agent: 0, isServing: false }, 6000);
  aftermath.refused(0, 7000);
  assertEquals([aftermath.refusedMs, aftermath.lateMs], [undefined, undefined]);
});

Deno.test("Aftermath.refusedMs is how long after any outage an agent refused calls, at worst", () => {
  const aftermath = new Aftermath({ agents: 2, surgeEndsMs: [] });
  const outage = (agent: number, fromMs: number, untilMs: number) => {
    aftermath.setServing({ agent, isServing: false }, fromMs);
    aftermath.refused(agent, (fromMs + untilMs) / 2);
    aftermath.setServing({ agent, isServing: true }, untilMs);
  };
  outage(0, 1000, 2000);
  assertEquals(aftermath.refusedMs, 0);
  aftermath.refused(0, 2100);
  // The other agent has had none.
  aftermath.refused(1, 2900);
  assertEquals(aftermath.refusedMs, 100);
  outage(1, 4000, 5000);
  aftermath.refused(1, 5700);
  outage(0, 6000, 7000);
  aftermath.refused(0, 7050);
  assertEquals(aftermath.refusedMs, 700);
  // This is for another reason.
  aftermath.refused(0, 60_000);
  assertEquals(aftermath.refusedMs, 700);
});

Deno.test("Aftermath.lateMs is how long after a surge calls began that were late, at worst", () => {
  const aftermath = new Aftermath({ agents: 1, surgeEndsMs: [100_000, 1000] });
  assertEquals(aftermath.lateMs, 0);
  for (const beganMs of [500, 3000, 2500, 50_000, 100_100]) aftermath.late(beganMs);
  assertEquals(aftermath.lateMs, 2000);
});
