import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { TempFolder } from "../testing/temp_folder.ts";
import { hunt, raceFiles } from "./repeat.ts";
import { allTestFiles, testFilesUnder } from "./test_files.ts";
import { TestRun } from "./test_run.ts";

Deno.test("hunt() runs each file so many times beside busy threads, and counts what fails", async () => {
  await using folder = new TempFolder();
  // Fails the second time.
  const rare = `Deno.test("rare", () => Deno.mkdirSync(new URL("made", import.meta.url)));`;
  await folder.write("good_test.ts", `Deno.test("good", () => {});`);
  await folder.write("rare_test.ts", rare);
  const said: string[] = [];
  const run = new TestRun({ cwd: folder.path, jobs: 1, print: (text) => said.push(text) });
  await hunt(run, { files: ["good_test.ts", "rare_test.ts"], times: 2, busy: 1 });
  run.finish();
  assertEquals(said.at(-1), "3 passed, 1 failed");
  assertMatch(said.join("\n"), /rare_test\.ts, time 2 of 2: rare\n(.*\n)*.*AlreadyExists/);
});

Deno.test("raceFiles() has the tests with processes, threads, sockets or databases", () => {
  const files = raceFiles();
  for (const file of ["tests/system_test.ts", "sql/migrations_test.ts"]) {
    assert(files.includes(file));
  }
  assert(!files.includes("proto/ipv4_test.ts"));
});

Deno.test("testFilesUnder() gives files and what is in folders, each once", () => {
  const files = testFilesUnder(["proto", "proto/ipv4_test.ts", "sql/"]);
  assertEquals(
    files.toSorted(),
    allTestFiles().filter((file) => file.startsWith("proto/") || file.startsWith("sql/")),
  );
  assertThrows(() => testFilesUnder(["conf/agent.conf/"]), Error, "no test under it");
});
