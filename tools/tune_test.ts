import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { DEFAULT_SETTINGS } from "../agent/balancer/mod.ts";
import { UsageError } from "../service/mod.ts";
import { SCENARIOS } from "../simulator/scenarios/scenarios.ts";
import { choiceOf, everyOther, parseValues } from "./tune.ts";
import { TempFolder } from "../testing/temp_folder.ts";

const ROOT = new URL("../", import.meta.url);

async function tune(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-write", "tools/tune.ts", ...args],
    cwd: ROOT,
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  // How far it has come, which it tells when it takes long, is left out.
  const progress = /^\d+ %\n/gm;
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr).replaceAll(progress, ""),
  };
}

Deno.test("parseValues() reads a setting's name and values of its type", () => {
  assertEquals(parseValues("errRate=0.05,1"), ["errRate", [0.05, 1]]);
  assertEquals(parseValues("policy=lars,original"), ["policy", ["lars", "original"]]);
  for (
    const [word, message] of [
      ["errRat=1", "Cannot tune errRat as there is no such setting: there are "],
      ["errRate=low", "Cannot tune errRate as it must be a number: current value is low"],
      ["errRate", "Cannot tune errRate as it must be a number: current value is "],
    ]
  ) {
    assertThrows(() => parseValues(word), UsageError, message);
  }
});

Deno.test("choiceOf() has the settings, and is named by what is not default", () => {
  const { name, settings } = choiceOf({ probeNum: 3, errRate: DEFAULT_SETTINGS.errRate });
  assertEquals([name, settings], ["probeNum=3", { ...DEFAULT_SETTINGS, probeNum: 3 }]);
  assertEquals(choiceOf({ errRate: DEFAULT_SETTINGS.errRate }).name, "defaults");
});

Deno.test("everyOther() parts the scenarios in two halves", () => {
  const [train, test] = [everyOther(0), everyOther(1)];
  assertEquals([...train, ...test].length, SCENARIOS.length);
  assertEquals(new Set([...train, ...test]).size, SCENARIOS.length);
});

Deno.test("tune searches, shows how that does elsewhere, and goes on from its file with the same result", async () => {
  await using folder = new TempFolder();
  const file = folder.file("tune.jsonl");
  const args = ["probeNum=2,40", "errRate=0.02", "--seeds", "1", "--rounds", "2", "--file", file];
  args.push("--train", "dead-host-quiet,small-service", "--test", "only-host");
  const first = await tune(...args);
  assertEquals([first.code, first.stderr], [0, ""]);
  assertMatch(first.stdout, /^probeNum {2}10: [\d.]+ {2}2: [\d.]+ {2}40: [\d.]+\n {2}best /);
  assertMatch(first.stdout, /\ntrain: dead-host-quiet, small-service\npolicy .* cost\n/);
  assertMatch(first.stdout, /\ntest: only-host\npolicy .* cost\n/);
  const made = await Deno.readTextFile(file);
  assertEquals(await tune(...args), first);
  assertEquals(await Deno.readTextFile(file), made);
});

Deno.test("tune says in a line what is wrong with its words", async () => {
  for (
    const [args, stderr] of [
      [["errRate=0.1", "--rounds", "0"], "Cannot take --rounds as it must be 1 or more"],
      [["errRate=0.1", "--train", "none"], "Cannot simulate none as there is no such scenario"],
    ] as const
  ) {
    await using folder = new TempFolder();
    const result = await tune(...args, "--file", folder.file("tune.jsonl"));
    assertEquals([result.code, result.stderr.split("\n").length], [2, 2]);
    assertEquals(result.stderr.startsWith(stderr), true, result.stderr);
  }
});
