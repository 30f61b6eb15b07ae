import { assertEquals, assertGreater, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../service/mod.ts";
import { COMMAND_GROUPS } from "../commands/mod.ts";
import { findCommand } from "./cli.ts";
import { type Command, commandHelp, parseInput } from "./command.ts";

const COMMANDS = COMMAND_GROUPS.flatMap(({ commands }) => commands);
const described = COMMANDS.filter((command): command is Command => "run" in command);

Deno.test("findCommand() finds commands of one word and of two", () => {
  for (const name of ["get-host", "routes add", "dns", "dns watch", "echo qps", "up"]) {
    const { command, rest } = findCommand([...name.split(" "), "1", "--json"], COMMAND_GROUPS);
    assertEquals(command.name, name);
    assertEquals(rest, ["1", "--json"]);
  }
});

Deno.test("findCommand() says what there is, and what may be meant, when a word is wrong or missing", () => {
  const cases: [words: string[], message: string][] = [
    [["get-hots"], "Cannot run get-hots as there is no such command: did you mean lars get-host?"],
    [["Status"], "did you mean lars status?"],
    [
      ["route", "list"],
      "Cannot run route as there is no such command: did you mean lars routes list?",
    ],
    [["teapot"], "Cannot run teapot as there is no such command: `lars --help` lists all"],
    [
      ["routes"],
      "Cannot run routes alone: there are lars routes list, lars routes add, lars routes w",
    ],
    [
      ["routes", "ad", "1"],
      "no such command: did you mean lars routes add?",
    ],
    [
      ["routes", "frob"],
      "Cannot run routes frob as there is no such command: there are lars routes list",
    ],
    [["db", "--json"], "Cannot run db alone: there is lars db migrate"],
  ];
  for (const [words, expected] of cases) {
    const { message } = assertThrows(() => findCommand(words, COMMAND_GROUPS), UsageError);
    assertStringIncludes(message, expected);
  }
});

Deno.test("every command has a name of its own, examples that are right, and help that fits", () => {
  assertEquals(new Set(COMMANDS.map(({ name }) => name)).size, COMMANDS.length);
  for (const command of described) {
    assertGreater(command.examples.length, 0, command.name);
    for (const example of command.examples) {
      const found = findCommand(example.split(" "), COMMAND_GROUPS);
      assertEquals(found.command, command);
      parseInput(command, found.rest);
    }
    const text = commandHelp({ ...command, examples: [] }, 80);
    for (const line of text.split("\n")) assertEquals(line.length <= 80, true, line);
  }
});
