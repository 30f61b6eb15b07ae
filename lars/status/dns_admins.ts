/**
 * Where every dns is asked, and told: as the configuration of `[dns] admin` has it, else on the usual port of this machine.
 *
 * @module
 */

import { dnsSchema } from "../../dns/options.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { loadOptions } from "../../service/mod.ts";
import type { CommandInput } from "../cli/command.ts";

/** The dns of this machine, on its usual port. */
export const USUAL_DNS: Endpoint = {
  hostname: "127.0.0.1",
  port: Number(dnsSchema.admin.settings.port.default),
};

/**
 * Every dns that the configuration names; none where it names none.
 *
 * @param options.warns Whether what the configuration says in vain is told on stderr, which a command is to do once.
 * @default false
 */
export function configuredDns(
  input: CommandInput,
  { warns = false }: { warns?: boolean } = {},
): readonly Endpoint[] {
  const { values, warnings } = loadOptions({ dns: dnsSchema.dns }, {
    file: input.value("config"),
    set: input.values("set").filter((assignment) => !/^(store|mysql)\./.test(assignment)),
    isPart: true,
  });
  if (warns) { for (const warning of warnings) console.error(`lars: ${warning}`); }
  return values.dns.admin;
}
