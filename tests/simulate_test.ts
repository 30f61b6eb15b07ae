import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { POLICIES } from "../simulator/policies/policies.ts";
import { SCENARIOS } from "../simulator/scenarios/scenarios.ts";
import { type ProgramEnd, runLars } from "../testing/process.ts";
import { TempFolder } from "../testing/temp_folder.ts";

const POLICY_NAMES = POLICIES.map(({ name }) => name);
const SCENARIO_NAMES = SCENARIOS.map(({ name }) => name);

const MINE = {
  name: "mine",
  about: "one of two hosts is dead for a time",
  seconds: 60,
  callers: { perSecond: 20, timeoutMs: 500 },
  hosts: [{ count: 2, latency: { kind: "exponential", meanMs: 20 } }],
  faults: [{ kind: "dead", hosts: [0], fromSec: 10, untilSec: 30 }],
};

/** Runs `lars simulate`. How far it has come, which it tells when it takes long, is left out. */
async function simulate(...args: string[]): Promise<ProgramEnd> {
  const { stderr, ...rest } = await runLars(["simulate", ...args]);
  return { ...rest, stderr: stderr.replaceAll(/^\d+ % of \d+ simulations\n/gm, "") };
}

Deno.test("simulate --list names the scenarios and policies there are", async () => {
  const { code, stdout, stderr } = await simulate("--list");
  assertEquals([code, stderr], [0, ""]);
  const [scenarios, policies] = stdout.split("\n\n").map((section) => section.trim().split("\n"));
  assertEquals([scenarios[0], policies[0]], ["Scenarios:", "Policies:"]);
  const namesIn = (lines: string[]) => lines.slice(1).map((line) => line.trim().split(/\s+/)[0]);
  assertEquals([namesIn(scenarios), namesIn(policies)], [SCENARIO_NAMES, POLICY_NAMES]);
  assertStringIncludes(stdout, SCENARIOS[0].about);
});

Deno.test("simulate --list --json gives scenarios whole, which may be simulated from a file", async () => {
  const { code, stdout } = await simulate("--list", "--json");
  const { scenarios, policies } = JSON.parse(stdout);
  assertEquals([code, scenarios], [0, SCENARIOS]);
  assertEquals(policies, POLICIES.map(({ name, about }) => ({ name, about })));
  await using folder = new TempFolder();
  const [scenario] = scenarios;
  await Deno.writeTextFile(`${folder.path}/same.json`, JSON.stringify(scenario));
  const args = ["--policy", "lars", "--seconds", "30", "--json", "--scenario"];
  const [own, builtIn] = await Promise.all(
    [`${folder.path}/same.json`, scenario.name].map((name) => simulate(...args, name)),
  );
  assertEquals(own, builtIn);
});

Deno.test("simulate --scenario prints a table with a row for each policy", async () => {
  const { code, stdout, stderr } = await simulate("--scenario", "small-service");
  assertEquals([code, stderr], [0, ""]);
  const [heading, goal, columns, ...rows] = stdout.split("\n");
  assertStringIncludes(heading, "small-service: one of 3 hosts");
  assertMatch(goal, /^\d+ avoidable; goal: at most \d+ lost, as [\w-]+ lost \d+$/);
  assertMatch(columns, /^policy +lost +avoided % +in time % +worst % +refused +p99 ms +out s/);
  assertEquals(rows.slice(0, POLICIES.length).map((row) => row.split(" ")[0]), POLICY_NAMES);
  assertMatch(
    rows.slice(POLICIES.length).join("\n"),
    /^\n\d+ calls in \d+\.\d\d s; seeds 1 to 8\n$/,
  );
});

