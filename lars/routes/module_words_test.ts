import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../service/mod.ts";
import { CommandInput } from "../cli/command.ts";
import { idCalled, idsOf } from "./module_words.ts";

const NAMES = {
  modids: new Map([[1000, "shop"], [2000, "pay"]]),
  cmdids: new Map([[1, "search"], [7, "pay"], [3, "pay"]]),
};

Deno.test("idsOf() takes numbers as ids, and opens no database for them", async () => {
  // A store that nobody could open.
  const input = new CommandInput([], { set: ["store.path=/nowhere/lars.db"] });
  assertEquals(await idsOf(input, ["1000", "1"]), [1000, 1]);
  assertEquals(await idsOf(input, []), []);
  const error = await idsOf(input, ["1", "2147483648"]).catch((error) => error);
  assertStringIncludes(error.message, "Cannot read CMDID as it must be an integer 0 … 2147483647");
});

Deno.test("idsOf() says which database it has looked for a name in, and what to do", async () => {
  const input = new CommandInput([], { set: ["store.path=/nowhere/lars.db"] });
  const { message } = await idsOf(input, ["shop", "1"]).catch((error) => error);
  assertStringIncludes(
    message,
    "Cannot look up the name shop: give a number instead, or mend this.",
  );
  assertStringIncludes(message, "/nowhere/lars.db");
});

Deno.test("idCalled() finds the one id that has a name", () => {
  assertEquals(idCalled("shop", { kind: "modid", names: NAMES }), 1000);
  assertEquals(idCalled("search", { kind: "cmdid", names: NAMES }), 1);
  assertEquals(idCalled("pay", { kind: "modid", names: NAMES }), 2000);
});

Deno.test("idCalled() throws when nothing, or more than one id, has a name", () => {
  const idOf = (name: string) => () => idCalled(name, { kind: "cmdid", names: NAMES });
  assertThrows(idOf("shop"), UsageError, "Cannot find a cmdid called shop: give its number");
  assertThrows(idOf("pay"), UsageError, "as 2 are called pay: give one of 3, 7");
});
