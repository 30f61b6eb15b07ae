import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../service/mod.ts";
import { type Command, commandHelp, parseInput } from "./command.ts";

function command(args: readonly string[]): Command {
  return {
    name: "routes add",
    summary: "Add hosts",
    args,
    flags: {
      json: { doc: "Print JSON" },
      weight: { takes: "N", doc: "Their weight" },
      set: { takes: "section.key=value", many: true, doc: "Set one" },
    },
    examples: ["routes add 1 2"],
    notes: ["A note."],
    run: () => Promise.resolve(0),
  };
}

Deno.test("parseInput() tells words and options apart, wherever they stand", () => {
  const words = ["1", "--set", "a.b=1", "02", "--json", "--weight=50", "--set", "c.d=x=y"];
  const input = parseInput(command(["MODID", "CMDID"]), words);
  assertEquals(input.words, ["1", "02"]);
  assertEquals(input.has("json"), true);
  assertEquals(input.value("weight"), "50");
  assertEquals(input.values("set"), ["a.b=1", "c.d=x=y"]);
});

Deno.test("parseInput() gives nothing for options that are absent", () => {
  const input = parseInput(command([]), []);
  assertEquals(input.has("json"), false);
  assertEquals(input.value("weight"), undefined);
  assertEquals(input.values("set"), []);
});

Deno.test("parseInput() takes negative numbers behind --", () => {
  assertEquals(parseInput(command(["A", "B"]), ["1", "--", "-7"]).words, ["1", "-7"]);
});

Deno.test("parseInput() takes as many words as the description says", () => {
  const cases: [string[], number[]][] = [
    [[], [0]],
    [["A"], [1]],
    [["A", "[B]"], [1, 2]],
    [["A", "B…"], [2, 3, 9]],
    [["A", "[B…]"], [1, 2, 9]],
  ];
  for (const [args, counts] of cases) {
    for (let count = 0; count < 10; count++) {
      const words = Array(count).fill("x");
      if (args.at(-1)?.includes("…") ? count >= counts[0] : counts.includes(count)) {
        assertEquals(parseInput(command(args), words).words.length, count);
      } else {
        assertThrows(() => parseInput(command(args), words), UsageError);
      }
    }
  }
});

Deno.test("parseInput() says how to mend the mistake", () => {
  const mistakes: [string[], string][] = [
    [["1"], "Cannot do without CMDID: lars routes add MODID CMDID [options]"],
    [["1", "2", "3"], "Cannot take 3 as it is one word too many: lars routes add MODID CMDID"],
    [["1", "2", "--nope"], "Cannot take --nope as there is no such option: see lars routes add"],
    [["1", "-7"], `Cannot take -7 as there is no such option: a negative number goes last`],
    [["1", "2", "--weight"], "Cannot take --weight alone: give it its N"],
    [["1", "2", "--set", "--json"], "Cannot take --set alone: give it its section.key=value"],
  ];
  for (const [words, expected] of mistakes) {
    const run = () => parseInput(command(["MODID", "CMDID"]), words);
    const { message } = assertThrows(run, UsageError);
    assertStringIncludes(message, expected);
    assertEquals(message.includes("\n"), false);
  }
});

Deno.test("commandHelp() shows usage, options, examples and notes", () => {
  assertEquals(
    commandHelp(command(["MODID", "[CMDID]"]), 80),
    `Add hosts.

Usage: lars routes add MODID [CMDID] [options]

Options:
  --json                   Print JSON
  --weight N               Their weight
  --set section.key=value  Set one
  --help                   Show this
  --version                Show the version

Examples:
  lars routes add 1 2

A note.`,
  );
});
