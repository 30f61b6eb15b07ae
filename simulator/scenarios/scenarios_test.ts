import { assert, assertEquals } from "@std/assert";
import { parseScenarioText } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const FOLDER = new URL("built_in/", import.meta.url);

const FILES = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();

Deno.test("SCENARIOS are the files in scenarios/, each by its name", () => {
  assertEquals(SCENARIOS.map(({ name }) => `${name}.json`).sort(), FILES);
});

for (const file of FILES) {
  Deno.test(`SCENARIOS has ${file} as it reads by itself`, () => {
    const scenario = parseScenarioText(Deno.readTextFileSync(new URL(file, FOLDER)), file);
    assertEquals(SCENARIOS.find(({ name }) => name === scenario.name), scenario);
  });
}

Deno.test("SCENARIOS each have a name that is no keyword, and say what they are about in a line", () => {
  for (const { name, about } of SCENARIOS) {
    assert(name !== "all", "all stands for every scenario");
    assert(/^.+$/.test(about), `${name}: ${about}`);
  }
});

Deno.test("SCENARIOS have no fault that comes after the end", () => {
  for (const { name, seconds, faults } of SCENARIOS) {
    for (const { untilSec } of faults) assert(untilSec <= seconds, name);
  }
});
