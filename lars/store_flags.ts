/**
 * How commands are told which database: by the same file, environment and settings as the roles.
 *
 * @module
 */

import { dnsSchema } from "../dns/options.ts";
import {
  loadOptions,
  mysqlSection,
  type StoreConfig,
  storeConfig,
  storeSection,
} from "../service/mod.ts";
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
 * The database that the options name: the embedded one unless told otherwise. What they say in vain is told on stderr.
 *
 * @throws {ConfigError} When they have mistakes.
 */
export function storeOf(input: CommandInput): StoreConfig {
  // A command that also tells dns takes its section, too: see routes/tell_dns.ts.
  const schema = { store: storeSection, mysql: mysqlSection, dns: dnsSchema.dns };
  const { values, warnings } = loadOptions(schema, {
    file: input.value("config"),
    set: input.values("set"),
    isPart: true,
  });
  for (const warning of warnings) console.error(`lars: ${warning}`);
  return storeConfig(values);
}
