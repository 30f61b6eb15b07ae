import { assertEquals } from "@std/assert";
import { runProgram } from "../../testing/process.ts";
import type { LogConfig } from "./logging.ts";

/** The lines that logging_fixture.ts writes to a pipe. */
async function linesOf(config: LogConfig, laterLevel?: LogConfig["level"]): Promise<string[]> {
  const { stderr } = await runProgram([
    ...["run", "--no-prompt", `--allow-read=${new URL("../../", import.meta.url).pathname}`],
    new URL("../../testing/service/logging_fixture.ts", import.meta.url).href,
    JSON.stringify(config),
    ...laterLevel === undefined ? [] : [laterLevel],
  ]);
  return stderr.trimEnd().split("\n");
}

Deno.test("configureLogging() writes whole lines from every thread", async () => {
  const records = (await linesOf({ level: "info", format: "auto" }))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const thread of ["0", "1", "2", "3"]) {
    assertEquals(
      records.filter(({ logger }) => logger === `lars.worker.${thread}`).map(({ line }) => line),
      Array.from({ length: 100 }, (_, line) => line),
    );
  }
  assertEquals(records.length, 401);
});

Deno.test("configureLogging() leaves out what is below its level", async () => {
  const expected = { debug: ["debug", "warning"], warning: ["warning"], error: [""] } as const;
  for (const [level, messages] of Object.entries(expected)) {
    const lines = await linesOf({ level: level as LogConfig["level"], format: "text" });
    assertEquals(
      lines.filter((line) => !line.includes("lars.worker")).map((line) => line.slice(42)),
      [...messages],
    );
  }
});

Deno.test("setLogLevel() changes the level of every thread", async () => {
  assertEquals(await linesOf({ level: "debug", format: "text" }, "error"), [""]);
  const lines = await linesOf({ level: "error", format: "text" }, "debug");
  assertEquals(lines.length, 402);
});
