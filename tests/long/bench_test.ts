/**
 * The benchmarks as they are run, with so little time that their figures mean nothing: they are not to rot.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { BenchResult } from "../../bench/harness/report.ts";
import { TASK_FOLDER } from "../../lars/up/role_task.ts";
import { TempFolder } from "../../testing/temp_folder.ts";

async function bench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-all", "bench/main.ts", ...args],
    cwd: TASK_FOLDER,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

Deno.test("bench runs suites, prints and keeps their figures, and compares them", async () => {
  await using folder = new TempFolder();
  const file = folder.file("figures.json");
  const suites = ["agent", "client", "balancer", "echo", "dns", "reporter"];
  const quick = ["--rounds", "1", "--seconds", "0.5"];
  const first = await bench(...suites, ...quick, "--json", file);
  assertEquals(first.code, 0, first.err);
  const { machine, rounds, figures }: BenchResult = JSON.parse(await Deno.readTextFile(file));
  assertEquals(rounds, 1);
  assertEquals(machine.deno, Deno.version.deno);
  assertEquals(new Set(figures.map(({ suite }) => suite)), new Set(suites));
  for (const { suite, name, value, reference } of figures) {
    assert(value > 0, `${suite}, ${name}: ${value}`);
    assert(reference !== undefined && reference.ratio > 0, `${suite}, ${name}: no ratio`);
    assert(first.out.includes(name), `${name} is not shown`);
  }
  const second = await bench("balancer", ...quick, "--baseline", file);
  assertEquals(second.code, 0, second.err);
  assertMatch(second.out, /choose \+ report, 10 hosts .* [+−]\d+ %/);
});

Deno.test("bench lists its suites, and refuses what it does not know", async () => {
  assertMatch((await bench("--list")).out, /^agent .*\n(.*\n)*routes /m);
  const { code, err } = await bench("nonesuch");
  assertEquals([code, err], [2, "Cannot run nonesuch as there is no such suite: see --list\n"]);
});
