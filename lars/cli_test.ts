import { assertEquals, assertGreater, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../service/mod.ts";
import { COMMANDS, findCommand } from "./cli.ts";
import { type Command, parseInput } from "./command.ts";

const described = COMMANDS.filter((command): command is Command => "run" in command);

Deno.test("findCommand() finds commands of one word and of two", () => {
  for (const name of ["get-host", "routes add", "dns", "dns watch", "echo qps", "up"]) {
    const { command, rest } = findCommand([...name.split(" "), "1", "--json"]);
    assertEquals(command.name, name);
    assertEquals(rest, ["1", "--json"]);
  }
});

Deno.test("findCommand() says what there is when a word is wrong or missing", () => {
  const { message: unknown } = assertThrows(() => findCommand(["get-hots"]), UsageError);
  assertStringIncludes(unknown, "lars --help");
  const { message: alone } = assertThrows(() => findCommand(["routes", "drop"]), UsageError);
  assertStringIncludes(alone, "lars routes list, lars routes add, lars routes weight");
});

Deno.test("COMMANDS each have examples, which are right", () => {
  for (const command of described) {
    assertGreater(command.examples.length, 0, command.name);
    for (const example of command.examples) {
      const found = findCommand(example.split(" "));
      assertEquals(found.command, command);
      parseInput(command, found.rest);
    }
  }
});

Deno.test("COMMANDS each have a name of their own", () => {
  assertEquals(new Set(COMMANDS.map(({ name }) => name)).size, COMMANDS.length);
});
