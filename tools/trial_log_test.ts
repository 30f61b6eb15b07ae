import { assertEquals, assertThrows } from "@std/assert";
import { SCENARIOS } from "../simulator/scenarios/scenarios.ts";
import { type TrialJob, TrialPool } from "../simulator/trials/trial_pool.ts";
import { TrialLog } from "./trial_log.ts";
import { TempFolder } from "../testing/temp_folder.ts";

const scenario = SCENARIOS.find(({ name }) => name === "dead-host-quiet")!;

function jobOf(name: string, seed: number): TrialJob {
  return { scenario, policy: { name }, seed };
}

/** Opens the file, and runs jobs; gives what they lost, and how many trials the file has before and after. */
async function run(path: string, jobs: readonly TrialJob[], pool: TrialPool) {
  using log = new TrialLog(path);
  const before = log.size;
  const outcomes = await log.run(jobs, { pool });
  return { outcomes, sizes: [before, log.size] };
}

Deno.test("TrialLog.run() makes every trial once, and goes on from its file", async () => {
  await using folder = new TempFolder();
  const path = folder.file("log");
  await using pool = await TrialPool.start({ threads: 2 });
  const [first, second] = [jobOf("lars", 1), jobOf("envoy", 1)];
  const once = await run(path, [first, second, first], pool);
  assertEquals(once.sizes, [0, 2]);
  assertEquals(once.outcomes.map(({ policy }) => policy), ["lars", "envoy", "lars"]);
  // The last line was cut off.
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).slice(0, -5));
  const again = await run(path, [jobOf("lars", 2), second, first], pool);
  assertEquals(again.sizes, [1, 3]);
  assertEquals(again.outcomes.map(({ policy, seed }) => [policy, seed]), [
    ["lars", 2],
    ["envoy", 1],
    ["lars", 1],
  ]);
  assertEquals(again.outcomes.slice(1), [once.outcomes[1], once.outcomes[0]]);
  assertEquals((await run(path, [], pool)).sizes, [3, 3]);
  assertEquals((await Deno.readTextFile(path)).split("\n").length, 4);
});

Deno.test("TrialLog refuses a file that is none of trials, and leaves it as it is", async () => {
  await using folder = new TempFolder();
  const path = await folder.write("log", "mine\n");
  assertThrows(() => new TrialLog(path), SyntaxError);
  assertEquals(await Deno.readTextFile(path), "mine\n");
});
