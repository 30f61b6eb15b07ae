/**
 * The options that say which database a command uses: the same file, environment and settings as the roles'.
 *
 * @module
 */

import { resolve } from "node:path";
import { dnsSchema } from "../../dns/options.ts";
import { loadOptions } from "../../service/mod.ts";
import { describeServers, type StoreConfig } from "../../sql/mod.ts";
import { storeConfig, storeSections } from "../../sql/options.ts";
import type { CommandInput, Flag } from "./command.ts";

/** The options of every command that uses the database. */
export const storeFlags: Readonly<Record<string, Flag>> = {
  config: { takes: "FILE", doc: "A role's INI file; its [store] and [mysql] are read" },
  set: {
    takes: "section.key=value",
    many: true,
    doc: "Set one of store.driver, store.path, mysql.db_host …; may be repeated",
  },
};

/**
 * The database that the options name: the embedded one unless they name another. Warnings go to stderr.
 *
 * @throws {ConfigError} When they have mistakes.
 */
export function storeOf(input: CommandInput): StoreConfig {
  let config = stores.get(input);
  if (config === undefined) stores.set(input, config = readConfig(input));
  return config;
}

/** Read once for each command, so that it warns once. */
const stores = new WeakMap<CommandInput, StoreConfig>();

function readConfig(input: CommandInput): StoreConfig {
  // A command that also tells dns takes its section, too: see routes/tell_dns.ts.
  const schema = { ...storeSections, dns: dnsSchema.dns };
  const { values, warnings } = loadOptions(schema, {
    file: input.value("config"),
    // Those of the servers are read by server_access.ts.
    set: input.values("set")?.filter((assignment) => !/^(dnsserver|reporter)\./.test(assignment)),
    isPart: true,
  });
  for (const warning of warnings) console.error(`lars: ${warning}`);
  const config = storeConfig(values);
  // What is told of the file must make sense in any folder.
  return config.driver === "sqlite" ? { ...config, path: resolve(config.path) } : config;
}

/** The database as a command names it when it has changed something there. */
export function storeName(config: StoreConfig): string {
  return config.driver === "sqlite"
    ? config.path
    : `${config.user}@${describeServers(config).replaceAll(" ", "")}/${config.database}`;
}

/** The words by which another command uses the same database. */
export function storeWords(input: CommandInput): string[] {
  const config = input.value("config");
  return [
    ...config === undefined ? [] : ["--config", config],
    ...input.values("set").flatMap((word) => ["--set", word]),
  ];
}
