/**
 * The command behind `make abuse`, with so little that what it measures means nothing: it is not to rot.
 *
 * @module
 */

import { assert, assertStringIncludes } from "@std/assert";
import { runProgram } from "../../testing/process.ts";

Deno.test("abuse feeds every decoder, floods an agent, and says what came of it", async () => {
  const args = ["run", "--no-check", "--allow-all", "tests/abuse/main.ts"];
  const numbers = ["--inputs", "1000", "--names", "20000"];
  const { code, stdout, stderr } = await runProgram([...args, ...numbers]);
  assert(code <= 1, stderr); // 1 where the machine was too busy for the flood
  assertStringIncludes(stdout, "garbage, ");
  assertStringIncludes(stdout, "stream: ");
});