Deno.test("simulate --scenario --json gives the same with the same seed, and not with another", async () => {
  const args = ["--scenario", "small-service,dead-host-quiet", "--policy", "lars, envoy"];
  args.push("--seeds", "2", "--json");
  const [first, again, seven] = await Promise.all([
    simulate(...args),
    simulate(...args, "--seed", "1"),
    simulate(...args, "--seed", "7"),
  ]);
  assertEquals([first.code, again], [0, first]);
  const { outcomes, comparisons, standings } = JSON.parse(first.stdout);
  assertEquals(
    outcomes.map(({ scenario, policy, seed }: Record<string, unknown>) => [scenario, policy, seed]),
    ["small-service", "dead-host-quiet"].flatMap((scenario) =>
      ["lars", "envoy"].flatMap((policy) => [1, 2].map((seed) => [scenario, policy, seed]))
    ),
  );
  for (const { calls, inTime, late, failed, refused } of outcomes) {
    assertEquals(inTime + late + failed + refused, calls);
  }
  const [{ scenario, results: [{ policy, calls }] }] = comparisons;
  assertEquals([scenario, policy, calls], [
    "small-service",
    "lars",
    outcomes[0].calls + outcomes[1].calls,
  ]);
  assertEquals(standings.map(({ policy }: Record<string, unknown>) => policy), ["lars", "envoy"]);
  const others = JSON.parse(seven.stdout).outcomes;
  assertEquals([seven.code, others.length, others[0].seed], [0, 8, 7]);
  assert(others[0].calls !== outcomes[0].calls);
});

Deno.test("simulate takes all for every scenario and every policy", async () => {
  const args = ["--scenario", "all", "--policy", "all", "--seconds", "1", "--seeds", "1", "--json"];
  const { code, stdout } = await simulate(...args);
  const { outcomes }: { outcomes: { scenario: string; policy: string }[] } = JSON.parse(stdout);
  assertEquals(code, 0);
  assertEquals(
    outcomes.map(({ scenario, policy }) => `${scenario} ${policy}`),
    SCENARIO_NAMES.flatMap((scenario) => POLICY_NAMES.map((policy) => `${scenario} ${policy}`)),
  );
});

Deno.test("simulate --seconds ends a scenario sooner", async () => {
  const args = ["--scenario", "dead-host", "--policy", "lars", "--seconds", "2.5", "--json"];
  const { outcomes: [{ calls, incidents }] } = JSON.parse((await simulate(...args)).stdout);
  // 100 calls/s, give or take; the host dies later.
  assert(calls > 150 && calls < 350, String(calls));
  assertEquals(incidents, []);
});

Deno.test("simulate reads a scenario from a file, and draws what --svg names", async () => {
  await using folder = new TempFolder();
  await Deno.writeTextFile(`${folder.path}/mine.json`, JSON.stringify(MINE));
  const svg = `${folder.path}/picks.svg`;
  const args = ["--scenario", `${folder.path}/mine.json`, "--policy", "lars,envoy", "--svg", svg];
  const { code, stdout, stderr } = await simulate(...args);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "mine: one of two hosts is dead for a time\npolicy ");
  const picture = await Deno.readTextFile(svg);
  assertMatch(picture, /^<svg [^>]*aria-label="mine: lars; mine: envoy">/);
  assertEquals(picture.match(/>host \d</g), [">host 0<", ">host 1<", ">host 0<", ">host 1<"]);
  assert(picture.includes('class="sick" x="204"'), "host 0 is sick from a sixth on");
  await simulate(...args);
  assertEquals(await Deno.readTextFile(svg), picture);
});

