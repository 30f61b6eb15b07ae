/**
 * What people name: scenarios, built in or in files of their own, and policies.
 *
 * @module
 */

import { ConfigError, UsageError } from "../../service/mod.ts";
import { parseScenarioText, type Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

/**
 * The scenarios of a list `A,./mine.json`, `all` being all that are built in. What looks like a path is one: names have
 * neither dot nor slash.
 *
 * @throws {UsageError} When there is none of a name.
 * @throws {ConfigError} When a file is none of a scenario.
 */
export function findScenarios(list: string): Scenario[] {
  return namesIn(list).flatMap((name) => {
    if (name === "all") return SCENARIOS;
    if (/[./\\]/.test(name)) return [parseScenarioText(readFile(name), name)];
    return [findNamed(SCENARIOS, { name, what: "scenario" })];
  });
}

/**
 * The policies of a list `A,B`, `all` being all of them.
 *
 * @throws {UsageError} When there is none of a name.
 */
export function findPolicies<Item extends { name: string }>(
  policies: readonly Item[],
  list: string,
): Item[] {
  return namesIn(list).flatMap((name) =>
    name === "all" ? policies : [findNamed(policies, { name, what: "policy" })]
  );
}

function namesIn(list: string): string[] {
  return list.split(",").map((name) => name.trim());
}

function findNamed<Item extends { name: string }>(
  items: readonly Item[],
  { name, what }: { name: string; what: string },
): Item {
  const found = items.find((item) => item.name === name);
  if (found !== undefined) return found;
  const names = items.map(({ name }) => name).join(", ");
  const file = what === "scenario" ? "; a file is named like ./mine.json" : "";
  throw new UsageError(
    `Cannot simulate ${name} as there is no such ${what}: there are ${names}, all${file}`,
  );
}

function readFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new ConfigError([`${path}: must be a scenario's file: there is none of that name`]);
    }
    if (error instanceof Error) {
      throw new ConfigError([`${path}: cannot be read: ${error.message}`]);
    }
    throw error;
  }
}
