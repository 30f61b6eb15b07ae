import { assertEquals, assertStringIncludes } from "@std/assert";
import { TempFolder } from "../../testing/temp_folder.ts";
import { replayCommand } from "./replay.ts";

const TRACE = `${import.meta.dirname}/../../tests/vectors/balancer/trace-1.json`;

/** Runs the command, and gives what it said beside its exit code. */
function replay(...files: string[]) {
  return replayAs({ isJson: false }, ...files);
}

async function replayAs({ isJson }: { isJson: boolean }, ...files: string[]) {
  const [printed, complained]: string[][] = [[], []];
  const exitCode = await replayCommand(files, {
    isJson,
    print: (line) => void printed.push(line),
    printError: (line) => void complained.push(line),
  });
  return { exitCode, printed, complained };
}

const UPDATE = { t: 0, op: "update", hosts: [1, 2], idle: [1, 2], overload: [] };
const CHOOSE = { t: 6, op: "choose", ret: 0, host: 1, idle: [2, 1], overload: [] };

function traceOf(config: Record<string, unknown>, ...steps: unknown[]): string {
  return JSON.stringify({ seed: 1, config, steps });
}

Deno.test("replayCommand() prints a line for each trace and returns 0 when all match", async () => {
  const line = `${TRACE}: 1201 steps match`;
  assertEquals(await replay(TRACE, TRACE), {
    exitCode: 0,
    printed: [line, line],
    complained: [],
  });
});

Deno.test("replayCommand() names the first step that differs, and returns 1", async () => {
  const wrong = { ...CHOOSE, host: 2, idle: [1, 2] };
  await using folder = new TempFolder();
  const file = await folder.write("trace.json", traceOf({}, UPDATE, wrong, wrong));
  const { exitCode, printed, complained } = await replay(file, TRACE);
  assertEquals([exitCode, complained], [1, []]);
  assertEquals(printed[0].split("\n"), [
    `${file}: step 1, counted from 0, differs: choose at 6 s`,
    "  host: expected 2, came 1",
    "  idle: expected [1,2], came [2,1]",
  ]);
  assertEquals(printed[1], `${TRACE}: 1201 steps match`);
});

Deno.test("replayCommand() prints an object for each trace when JSON is wanted", async () => {
  await using folder = new TempFolder();
  const file = await folder.write("trace.json", traceOf({}, UPDATE, { ...CHOOSE, host: 2 }));
  const { exitCode, printed } = await replayAs({ isJson: true }, TRACE, file);
  const [same, differing] = printed.map((line) => JSON.parse(line));
  assertEquals(exitCode, 1);
  assertEquals(same, { file: TRACE, matched: 1201, unknownSettings: [] });
  assertEquals([differing.matched, differing.difference.actual.host], [1, 1]);
});

Deno.test("replayCommand() names the settings that it leaves out", async () => {
  await using folder = new TempFolder();
  const file = await folder.write("trace.json", traceOf({ colour: 1, sound: 0 }, UPDATE, CHOOSE));
  const line = `${file}: 2 steps match (settings left out: colour, sound)`;
  assertEquals(await replay(file), { exitCode: 0, printed: [line], complained: [] });
});

Deno.test("replayCommand() says in a line what it cannot read, goes on, and returns 2", async () => {
  await using folder = new TempFolder();
  const notJson = await folder.write("notJson", "trace");
  const notTrace = await folder.write("notTrace", traceOf({}, { ...UPDATE, hosts: 1 }));
  const differing = await folder.write(
    "differing",
    traceOf({}, UPDATE, { ...CHOOSE, host: 2 }),
  );
  const missing = `${TRACE}.missing`;
  const { exitCode, printed, complained } = await replay(
    missing,
    notJson,
    notTrace,
    import.meta.dirname!,
    differing,
    TRACE,
  );
  assertEquals(exitCode, 2);
  assertEquals(complained.slice(0, 3), [
    `${missing}: no such file`,
    `${notJson}: not JSON`,
    `${notTrace}: not a trace: steps[0].hosts must be an array`,
  ]);
  assertEquals(complained.length, 4);
  assertStringIncludes(complained[3], ": cannot be read: ");
  assertEquals(printed.length, 2);
});

Deno.test("replayCommand() returns 2 when no file is given", async () => {
  assertEquals(await replay(), {
    exitCode: 2,
    printed: [],
    complained: ["Cannot replay as no file is given: name one or more trace files"],
  });
});
