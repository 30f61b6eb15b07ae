/**
 * What `make test` runs: every check and every test, as many side by side as the machine has cores, a line for each, and
 * the counts in the last line. What fails is shown when it fails.
 *
 *     deno task test [--thorough] [PATH…]
 *     deno task test --all
 *
 * Given paths, it runs the tests under them and nothing else. `--thorough` tries all cases where otherwise some are drawn.
 * `--all` is what `make test-all` runs: that, the tests in tests/long, and those that could have a race several times.
 *
 * @module
 */

import { sumLineCoverage } from "./line_coverage.ts";
import { hunt, raceFiles } from "./repeat.ts";
import { allTestFiles, isFile, LONG_FOLDER, ROOT, testFilesUnder } from "./test_files.ts";
import { type TestCommand, testCommand } from "./test_process.ts";
import { runFromCommandLine, type TestRun } from "./test_run.ts";

/** Least share of lines that the unit tests of these folders must run. */
const LEAST_COVERAGE = 0.95;
const COVERED_FOLDERS = ["proto", "reactor", "agent/balancer"];

/** Tests that draw many cases say nothing about coverage that others do not, and take several times as long with it. */
const NOT_COVERING = new Set([
  "agent/balancer/balancer_property_test.ts",
]);

/** How often `--all` runs what could have a race once more: `deno task repeat` hunts in earnest. */
const HUNTING_ROUNDS = 1;

/** The modules that others import: their documentation is checked. */
function publicModules(): string[] {
  const modules = [];
  for (const folder of [".", "agent", "std"]) {
    for (const { name, isDirectory } of Deno.readDirSync(new URL(`${folder}/`, ROOT))) {
      const path = `${folder}/${name}/mod.ts`;
      if (isDirectory && isFile(path)) modules.push(path);
    }
  }
  return modules.sort();
}

/** The texts whose code blocks must type-check. */
function texts(): string[] {
  const names = [...Deno.readDirSync(new URL("docs/", ROOT))].map(({ name }) => `docs/${name}`);
  return ["README.md", ...names.sort()].filter((name) => name.endsWith(".md") && isFile(name));
}

function checks(): TestCommand[] {
  const commands: [name: string, ...args: string[]][] = [
    ["format", "fmt", "--check"],
    ["lint", "lint"],
    ["types", "check", "--quiet"],
    ["documentation", "doc", "--lint", ...publicModules()],
    ["snippets", "check", "--quiet", "--doc-only", ...texts()],
  ];
  return commands.map(([name, ...args]) => ({ name, args, isTest: false }));
}

/** Those that take longest come first, so that none runs alone at the end. */
function inGoodOrder(files: string[]): string[] {
  const rank = (file: string) => NOT_COVERING.has(file) ? 1 : file.startsWith("tests/") ? 0 : 2;
  return files.toSorted((a, b) => rank(a) - rank(b));
}

async function runEverything(run: TestRun, { all }: { all: boolean }): Promise<void> {
  const about = all
    ? "every check and test, thoroughly: some 15 minutes"
    : "every check and test: some 4 minutes";
  console.log(
    `Runs ${about} on two cores. It works in folders of its own, and on free ports of 127.0.0.1.`,
  );
  const files = allTestFiles().filter((file) => all || !file.startsWith(LONG_FOLDER));
  const profileDir = await Deno.makeTempDir({ prefix: "lars-coverage-" });
  try {
    const profile = [`--coverage=${profileDir}`, "--coverage-raw-data-only"];
    const tests = inGoodOrder(files).map((file) => {
      const covers = COVERED_FOLDERS.some((folder) => file.startsWith(`${folder}/`));
      return testCommand(file, { flags: covers && !NOT_COVERING.has(file) ? profile : [] });
    });
    await run.run([...checks(), ...tests]);
    if (run.isOver) return;
    const lcov = await reportCoverage(profileDir);
    for (const folder of COVERED_FOLDERS) checkCoverage(run, { lcov, folder });
  } finally {
    await Deno.remove(profileDir, { recursive: true });
  }
  if (all) await hunt(run, { files: raceFiles(), times: HUNTING_ROUNDS, busy: 2 });
}

/** The lcov report of the profiles in `profileDir`; empty when there is none. */
async function reportCoverage(profileDir: string): Promise<string> {
  dropTornProfiles(profileDir);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--lcov", profileDir],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) console.log(text.decode(stderr).trimEnd());
  return success ? text.decode(stdout) : "";
}

/** Processes that a test killed may leave half a profile, which `deno coverage` would stop at. */
function dropTornProfiles(profileDir: string): void {
  for (const { name } of Deno.readDirSync(profileDir)) {
    const path = `${profileDir}/${name}`;
    try {
      JSON.parse(Deno.readTextFileSync(path));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      Deno.removeSync(path);
    }
  }
}

function checkCoverage(run: TestRun, { lcov, folder }: { lcov: string; folder: string }): void {
  const { found, hit } = sumLineCoverage(lcov, new URL(folder, ROOT).pathname);
  const share = found === 0 ? 0 : hit / found;
  const says = `${(100 * share).toFixed(1)} % of ${found} lines`;
  run.check(`coverage of ${folder}`, { isGood: share >= LEAST_COVERAGE, says });
}

if (import.meta.main) {
  const flags = Deno.args.filter((arg) => arg.startsWith("--"));
  const paths = Deno.args.filter((arg) => !arg.startsWith("--"));
  const all = flags.includes("--all");
  const unknown = flags.find((flag) => flag !== "--all" && flag !== "--thorough");
  if (unknown !== undefined || (all && paths.length > 0)) {
    console.error("Usage: run_tests.ts [--thorough] [PATH…], or run_tests.ts --all");
    Deno.exit(2);
  }
  const thorough = all || flags.includes("--thorough");
  await runFromCommandLine({ thorough }, async (run) => {
    if (paths.length === 0) await runEverything(run, { all });
    else {await run.run(
        testFilesUnder(paths).map((file) => testCommand(file, { checksTypes: true })),
      );}
  });
}
