/**
 * A short chaos run on each database, with faults that are drawn anew each time.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { anySeed } from "../../testing/seeded_random.ts";
import { runChaos, seconds } from "../chaos/chaos_run.ts";
import { DATABASES } from "../chaos/possible_faults.ts";

for (const database of DATABASES) {
  Deno.test(`nothing is wrong that may not be while a system is broken over and over (${database})`, async () => {
    const seed = anySeed();
    const timeline: string[] = [];
    const say = (atMs: number, text: string) => void timeline.push(`${seconds(atMs)}  ${text}`);
    const { violations } = await runChaos({ seed, seconds: 30, database, say });
    const texts = violations.map(({ atMs, text }) => `${seconds(atMs)}  ${text}`);
    assertEquals(texts, [], `seed ${seed}:\n${timeline.join("\n")}`);
  });
}