Deno.test("simulate says what is wrong with a file, a line for each mistake", async () => {
  await using folder = new TempFolder();
  const files: [text: string, lines: string[]][] = [
    [JSON.stringify({ ...MINE, seconds: 0, agents: 1.5, more: 1 }), [
      "seconds must be >0: current value is 0",
      "agents must be an integer: current value is 1.5",
      "more is not known here: leave it out",
    ]],
    [
      JSON.stringify({
        ...MINE,
        hosts: [{ latency: { kind: "constant", ms: 1 } }],
        faults: [{
          ...MINE.faults[0],
          hosts: [1],
        }],
      }),
      [
        "faults.0: host 1 must be below 1",
        "faults.0 strikes no host: name hosts or a zone that there are",
      ],
    ],
  ];
  const path = `${folder.path}/mine.json`;
  for (const [text, lines] of files) {
    await Deno.writeTextFile(path, text);
    const { code, stdout, stderr } = await simulate("--scenario", path);
    assertEquals([code, stdout], [2, ""]);
    assertEquals(stderr, lines.map((line) => `lars: ${path}: ${line}\n`).join(""));
  }
  await Deno.writeTextFile(path, "{");
  const { code, stdout, stderr } = await simulate("--scenario", path);
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^lars: [^\n]*mine\.json: must be JSON: [^\n]+\n$/);
});

Deno.test("simulate says in a line what is wrong with its words", async () => {
  const mistakes: [args: string[], line: string][] = [
    [[], "Cannot simulate nothing: give --scenario NAME, or MODID and CMDID;"],
    [["dead-host"], "Cannot simulate dead-host: give --scenario dead-host, or MODID and CMDID;"],
    [
      ["--scenario", "dead-hots"],
      "Cannot simulate dead-hots as there is no such scenario: there are dead-host, dead-host-quiet,",
    ],
    [
      ["--scenario", "dead-host", "--policy", "lars,lasr"],
      `Cannot simulate lasr as there is no such policy: there are ${
        POLICY_NAMES.join(", ")
      }, all\n`,
    ],
    [["--scenario", "./missing.json"], "./missing.json: must be a scenario's file: there is none"],
    [["--scenario", "./lars"], "./lars: cannot be read: "],
    [
      ["--scenario", "dead-host", "--seconds", "soon"],
      "Cannot read seconds as they must be a number above 0: current value is soon\n",
    ],
    [
      ["--scenario", "dead-host", "--seconds", "604801"],
      "dead-host: seconds must be <=604800: current value is 604801\n",
    ],
    [
      ["--scenario", "dead-host", "--seed=x"],
      "Cannot read --seed as it must be an integer 0 … 4294967295: current value is x\n",
    ],
    [["--policy", "lars"], "Cannot take --policy without --scenario: name one, or all\n"],
    [["1", "1", "--svg", "x.svg"], "Cannot take --svg without --scenario: name one, or all\n"],
    [["1", "1", "--seconds", "1"], "Cannot take --seconds without --scenario: name one, or all\n"],
    [["1", "1", "--seeds", "1"], "Cannot take --seeds without --scenario: name one, or all\n"],
    [
      ["--scenario", "dead-host", "--seeds", "0"],
      "Cannot read --seeds as it must be an integer 1 … 1000: current value is 0\n",
    ],
    [["1", "1", "--list"], "Cannot take a module and --scenario or --list at once"],
    [["1", "1", "--scenario", "all"], "Cannot take a module and --scenario or --list at once"],
    [
      ["--scenario", "all", "--agent", "127.0.0.1:1"],
      "Cannot take --agent and --scenario or --list at once",
    ],
  ];
  const results = await Promise.all(mistakes.map(([args]) => simulate(...args)));
  for (const [i, { code, stdout, stderr }] of results.entries()) {
    const [args, line] = mistakes[i];
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertStringIncludes(stderr, `lars: ${line}`, args.join(" "));
    assertMatch(stderr, /^[^\n]+\n$/, args.join(" "));
  }
});

Deno.test("simulate fails when it cannot write the picture", async () => {
  await using folder = new TempFolder();
  const svg = `${folder.path}/missing/picks.svg`;
  const args = ["--scenario", "small-service", "--policy", "lars", "--seconds", "10"];
  const { code, stderr } = await simulate(...args, "--svg", svg);
  assertEquals(code, 1);
  assertMatch(stderr, /^lars: Cannot write [^\n]+; name a file in a folder that there is\n$/);
});
