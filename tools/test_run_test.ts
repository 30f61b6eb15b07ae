/**
 * The test runner, on small test files made up here that pass, fail, hang, exit and are killed.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Program } from "../testing/process.ts";
import { TempFolder } from "../testing/temp_folder.ts";
import { until } from "../testing/until.ts";
import { testCommand } from "./test_process.ts";
import { STALL_MS, TestRun } from "./test_run.ts";

const GOOD = `Deno.test("good", () => {});`;
const BAD = `Deno.test("bad", () => { console.log("bad says"); throw new Error("it is bad"); });`;
/** What has a test say in a file that it has begun. */
const BEGUN = `Deno.writeTextFileSync(new URL("begun-" + Deno.pid, import.meta.url), "");`;
const HANGS = `Deno.test("hangs", async (t) => {
  console.log("hangs says");
  const timer = setInterval(() => {}, 1000);
  await t.step("inside", async () => { ${BEGUN} await new Promise(() => {}); });
  clearInterval(timer);
});`;
const SPINS = `Deno.test("spins", () => { ${BEGUN} for (;;); });`;
const EXITS = `Deno.test("exits", () => Deno.exit(0));`;
const DIES = `Deno.test("dies", () => {
  console.log("dies says");
  Deno.kill(Deno.pid, "SIGKILL");
});`;

