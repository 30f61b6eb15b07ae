import { assertEquals, assertThrows } from "@std/assert";
import { BINARIES, compileArgs, CompileError, reasonOf } from "./compile.ts";

const PARTS = { included: ["a/b_worker.ts"], output: "bin/d" };

Deno.test("compileArgs() keeps the flags of a task, and adds what it includes", () => {
  const args = compileArgs("deno run --allow-net --allow-env=LARS_* a/main.ts", PARTS);
  assertEquals(args.slice(0, 4), ["compile", "--quiet", "--allow-net", "--allow-env=LARS_*"]);
  assertEquals(args.slice(5), [
    "--include=a/b_worker.ts",
    "--output=bin/d",
    "a/main.ts",
  ]);
});

Deno.test("compileArgs() refuses a task that is not a deno run of one file", () => {
  for (const task of ["", "deno test", "deno run", "deno run -A a.ts b", "x && deno run a.ts"]) {
    assertThrows(() => compileArgs(task, PARTS), CompileError, task);
  }
});

Deno.test("reasonOf() puts Deno's causes into one line", () => {
  const message =
    "error: Writing to 'x'\n\nCaused by:\n    0: Setting up.\n    1: no such host\n    2: z";
  assertEquals(reasonOf(message), "Setting up: no such host");
  assertEquals(reasonOf("error: Could not\nmore"), "Could not");
});

Deno.test("BINARIES compile tasks that deno.json has", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  for (const { task } of BINARIES) compileArgs(tasks[task], PARTS);
});
