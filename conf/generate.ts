/**
 * Writes the example file of every role, made of its schema: `deno task conf`.
 *
 * @module
 */

import { agentSchema } from "../agent/options.ts";
import { dnsSchema } from "../dns/options.ts";
import { reporterSchema } from "../reporter/options.ts";
import { formatExampleFile, type OptionsSchema } from "../service/mod.ts";

/** What each role can be told. */
export const ROLE_SCHEMAS: Readonly<Record<string, OptionsSchema>> = {
  dns: dnsSchema,
  reporter: reporterSchema,
  agent: agentSchema,
};

/** The example file of a role. */
export function exampleFileOf(role: string): URL {
  return new URL(`${role}.conf`, import.meta.url);
}

if (import.meta.main) {
  for (const [role, schema] of Object.entries(ROLE_SCHEMAS)) {
    await Deno.writeTextFile(exampleFileOf(role), formatExampleFile({ role, schema }));
  }
}