/** Runs them two at a time, and gives what was said, piece by piece. `meanwhile` is called once they run. */
async function runAll(
  texts: Record<string, string>,
  meanwhile: (run: TestRun, folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<{ run: TestRun; said: string[]; last: string }> {
  const said: string[] = [];
  await using folder = new TempFolder();
  for (const [name, text] of Object.entries(texts)) await folder.write(`${name}_test.ts`, text);
  const run = new TestRun({ cwd: folder.path, jobs: 2, print: (text) => said.push(text) });
  await Promise.all([
    run.run(Object.keys(texts).map((name) => testCommand(`${name}_test.ts`))),
    meanwhile(run, folder.path),
  ]);
  run.finish();
  return { run, said, last: said.at(-1)! };
}

/** Waits until so many files are in a folder whose names begin so. */
async function untilThere(folder: string, { prefix, count }: { prefix: string; count: number }) {
  using watcher = Deno.watchFs(folder);
  const found = () => [...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith(prefix));
  const changes = watcher[Symbol.asyncIterator]();
  while (found().length < count) await changes.next();
}

Deno.test("TestRun counts what passes, and says no more of it than a line", async () => {
  const { said, last } = await runAll({ a: GOOD, b: GOOD + GOOD.replace("good", "better") });
  assertEquals(said.length, 3);
  assertMatch(
    said.find((line) => line.includes("a_test"))!,
    /^ok +\d+\.\d s {2}\d of 2 {2}a_test.ts \(1 passed, 0 failed\)$/,
  );
  assertEquals(last, "3 passed, 0 failed");
});

Deno.test("TestRun names, and counts, what a machine cannot run", async () => {
  const { said, last } = await runAll({ a: `${GOOD}\nDeno.test.ignore("no room", () => {});` });
  assertMatch(said.at(-2)!, /^\nLeft out, .*\n {2}a_test.ts: no room$/);
  assertEquals(last, "1 passed, 0 failed, 1 skipped");
});

Deno.test("TestRun shows a failure with its output and reason, and names it at the end", async () => {
  const { said, last } = await runAll({ a: GOOD + BAD + GOOD.replace("good", "later") });
  assertStringIncludes(said[0], "FAILED a_test.ts: bad");
  assertStringIncludes(said[0], "bad says");
  assertStringIncludes(said[1], "Error: it is bad");
  assertMatch(said[2], /^FAILED +\d+\.\d s {2}1 of 1 {2}a_test.ts \(2 passed, 1 failed\)$/);
  assertEquals(said[3], "\nFailed:\n  a_test.ts: bad");
  assertEquals(last, "2 passed, 1 failed");
});

Deno.test("TestRun names what runs when no test ends any more, and shows what it printed", async () => {
  const files = { a: GOOD + BAD + HANGS, b: SPINS, c: GOOD };
  const { said, last, run } = await runAll(files, async (run, folder) => {
    await untilThere(folder, { prefix: "begun", count: 2 });
    run.checkProgress(performance.now() + STALL_MS / 2);
    assert(!run.isOver);
    run.checkProgress(performance.now() + STALL_MS);
  });
  const text = said.join("\n");
  assertMatch(text, /^The run is given up: no test has ended for \d+ s$/m);
  assertStringIncludes(text, "FAILED a_test.ts: hangs");
  assertStringIncludes(text, "hangs ... inside");
  assertStringIncludes(text, "hangs says");
  assertStringIncludes(text, "FAILED b_test.ts: spins was running when");
  assert(text.indexOf("FAILED a_test.ts: bad") < text.indexOf("The run is given up"));
  assert(run.isOver);
  assertEquals(said.some((line) => line.includes("c_test.ts")), false, "c was to wait");
  assertEquals(last, "1 passed, 2 failed");
});

Deno.test("TestRun says when a test ends its process, or is killed with it", async () => {
  const { said, last } = await runAll({
    exits: EXITS,
    dies: GOOD + DIES,
    none: `import "./no.ts";`,
  });
  const text = said.join("\n");
  assertStringIncludes(text, "Test case attempted to exit with exit code: 0");
  assertStringIncludes(
    text,
    "FAILED dies_test.ts: dies was ended by SIGKILL (out of memory, perhaps)",
  );
  assertStringIncludes(text, "dies says");
  assertMatch(text, /FAILED none_test\.ts failed\n(.*\n)*.*no\.ts/);
  assertEquals(last, "1 passed, 3 failed");
});

Deno.test("TestRun counts a check by its exit code, and shows what it printed", async () => {
  const said: string[] = [];
  const run = new TestRun({ cwd: ".", jobs: 1, print: (text) => said.push(text) });
  const check = (name: string, code: string) => ({ name, args: ["eval", code], isTest: false });
  await run.run([check("fine", ""), check("foul", `console.log("no good"); Deno.exit(1)`)]);
  run.check("share", { isGood: false, says: "12 %" });
  run.finish();
  assertMatch(said[0], /^ok +\d+\.\d s {2}1 of 2 {2}fine$/);
  assertEquals(said[1], "FAILED foul failed\n  │ no good");
  assertEquals(said.at(-2), "\nFailed:\n  foul failed\n  share: 12 %");
  assertEquals(said.at(-1), "1 passed, 2 failed");
});

Deno.test("a run that is interrupted ends what its tests started, and says what was running", async () => {
  const text = `Deno.test("waits", async () => {
    const child = new Deno.Command("sleep", { args: ["1000"] }).spawn();
    await Deno.writeTextFile(new URL(\`begun-\${child.pid}\`, import.meta.url), "");
    await child.status;
  });`;
  await using folder = new TempFolder();
  const file = await folder.write("a_test.ts", text);
  await using run = new Program(["run", "--allow-all", "tools/run_tests.ts", file]);
  await untilThere(folder.path, { prefix: "begun", count: 1 });
  const begun = [...Deno.readDirSync(folder.path)].find(({ name }) => name.startsWith("begun"))!;
  assertEquals(await run.stop("SIGINT"), 1);
  const said = run.stdout.all.join("\n");
  assertStringIncludes(said, "The run is given up: it was ended by SIGINT");
  assertStringIncludes(said, "a_test.ts: waits was running when");
  assertMatch(said, /\n0 passed, 1 failed$/);
  await until(async () => await stateOf(begun.name.slice(6)) === undefined);
});

/** The state of a process; undefined when it is gone or only waits to be cleared away. */
async function stateOf(pid: string): Promise<string | undefined> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  const state = stat?.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  return state === "Z" ? undefined : state;
}
