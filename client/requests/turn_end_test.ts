import { assertEquals } from "@std/assert";
import { TurnEnd } from "./turn_end.ts";

Deno.test("TurnEnd runs once a turn, behind all reactions to promises", async () => {
  const log: string[] = [];
  const turnEnd = new TurnEnd(() => log.push("end"));
  async function hop(hops: number): Promise<void> {
    for (let i = 0; i < hops; i++) await null;
    log.push(`after ${hops}`);
    turnEnd.schedule();
  }
  for (let turn = 0; turn < 2; turn++) {
    for (const hops of [0, 1, 10, 100]) hop(hops);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const oneTurn = ["after 0", "after 1", "after 10", "after 100", "end"];
  assertEquals(log, [...oneTurn, ...oneTurn]);
});
