/**
 * What `make test` runs: every check, then every test, a line of progress for each step, and a count at the end. Given
 * paths, it runs the tests under them and nothing else.
 *
 * @module
 */

import { sumLineCoverage } from "./line_coverage.ts";
import { isPassedLine, readTestCounts, type TestCounts } from "./test_output.ts";

/** Least share of lines that the unit tests of these folders must run. */
const LEAST_COVERAGE = 0.95;
const COVERED_FOLDERS = ["proto", "reactor", "agent/balancer"];

/** A step that takes longer hangs. */
const STEP_DEADLINE_MS = 300_000;

const ROOT = new URL("../", import.meta.url);
const PASSED: TestCounts = { passed: 1, failed: 0 };
const FAILED: TestCounts = { passed: 0, failed: 1 };

const totals: TestCounts = { passed: 0, failed: 0 };
const failedSteps: string[] = [];

async function step(
  name: string,
  run: () => TestCounts | Promise<TestCounts>,
): Promise<void> {
  const startedMs = performance.now();
  console.log(`── ${name}`);
  const { passed, failed } = await run();
  totals.passed += passed;
  totals.failed += failed;
  if (failed > 0) failedSteps.push(name);
  const tookSec = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`   ${failed > 0 ? "FAILED" : "ok"} (${tookSec} s)`);
}

/** Runs Deno; hands over its output line by line as it comes, and as a whole at the end. */
async function runDeno(
  args: string[],
  onLine: (line: string) => void = () => {},
): Promise<{ success: boolean; stdout: string; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(STEP_DEADLINE_MS),
  }).spawn();
  let output = "";
  async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
    let text = "";
    let rest = "";
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      output += chunk;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(onLine);
    }
    if (rest !== "") onLine(rest);
    return text;
  }
  const [stdout, , { success, signal }] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    child.status,
  ]);
  if (signal !== null) onLine(`Ended by ${signal}: a step may take ${STEP_DEADLINE_MS} ms`);
  return { success, stdout, output };
}

async function check(args: string[]): Promise<TestCounts> {
  const { success, output } = await runDeno(args);
  if (!success) console.log(output.trimEnd());
  return success ? PASSED : FAILED;
}

async function test(args: string[]): Promise<TestCounts> {
  const { success, output } = await runDeno(["test", "--allow-all", ...args], (line) => {
    if (!isPassedLine(line)) console.log(line);
  });
  return readTestCounts(output, { success });
}

/** The lcov report of the profiles in `profileDir`; empty when there is none. */
async function reportCoverage(profileDir: string): Promise<string> {
  dropTornProfiles(profileDir);
  const { success, stdout, output } = await runDeno(["coverage", "--lcov", profileDir]);
  if (!success) console.log(output.trimEnd());
  return success ? stdout : "";
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

function checkCoverage(lcov: string, folder: string): TestCounts {
  const { found, hit } = sumLineCoverage(lcov, new URL(folder, ROOT).pathname);
  const share = found === 0 ? 0 : hit / found;
  console.log(`   ${(100 * share).toFixed(1)} % of ${found} lines`);
  return share >= LEAST_COVERAGE ? PASSED : FAILED;
}

/** The modules that others import: their documentation is checked. */
function publicModules(): string[] {
  const modules = [];
  for (const folder of [".", "agent", "std"]) {
    for (const { name, isDirectory } of Deno.readDirSync(new URL(`${folder}/`, ROOT))) {
      const path = `${folder}/${name}/mod.ts`;
      if (isDirectory && exists(path)) modules.push(path);
    }
  }
  return modules.sort();
}

/** The texts whose code blocks must type-check. */
function texts(): string[] {
  const names = [...Deno.readDirSync(new URL("docs/", ROOT))].map(({ name }) => `docs/${name}`);
  return ["README.md", ...names.sort()].filter((name) => name.endsWith(".md") && exists(name));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, ROOT)).isFile;
  } catch {
    return false;
  }
}

async function runEverything(): Promise<void> {
  await step("format", () => check(["fmt", "--check"]));
  await step("lint", () => check(["lint"]));
  await step("types", () => check(["check", "--quiet"]));
  await step("documentation", () => check(["doc", "--lint", ...publicModules()]));
  await step("snippets", () => check(["check", "--quiet", "--doc-only", ...texts()]));
  const profileDir = await Deno.makeTempDir({ prefix: "lars-coverage-" });
  try {
    const flags = ["--no-check", "--parallel", "--ignore=tests"];
    const profile = [`--coverage=${profileDir}`, "--coverage-raw-data-only"];
    await step("unit tests", () => test([...flags, ...profile]));
    const lcov = await reportCoverage(profileDir);
    for (const folder of COVERED_FOLDERS) {
      await step(`coverage of ${folder}`, () => checkCoverage(lcov, folder));
    }
  } finally {
    await Deno.remove(profileDir, { recursive: true });
  }
  await step("system tests", () => test(["--no-check", "tests"]));
}

if (import.meta.main) {
  if (Deno.args.length === 0) await runEverything();
  else await step(`tests under ${Deno.args.join(", ")}`, () => test(Deno.args));
  if (failedSteps.length > 0) console.log(`Failed: ${failedSteps.join(", ")}`);
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  Deno.exit(totals.failed > 0 ? 1 : 0);
}
